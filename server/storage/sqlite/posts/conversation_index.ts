/**
 * Which posts a conversation has: filled some posts behind the log, as the index of words is.
 *
 * An index of SQLite's own changes with every post, and a commit writes a page of it for each conversation that somebody has
 * posted to: half of what commits cost where many people write in private. Here a thousand posts are entered together. A reader
 * keeps those in mind that are not entered yet (unentered_posts.ts).
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { integerOf } from "../file/rows.ts";

/** Posts that are not in the index; fewer than this wait after each commit. */
const unenteredPostsMax = 1_024;

/**
 * The newest sequence that the index has seen.
 *
 * @param database The database.
 * @returns The sequence; every post up to it is in the index.
 */
export function enteredUpTo(database: DatabaseSync): number {
  const row = database.prepare("SELECT sequence FROM conversation_posts_progress").get();
  return integerOf(row ?? {}, "sequence");
}

/** The index's writing side. */
export class ConversationIndex {
  readonly #enter: StatementSync;
  readonly #saveProgress: StatementSync;
  #entered: number;

  /** @param database The connection that writes. */
  constructor(database: DatabaseSync) {
    this.#enter = database.prepare(
      "INSERT OR IGNORE INTO conversation_posts SELECT conversation, sequence FROM posts " +
        "WHERE sequence > ? AND sequence <= ? ORDER BY conversation, sequence",
    );
    this.#saveProgress = database.prepare("UPDATE conversation_posts_progress SET sequence = ?");
    this.#entered = enteredUpTo(database);
  }

  /** The newest sequence that is in it: to be given back to {@linkcode ConversationIndex.restore} if a transaction fails. */
  get entered(): number {
    return this.#entered;
  }

  /** Goes back to what it was. */
  restore(entered: number): void {
    this.#entered = entered;
  }

  /**
   * Enters what waits, if it is much. To be called before the transaction is committed.
   *
   * @param lastSequence The newest post.
   */
  update(lastSequence: number): void {
    if (lastSequence - this.#entered < unenteredPostsMax) return;
    this.#enter.run(this.#entered, lastSequence);
    this.#saveProgress.run(lastSequence);
    this.#entered = lastSequence;
  }
}
