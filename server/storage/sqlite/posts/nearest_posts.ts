/**
 * Finds the newest, or oldest, posts of many conversations taken together.
 *
 * Of N posts, each is in one of the N conversations whose nearest post is nearest. So one look into the index for each
 * conversation, then the posts of the few that count, no further than can matter.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { integerOf } from "../file/rows.ts";
import { placeSql, placesSql } from "./unentered_posts.ts";
import type { HistoryQuery } from "../../post_storage.ts";
import { StorageError } from "../../storage_error.ts";

/** Whose posts are wanted. */
export type Scope = Pick<HistoryQuery, "reader" | "roomIds" | "privateWith">;

/** An interval of sequences; both ends are outside. */
export interface Range {
  readonly after: number;
  readonly before: number;
}

/** From which end of the range posts are taken. */
export type Order = "newest first" | "oldest first";

/** What one conversation has to offer. */
export interface Candidate {
  readonly conversation: number;
  readonly isRoom: boolean;
  /** The part of the range that was looked at: beyond it, posts of other conversations are nearer. */
  readonly range: Range;
  /** The sequences found, in the order asked for. All that are in the range, or as many as were wanted. */
  readonly sequences: readonly number[];
}

/** What was found. */
export interface Nearest {
  readonly candidates: readonly Candidate[];
  /** The wanted posts of all candidates, in the order asked for. */
  readonly sequences: readonly number[];
}

const scopeSql = `
  SELECT id, last, 1 AS is_room FROM rooms JOIN conversations USING (id)
  WHERE id IN (SELECT value FROM json_each(:rooms))
  UNION ALL
  SELECT id, last, 0 FROM participants JOIN conversations ON id = conversation
  WHERE :mode = 'all' AND key = :reader
  UNION ALL
  SELECT id, last, 0 FROM conversations
  WHERE :mode = 'one' AND first = :first AND second = :second`;

/** The newest post before the range's end, as the post after it names it; the conversation's last if there is none. */
const expectedSql = `
  CASE WHEN last < :before THEN last ELSE (
    SELECT previous FROM posts WHERE sequence = ${
  placeSql("min", "scope.id", "sequence >= :before")
}
  ) END`;

const inRange = "sequence > :after AND sequence < :before";

/** Each conversation's newest post in the range must be the expected one. */
const newestSql = `
  WITH scope AS MATERIALIZED (${scopeSql}), found AS MATERIALIZED (
    SELECT id, is_room, ${expectedSql} AS expected,
      ${placeSql("max", "scope.id", inRange)} AS nearest
    FROM scope
  )
  SELECT id, is_room, nearest,
    expected IS NULL OR nearest IS NOT iif(expected > :after, expected, NULL) AS is_damaged
  FROM found WHERE nearest IS NOT NULL OR is_damaged
  ORDER BY is_damaged DESC, nearest DESC LIMIT :wanted`;

/** The post before each conversation's oldest post in the range must be before the range. */
const oldestSql = `
  WITH scope AS MATERIALIZED (${scopeSql}), found AS MATERIALIZED (
    SELECT id, is_room, last, ${placeSql("min", "scope.id", inRange)} AS nearest FROM scope
  )
  SELECT id, is_room, nearest,
    coalesce(iif(nearest IS NULL, ${expectedSql.replaceAll("scope", "found")}, (
      SELECT previous FROM posts WHERE sequence = nearest
    )), :before) > :after AS is_damaged
  FROM found WHERE nearest IS NOT NULL OR is_damaged
  ORDER BY is_damaged DESC, nearest ASC LIMIT :wanted`;

const sequencesSql = (direction: "ASC" | "DESC") =>
  `${placesSql("?1", "sequence > ?2 AND sequence < ?3")} ORDER BY sequence ${direction} LIMIT ?4`;

interface Statements {
  readonly nearest: StatementSync;
  readonly sequences: StatementSync;
}

/** Looks posts up through one connection. */
export class NearestPosts {
  readonly #statements: Readonly<Record<Order, Statements>>;

  /** @param database A connection that reads. */
  constructor(database: DatabaseSync) {
    this.#statements = {
      "newest first": {
        nearest: database.prepare(newestSql),
        sequences: database.prepare(sequencesSql("DESC")),
      },
      "oldest first": {
        nearest: database.prepare(oldestSql),
        sequences: database.prepare(sequencesSql("ASC")),
      },
    };
  }

  /**
   * Finds posts.
   *
   * @param scope Whose posts. Ids that are no rooms are passed over.
   * @param range Where they may be.
   * @param order From which end.
   * @param wanted How many, from 1.
   * @throws StorageError `damaged`, if posts of a conversation are not where they belong.
   * @returns The posts' sequences, and the conversations that they are from.
   */
  find(scope: Scope, range: Range, order: Order, wanted: number): Nearest {
    const newestFirst = order === "newest first";
    const { nearest, sequences: ofConversation } = this.#statements[order];
    const candidates: Candidate[] = [];
    let sequences: number[] = [];
    for (const row of nearest.all({ ...parametersOf(scope), ...range, wanted })) {
      const farthest = sequences[wanted - 1];
      const narrowed = farthest === undefined
        ? range
        : newestFirst
        ? { after: farthest, before: range.before }
        : { after: range.after, before: farthest };
      const conversation = integerOf(row, "id");
      if (row["is_damaged"] !== 0) throw damagedConversation(conversation);
      const found = ofConversation.all(conversation, narrowed.after, narrowed.before, wanted)
        .map((post) => integerOf(post, "sequence"));
      // The conversations are in the order of their nearest posts: no later one has a near enough post either.
      if (found.length === 0) break;
      const isRoom = row["is_room"] === 1;
      candidates.push({ conversation, isRoom, range: narrowed, sequences: found });
      sequences = sequences.concat(found)
        .sort((left, right) => newestFirst ? right - left : left - right).slice(0, wanted);
    }
    return { candidates, sequences };
  }
}

function damagedConversation(id: number): StorageError {
  return new StorageError(
    "damaged",
    `The database is damaged: posts of conversation ${id} are not found. ` +
      "Stop the server and restore the data folder from a backup.",
  );
}

function parametersOf({ reader, privateWith, roomIds }: Scope): Record<string, string | null> {
  const rooms = JSON.stringify(roomIds);
  const nobody = { rooms, mode: "none", reader: null, first: null, second: null };
  if (reader === null || privateWith === "none") return nobody;
  if (privateWith === "all") return { ...nobody, mode: "all", reader };
  const [first = null, second = null] = [reader, privateWith].sort();
  return { ...nobody, mode: "one", first, second };
}
