/**
 * Reads pages of history out of many conversations at once.
 *
 * A page is merged from the conversations that can have a post in it: of a page's N posts, each is in one of the N
 * conversations whose nearest post is nearest. So one look into the index for each conversation, then N posts of each
 * of the few that count.
 *
 * A damaged index could hide posts, and no checksum of a row would tell. Therefore each post names the one before it
 * in its conversation, the conversation names its last, and what is returned must fit together.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { damagedPost, type PostRow, PostRows, storedPost } from "./post_rows.ts";
import { integerOf } from "./rows.ts";
import type { HistoryQuery, Page } from "./storage.ts";

const conversationsSql = `
  SELECT id AS conversation, 1 AS is_room FROM rooms WHERE id IN (SELECT value FROM json_each(:rooms))
  UNION ALL
  SELECT conversation, 0 FROM participants
  WHERE :mode = 'all' AND key = :reader
  UNION ALL
  SELECT id, 0 FROM conversations WHERE :mode = 'one' AND first = :first AND second = :second`;

const nearestSql = (extreme: "min" | "max", order: "ASC" | "DESC") => `
  SELECT conversation, is_room, (
    SELECT ${extreme}(sequence) FROM posts AS post
    WHERE post.conversation = wanted.conversation AND sequence > :after AND sequence < :before
  ) AS nearest
  FROM (${conversationsSql}) AS wanted
  WHERE nearest IS NOT NULL ORDER BY nearest ${order} LIMIT :limit`;

const sequencesSql = (order: "ASC" | "DESC") => `
  SELECT sequence FROM posts WHERE conversation = ? AND sequence > ? AND sequence < ?
  ORDER BY sequence ${order} LIMIT ?`;

/** One direction of reading. */
interface Direction {
  readonly nearest: StatementSync;
  readonly sequences: StatementSync;
  readonly order: (left: number, right: number) => number;
}

/** What one conversation has to offer for a page. */
interface Candidate {
  readonly conversation: number;
  readonly isRoom: boolean;
  /** Sequences in the order of reading. */
  readonly sequences: readonly number[];
}

/** The open interval of sequences that is read. */
interface Range {
  readonly after: number;
  readonly before: number;
}

/** Reads history through one connection. */
export class HistoryReader {
  readonly #rows: PostRows;
  readonly #newestFirst: Direction;
  readonly #oldestFirst: Direction;
  readonly #following: StatementSync;
  readonly #last: StatementSync;

  /** @param database A connection that reads. */
  constructor(database: DatabaseSync) {
    this.#rows = new PostRows(database);
    this.#newestFirst = {
      nearest: database.prepare(nearestSql("max", "DESC")),
      sequences: database.prepare(sequencesSql("DESC")),
      order: (left, right) => right - left,
    };
    this.#oldestFirst = {
      nearest: database.prepare(nearestSql("min", "ASC")),
      sequences: database.prepare(sequencesSql("ASC")),
      order: (left, right) => left - right,
    };
    this.#following = database.prepare(
      "SELECT min(sequence) AS sequence FROM posts WHERE conversation = ? AND sequence >= ?",
    );
    this.#last = database.prepare("SELECT last FROM conversations WHERE id = ?");
  }

  /**
   * Reads one page. To be called inside a transaction, so that all of it sees one state.
   *
   * @param query What is wanted; see the contract.
   * @throws StorageError `damaged`, naming the post that is not as it was written or not where it belongs.
   * @returns The page.
   */
  history(query: HistoryQuery): Page {
    const range = { after: query.after ?? 0, before: query.before ?? Number.MAX_SAFE_INTEGER };
    const direction = query.after === undefined ? this.#newestFirst : this.#oldestFirst;
    const candidates = this.#candidates(query, range, direction);
    const merged = candidates.flatMap(({ sequences }) => sequences).sort(direction.order);
    const posts = this.#rows.page(merged.slice(0, query.limit));
    const more = merged.length > posts.length;
    posts.sort((left, right) => left.sequence - right.sequence);
    const rooms = new Set<number>();
    for (const candidate of candidates) {
      if (candidate.isRoom) rooms.add(candidate.conversation);
      this.#checkChain(candidate, range, posts);
    }
    const known = new Set(candidates.map(({ conversation }) => conversation));
    for (const { sequence, conversation } of posts) {
      if (!known.has(conversation)) throw damagedPost(sequence, "it is in another conversation");
    }
    return { posts: posts.map((post) => storedPost(post, rooms.has(post.conversation))), more };
  }

  #candidates(query: HistoryQuery, range: Range, direction: Direction): Candidate[] {
    const wanted = query.limit + 1;
    const nearest = direction.nearest.all({ ...parametersOf(query), ...range, limit: wanted });
    const candidates: Candidate[] = [];
    const best: number[] = [];
    for (const row of nearest) {
      const worst = best[wanted - 1];
      // No post of this conversation, nor of those after it, is near enough.
      if (worst !== undefined && direction.order(worst, integerOf(row, "nearest")) <= 0) break;
      const conversation = integerOf(row, "conversation");
      const sequences = direction.sequences.all(conversation, range.after, range.before, wanted)
        .map((found) => integerOf(found, "sequence"));
      candidates.push({ conversation, isRoom: row["is_room"] === 1, sequences });
      best.push(...sequences);
      best.sort(direction.order);
      best.length = Math.min(best.length, wanted);
    }
    return candidates;
  }

  /** The posts of one conversation that are in a page must follow one another without a gap. */
  #checkChain(
    { conversation, sequences }: Candidate,
    range: Range,
    page: readonly PostRow[],
  ): void {
    const offered = sequences.toSorted((left, right) => left - right);
    for (const post of page) {
      if (post.conversation !== conversation) continue;
      const index = offered.indexOf(post.sequence);
      const complete = index > 0
        ? post.previous === offered[index - 1]
        : index === 0 && post.previous <= range.after;
      if (!complete) throw damagedPost(post.sequence, "the post before it is not found");
      if (index === offered.length - 1) this.#checkFollowing(post, range.before);
    }
  }

  /** No post of the conversation may be hidden between this one and the end of the range. */
  #checkFollowing({ conversation, sequence }: PostRow, before: number): void {
    const following = this.#following.get(conversation, before)?.["sequence"];
    const expected = typeof following === "number"
      ? this.#rows.get(following).previous
      : integerOf(this.#last.get(conversation) ?? {}, "last");
    if (expected !== sequence) throw damagedPost(sequence, "the post after it is not found");
  }
}

function parametersOf(query: HistoryQuery): Record<string, string | null> {
  const { reader, privateWith, roomIds } = query;
  const mode = reader === null || privateWith === "none"
    ? "none"
    : privateWith === "all"
    ? "all"
    : "one";
  const [first, second] = mode === "one" ? [reader, privateWith].sort() : [null, null];
  return {
    rooms: JSON.stringify(roomIds),
    mode,
    reader,
    first: first ?? null,
    second: second ?? null,
  };
}
