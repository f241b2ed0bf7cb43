/**
 * Where a reader finds the posts of a conversation: in the index (conversation_index.ts), and, those that are not in it yet, in a
 * table of the reader's own in memory.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { integerOf } from "../file/rows.ts";

/** Keeps the table `unentered` of one connection. */
export class UnenteredPosts {
  readonly #progress: StatementSync;
  readonly #forgetAll: StatementSync;
  readonly #add: StatementSync;
  readonly #newest: StatementSync;
  /** Up to where posts are in the index, as far as this table knows; negative if it knows nothing. */
  #entered = -1;
  #seen = -1;

  /** @param database A connection that reads. */
  constructor(database: DatabaseSync) {
    database.exec(
      "CREATE TEMP TABLE unentered (conversation INTEGER NOT NULL, sequence INTEGER NOT NULL, " +
        "PRIMARY KEY (conversation, sequence)) WITHOUT ROWID",
    );
    this.#progress = database.prepare("SELECT sequence FROM conversation_posts_progress");
    this.#forgetAll = database.prepare("DELETE FROM unentered");
    this.#add = database.prepare(
      "INSERT INTO unentered SELECT conversation, sequence FROM posts WHERE sequence > ?",
    );
    this.#newest = database.prepare("SELECT coalesce(max(sequence), 0) AS sequence FROM posts");
  }

  /** Brings the table to what the transaction under way sees. If that is rolled back, so is the table: see `forget`. */
  update(): void {
    const entered = integerOf(this.#progress.get() ?? {}, "sequence");
    if (entered !== this.#entered) {
      this.#forgetAll.run();
      this.#seen = entered;
    }
    this.#add.run(this.#seen);
    this.#seen = Math.max(entered, integerOf(this.#newest.get() ?? {}, "sequence"));
    this.#entered = entered;
  }

  /** The table may be anything: the next update makes it anew. */
  forget(): void {
    this.#entered = -1;
  }
}

/** The tables that hold the places of posts. */
const tables = ["conversation_posts", "unentered"];

/**
 * An expression of SQL: a conversation's first or last sequence that fulfils a condition, null if there is none.
 *
 * @param which `min` or `max`.
 * @param conversation An expression for the conversation.
 * @param condition Says something of `sequence`.
 */
export function placeSql(which: "min" | "max", conversation: string, condition: string): string {
  const parts = tables.map((table) =>
    `SELECT ${which}(sequence) AS sequence FROM ${table} ` +
    `WHERE conversation = ${conversation} AND ${condition}`
  );
  return `(SELECT ${which}(sequence) FROM (${parts.join(" UNION ALL ")}))`;
}

/**
 * A query: the sequences of a conversation's posts that fulfil a condition.
 *
 * @param conversation An expression for the conversation.
 * @param condition Says something of `sequence`.
 */
export function placesSql(conversation: string, condition: string): string {
  return tables.map((table) =>
    `SELECT sequence FROM ${table} WHERE conversation = ${conversation} AND ${condition}`
  ).join(" UNION ALL ");
}
