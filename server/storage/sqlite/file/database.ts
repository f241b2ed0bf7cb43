/**
 * Opens the SQLite file, for the one writer or for a reader.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { textColumn } from "./rows.ts";
import type { OnProgress } from "../../progress.ts";
import { assertKnown, migrate } from "./schema.ts";
import { StorageError } from "../../storage_error.ts";

/** The oldest SQLite without the corruption when a WAL is reset (fixed in 3.51.3). */
const sqliteVersionMin = [3, 51, 3] as const;

/** How long a statement waits for another program's lock, in milliseconds. Ours wait for each other never. */
const busyTimeoutMs = 1_000;

/** Pages of the WAL (4 KiB each) after which a commit also writes them to the main file. */
const checkpointPages = 4_000;

/** What both kinds of connection set. A damaged schema must not run anything, a damaged page must be noticed. */
const commonPragmas = `
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA foreign_keys = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -16000;
`;

/** With `secure_delete`, what was deleted is overwritten, also on pages that the index of words has left. */
const writerPragmas = `
  PRAGMA secure_delete = ON;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = ${checkpointPages};
  PRAGMA journal_size_limit = ${checkpointPages * 4096 * 2};
`;

function assertVersion(database: DatabaseSync): void {
  const version = textColumn(
    database.prepare("SELECT sqlite_version() AS version").get() ?? {},
    "version",
  );
  const parts = version.split(".").map(Number);
  const difference = sqliteVersionMin
    .map((least, index) => (parts[index] ?? 0) - least)
    .find((part) => part !== 0) ?? 0;
  if (difference >= 0) return;
  throw new StorageError(
    "failed",
    `This Deno brings SQLite ${version}, which can damage a database. Install Deno 2.9 or newer.`,
  );
}

/**
 * Opens the connection that writes. There must be one only.
 *
 * @param path The file; made if it is not there.
 * @param onProgress Is told how far a database of an older version is brought to the newest.
 * @throws Error of node:sqlite (see `storageErrorFrom`), or StorageError if SQLite is too old, or the database not ours.
 * @returns The open database with the newest tables, in WAL mode, every commit synced to the disk.
 */
export function openForWriting(path: string, onProgress?: OnProgress): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    assertVersion(database);
    database.exec(commonPragmas);
    assertKnown(database, path);
    database.exec(writerPragmas);
    migrate(database, onProgress);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens a connection that only reads.
 *
 * @param path The file; it must be there.
 * @throws Error of node:sqlite (see `storageErrorFrom`).
 * @returns The open database.
 */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, readOnly: true });
  database.exec(commonPragmas);
  return database;
}
