/**
 * Searches the posts of rooms by words.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { damagedPost, PostRows, storedPost } from "./post_rows.ts";
import { integerOf } from "./rows.ts";
import { hasWords, matchExpression, searchWords, shardOf } from "./search_text.ts";
import type { Page, SearchQuery } from "./storage.ts";

/** Searches through one connection. */
export class SearchReader {
  readonly #rows: PostRows;
  readonly #match: StatementSync;
  readonly #rooms: StatementSync;
  readonly #lastSequence: StatementSync;

  /** @param database A connection that reads. */
  constructor(database: DatabaseSync) {
    this.#rows = new PostRows(database);
    this.#match = database.prepare(
      "SELECT rowid AS sequence FROM words WHERE words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
    );
    this.#rooms = database.prepare(
      "SELECT id FROM rooms WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
    );
    this.#lastSequence = database.prepare("SELECT coalesce(max(sequence), 0) AS last FROM posts");
  }

  /**
   * Finds the newest posts with all of the words. To be called inside a transaction.
   *
   * @param query What is wanted; see the contract.
   * @throws StorageError `damaged`, naming the post that is not as it was written.
   * @returns The page.
   */
  search(query: SearchQuery): Page {
    const roomIds = this.#rooms.all(JSON.stringify(query.roomIds)).map((row) =>
      integerOf(row, "id")
    );
    const words = searchWords(query.words);
    if (roomIds.length === 0 || words.length === 0) return { posts: [], more: false };
    const last = integerOf(this.#lastSequence.get() ?? {}, "last");
    const before = Math.min(query.before ?? last + 1, last + 1);
    const found = this.#find(roomIds, words, before, query.limit + 1);
    const posts = this.#rows.page(found.slice(0, query.limit));
    const allowed = new Set(roomIds);
    for (const { sequence, conversation, body } of posts) {
      if (!allowed.has(conversation) || !hasWords(body, words)) {
        throw damagedPost(sequence, "the index of words does not fit it");
      }
    }
    return {
      posts: posts.reverse().map((post) => storedPost(post, true)),
      more: found.length > posts.length,
    };
  }

  #find(
    roomIds: readonly number[],
    words: readonly string[],
    before: number,
    limit: number,
  ): number[] {
    const found: number[] = [];
    for (let shard = shardOf(before - 1); shard >= 0 && found.length < limit; shard--) {
      const rows = this.#match.all(
        matchExpression(shard, roomIds, words),
        before,
        limit - found.length,
      );
      found.push(...rows.map((row) => integerOf(row, "sequence")));
    }
    return found;
  }
}
