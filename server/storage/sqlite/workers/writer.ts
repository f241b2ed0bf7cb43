/**
 * What the writing worker serves: everything that changes the database, and the small look-ups that must see it at once.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { Applier, type BeforeCommit, type Result } from "./applier.ts";
import { type BatchResults, packed } from "./batch_results.ts";
import { applyBatches } from "./log_batches.ts";
import type { OnProgress } from "../../progress.ts";
import type { Command } from "../../commands.ts";
import { assertNothingMissing, CountsFile, countsIn } from "../file/commit_counts.ts";
import { openForWriting } from "../file/database.ts";
import { integerOf } from "../file/rows.ts";
import { storageErrorFrom } from "../file/storage_failure.ts";
import { decodeCommands } from "../pipe/command_batch.ts";
import type { LogBatch, LogPlace } from "../../log_place.ts";
import type { Lookups, StoredState } from "../../storage.ts";
import * as accounts from "../tables/account_tables.ts";
import * as files from "../tables/file_tables.ts";
import * as identities from "../tables/identity_tables.ts";
import * as places from "../tables/log_place_tables.ts";
import * as positions from "../tables/read_position_tables.ts";
import * as rooms from "../tables/room_tables.ts";
import { findSecret } from "../tables/secret_tables.ts";

/** What is looked up here and not by the reading worker. */
const lookups = {
  findAccount: accounts.findAccount,
  isNameTaken: accounts.isNameTaken,
  countAccounts: accounts.countAccounts,
  readPosition: positions.readPosition,
  conversationPosition: positions.conversationPosition,
  findIdentity: identities.findIdentity,
  findVault: identities.findVault,
  vaultVersion: identities.vaultVersion,
  findSecret,
  findFile: files.findFile,
  fileOfPost: files.fileOfPost,
  fileUsage: files.fileUsage,
  staleFiles: files.staleFiles,
  knownFiles: files.knownFiles,
  wholeFiles: files.wholeFiles,
} satisfies {
  [Name in keyof Lookups]: (
    database: DatabaseSync,
    ...values: Parameters<Lookups[Name]>
  ) => Awaited<ReturnType<Lookups[Name]>>;
};

/** A batch of a log on its way to the writer. */
export interface SentBatch extends Omit<LogBatch, "commands"> {
  /** Its commands, encoded by `encodeCommands`. */
  readonly encoded: Uint8Array;
}

/** The one connection that writes. Every method may throw a StorageError. */
export class Writer {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #applier: Applier;
  readonly #counts: CountsFile;

  /**
   * Opens the database and brings it to the newest version.
   *
   * @param path The file.
   * @param onProgress Is told how far that is.
   */
  constructor(path: string, onProgress?: OnProgress) {
    this.#path = path;
    let database: DatabaseSync | undefined;
    try {
      assertNothingMissing(path);
      database = openForWriting(path, onProgress);
      this.#applier = new Applier(database, path);
      this.#counts = new CountsFile(path, countsIn(database));
      this.#database = database;
    } catch (error) {
      database?.close();
      throw storageErrorFrom(error, path);
    }
  }

  /** What is there at start. Where the server is alone, a cluster that the database was a part of goes on without it. */
  opened(server: "alone" | "in a cluster"): StoredState {
    return this.#try(() => {
      if (server === "alone") places.forgetLogPlace(this.#database);
      return { rooms: rooms.readRooms(this.#database), lastSequence: this.#applier.lastSequence };
    });
  }

  /** Applies commands, encoded by `encodeCommands`, all in one transaction. */
  apply(encoded: Uint8Array): BatchResults {
    return this.applyAll([[encoded]])[0]!;
  }

  /** Applies the commands of several calls of {@linkcode Writer.apply}, all in one transaction. */
  applyAll(calls: readonly (readonly [encoded: Uint8Array])[]): BatchResults[] {
    return this.#try(() => {
      const batches = calls.map(([encoded]) => decodeCommands(encoded));
      const results = this.#apply(batches.flat());
      let at = 0;
      return batches.map(({ length }) => packed(results.slice(at, at += length)));
    });
  }

  /** See {@linkcode applyBatches}; the results of each batch in short. */
  applyFromLog(sent: readonly SentBatch[], place: LogPlace): (BatchResults | null)[] {
    return this.#try(() => {
      const batches = sent.map(({ run, number, encoded }) => {
        return { run, number, commands: decodeCommands(encoded) };
      });
      return applyBatches(this.#database, (...call) => this.#apply(...call), batches, place)
        .map((results) => results === null ? null : packed(results));
    });
  }

  /** How far the database has followed a log; null if it never has. */
  logPlace(): LogPlace | null {
    return this.#try(() => places.findLogPlace(this.#database));
  }

  /** Begins to follow a log. */
  saveLogPlace(place: LogPlace): void {
    this.#try(() => places.saveLogPlace(this.#database, place));
  }

  /** Copies the database, as it is now, into an empty file. */
  copyTo(path: string): void {
    this.#try(() => this.#database.prepare("VACUUM INTO ?").run(path));
  }

  /** Whether nothing was ever stored. */
  isEmpty(): boolean {
    const { posts, changes } = this.#try(() => countsIn(this.#database));
    return posts === 0 && changes === 0;
  }

  /** Looks something up. */
  lookUp(name: keyof Lookups, values: readonly unknown[]): unknown {
    const lookup = lookups[name] as (database: DatabaseSync, ...values: unknown[]) => unknown;
    return this.#try(() => lookup(this.#database, ...values));
  }

  /** Lets the file grow to so many pages and no further, as a full disk would; for tests. Returns the pages in use. */
  limitPages(pages: number): number {
    return this.#try(() => {
      this.#database.exec(`PRAGMA max_page_count = ${Math.trunc(pages)}`);
      return integerOf(this.#database.prepare("PRAGMA page_count").get() ?? {}, "page_count");
    });
  }

  /** Writes the WAL to the main file and closes. */
  close(): void {
    this.#try(() => {
      try {
        this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      } finally {
        this.#database.close();
        this.#counts.close();
      }
    });
  }

  #apply(commands: readonly Command[], beforeCommit?: BeforeCommit): Result[] {
    const results = this.#applier.apply(commands, beforeCommit);
    const postsOnly = commands.every(({ type }) => type === "post");
    this.#counts.save(
      postsOnly ? { posts: this.#applier.lastSequence } : countsIn(this.#database),
    );
    return results;
  }

  #try<Found>(action: () => Found): Found {
    try {
      return action();
    } catch (error) {
      throw storageErrorFrom(error, this.#path);
    }
  }
}
