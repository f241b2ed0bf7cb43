/**
 * What a reading worker serves: history, search and verification, each on one state of the database.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { openForReading } from "../file/database.ts";
import { HistoryReader } from "../posts/history_reader.ts";
import { SearchReader } from "../posts/search_reader.ts";
import type { HistoryQuery, Page, SearchQuery } from "../../post_storage.ts";
import type { OnProgress } from "../../progress.ts";
import { storageErrorFrom } from "../file/storage_failure.ts";
import { UnenteredPosts } from "../posts/unentered_posts.ts";
import { verifyDatabase } from "./verification.ts";

/** A connection that reads. Every method may throw a StorageError. */
export class Reader {
  readonly #path: string;
  readonly #onProgress: OnProgress;
  readonly #database: DatabaseSync;
  readonly #history: HistoryReader;
  readonly #search: SearchReader;
  readonly #unentered: UnenteredPosts;

  /**
   * @param path The database, which a {@linkcode Writer} has open.
   * @param onProgress Is told how far a verification is.
   */
  constructor(path: string, onProgress: OnProgress = () => {}) {
    this.#path = path;
    this.#onProgress = onProgress;
    try {
      this.#database = openForReading(path);
      this.#unentered = new UnenteredPosts(this.#database);
      this.#history = new HistoryReader(this.#database);
      this.#search = new SearchReader(this.#database);
    } catch (error) {
      throw storageErrorFrom(error, path);
    }
  }

  /** Reads a page of history. */
  history(query: HistoryQuery): Page {
    return this.#inTransaction(() => {
      this.#unentered.update();
      return this.#history.history(query);
    });
  }

  /** Searches rooms. */
  search(query: SearchQuery): Page {
    return this.#inTransaction(() => {
      this.#unentered.update();
      return this.#search.search(query);
    });
  }

  /** Looks at everything and returns the problems found. Takes seconds for each million posts. */
  verify(): string[] {
    return this.#inTransaction(() => verifyDatabase(this.#database, this.#path, this.#onProgress));
  }

  /** Closes the connection. */
  close(): void {
    this.#database.close();
  }

  #inTransaction<Result>(action: () => Result): Result {
    try {
      this.#database.exec("BEGIN");
      const result = action();
      // Not to undo what is kept in memory; on the disk nothing was changed.
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#unentered.forget();
      throw storageErrorFrom(error, this.#path);
    } finally {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    }
  }
}
