/**
 * Finds the posts of many conversations by looking at all posts in their order.
 *
 * Who has a thousand conversations has most of the posts of a stretch of history: looking at some hundred posts costs less
 * than a look into the index for every conversation (nearest_posts.ts). Nothing can be hidden here: sequences have no gaps,
 * and the checksum of every post that is passed over is checked too. Where this does not find enough, or finds a gap or damage,
 * the answer is null, and the index is to be asked.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Candidate, Nearest, Order, Range, Scope } from "./nearest_posts.ts";
import { postOf, type PostRow } from "./post_rows.ts";
import { integerOf, type TableRow } from "../file/rows.ts";
import { StorageError } from "../../storage_error.ts";

/** Posts that are looked at: each takes some microseconds. */
const scannedPostsMax = 512;
/** Characters of bodies that are looked at: long posts take longer. */
const scannedCharactersMax = 256 * 1024;

/** Scans through one connection. */
export class ScannedPosts {
  readonly #rooms: StatementSync;
  readonly #isParticipant: StatementSync;
  readonly #posts: Readonly<Record<Order, StatementSync>>;

  /** @param database A connection that reads. */
  constructor(database: DatabaseSync) {
    this.#rooms = database.prepare(
      "SELECT id FROM rooms WHERE id IN (SELECT value FROM json_each(?))",
    );
    this.#isParticipant = database.prepare(
      "SELECT 1 FROM participants WHERE key = ? AND conversation = ?",
    );
    const scan = (direction: "ASC" | "DESC") =>
      database.prepare(
        `SELECT * FROM posts WHERE sequence > ? AND sequence < ? ORDER BY sequence ${direction} ` +
          `LIMIT ${scannedPostsMax}`,
      );
    this.#posts = { "newest first": scan("DESC"), "oldest first": scan("ASC") };
  }

  /**
   * Finds posts of rooms and of all private conversations of the reader. To be called inside a transaction.
   *
   * @param scope Whose posts. Ids that are no rooms are passed over.
   * @param range Where they may be.
   * @param order From which end. This end must be given.
   * @param wanted How many, from 1.
   * @returns What was found, exactly as many as wanted; null, if it has to be looked for in the index.
   */
  find(scope: Scope, range: Range, order: Order, wanted: number): Nearest | null {
    const step = order === "newest first" ? -1 : 1;
    const found = new Map<number, { isRoom: boolean; sequences: number[] }>();
    const sequences: number[] = [];
    const kindOf = this.#kinds(scope);
    let expected = order === "newest first" ? range.before - 1 : range.after + 1;
    let characters = 0;
    for (const row of this.#posts[order].iterate(range.after, range.before)) {
      const post = intactPost(row, expected);
      characters += post?.body.length ?? 0;
      if (post === null || characters > scannedCharactersMax) return null;
      expected += step;
      const { sequence, conversation } = post;
      const kind = kindOf(conversation);
      if (kind === "other") continue;
      const ofConversation = found.get(conversation) ?? { isRoom: kind === "room", sequences: [] };
      ofConversation.sequences.push(sequence);
      found.set(conversation, ofConversation);
      sequences.push(sequence);
      if (sequences.length < wanted) continue;
      const scanned = order === "newest first"
        ? { after: sequence - 1, before: range.before }
        : { after: range.after, before: sequence + 1 };
      return { candidates: candidatesOf(found, scanned), sequences };
    }
    return null;
  }

  /** Tells what a conversation is for the reader. */
  #kinds({ reader, roomIds }: Scope): (conversation: number) => "room" | "private" | "other" {
    const rooms = this.#rooms.all(JSON.stringify(roomIds)).map((row) => integerOf(row, "id"));
    const known = new Map<number, "room" | "private" | "other">(rooms.map((id) => [id, "room"]));
    return (conversation) => {
      let kind = known.get(conversation);
      if (kind !== undefined) return kind;
      const found = reader === null ? undefined : this.#isParticipant.get(reader, conversation);
      kind = found === undefined ? "other" : "private";
      known.set(conversation, kind);
      return kind;
    };
  }
}

/** The post, if it is the expected one and as it was written. */
function intactPost(row: TableRow, expected: number): PostRow | null {
  try {
    const post = postOf(row, expected);
    return post.sequence === expected ? post : null;
  } catch (error) {
    if (error instanceof StorageError) return null;
    throw error;
  }
}

function candidatesOf(
  found: ReadonlyMap<number, { isRoom: boolean; sequences: readonly number[] }>,
  range: Range,
): Candidate[] {
  return [...found].map(([conversation, { isRoom, sequences }]) => ({
    conversation,
    isRoom,
    range,
    sequences,
  }));
}
