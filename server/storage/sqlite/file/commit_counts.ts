/**
 * Notices that commits are missing at the end.
 *
 * After a crash the newest commits are in the WAL alone, and SQLite takes a damaged WAL for one that ends where the damage
 * begins: what comes after it is gone without a word. A database file that was cut to nothing looks like a new one. So
 * beside the database there is a small file that says how much was committed. It is written after each commit and before
 * anyone is told of it, in place and without a sync: that outlives the process, and after a power cut it says too little
 * at worst, never too much.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { openForReading } from "./database.ts";
import { integerOf } from "./rows.ts";
import { StorageError } from "../../storage_error.ts";

/** How much was committed: both numbers grow only. */
export interface CommitCounts {
  /** The newest post. */
  readonly posts: number;
  /** How many changes there were of accounts, keys, rooms, members and secrets (see schema.ts). */
  readonly changes: number;
}

const digits = 15;
const pattern = new RegExp(`^posts (\\d{${digits}}) changes (\\d{${digits}}) ([0-9a-f]{8})\n$`);

/**
 * The file beside a database.
 *
 * @param databasePath The database.
 * @returns Its path.
 */
export function countsPath(databasePath: string): string {
  return `${databasePath}.counts`;
}

/**
 * How much a database says was committed.
 *
 * @param database The database; may be empty.
 * @returns The counts.
 */
export function countsIn(database: DatabaseSync): CommitCounts {
  const has = (table: string) =>
    database.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(table) !== undefined;
  const number = (sql: string) => integerOf(database.prepare(sql).get() ?? {}, "number");
  return {
    posts: has("posts") ? number("SELECT coalesce(max(sequence), 0) AS number FROM posts") : 0,
    changes: has("changes") ? number("SELECT number FROM changes") : 0,
  };
}

/**
 * Compares a database with the file beside it, before anything is written: what is left of a damaged WAL stays as it is.
 *
 * @param databasePath The database; the file exists.
 * @throws StorageError `damaged`, if commits are missing, or the file beside the database is damaged.
 */
export function assertNothingMissing(databasePath: string): void {
  const expected = readCounts(databasePath);
  if (expected === null) return;
  const database = openForReading(databasePath);
  try {
    const { posts, changes } = countsIn(database);
    if (posts >= expected.posts && changes >= expected.changes) return;
    const lost = posts < expected.posts
      ? `its newest post is ${posts}, and ${expected.posts} were stored`
      : `${expected.changes - changes} changes of accounts or rooms are missing`;
    throw new StorageError(
      "damaged",
      `"${databasePath}" or its log "${databasePath}-wal" is damaged: ${lost}. Keep a copy of the folder and restore it ` +
        `from a backup. Where you have just put an older database there, remove "${
          countsPath(databasePath)
        }".`,
    );
  } finally {
    database.close();
  }
}

function readCounts(databasePath: string): CommitCounts | null {
  const path = countsPath(databasePath);
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const [, posts, changes, checksum] = pattern.exec(new TextDecoder().decode(bytes)) ?? [];
  const counts = { posts: Number(posts), changes: Number(changes) };
  if (checksum === undefined || textOf(counts) !== new TextDecoder().decode(bytes)) {
    throw new StorageError(
      "damaged",
      `"${path}" is damaged: it says how much was stored. Run the server with --check on a copy of the folder without ` +
        "this file; if all is well and nothing is missing at the end of the history, remove the file here too.",
    );
  }
  return counts;
}

function textOf({ posts, changes }: CommitCounts): string {
  const pad = (number: number) => String(number).padStart(digits, "0");
  const text = `posts ${pad(posts)} changes ${pad(changes)} `;
  return `${text}${crc32(text).toString(16).padStart(8, "0")}\n`;
}

/** The file beside an open database. */
export class CountsFile {
  readonly #file: Deno.FsFile;
  #counts: CommitCounts;

  /**
   * Opens or makes the file.
   *
   * @param databasePath The database, which {@linkcode assertNothingMissing} has let pass.
   * @param counts What the database says.
   */
  constructor(databasePath: string, counts: CommitCounts) {
    this.#counts = counts;
    const path = countsPath(databasePath);
    this.#file = Deno.openSync(path, { create: true, write: true, mode: 0o600 });
    this.#write();
    this.#file.syncSync();
  }

  /**
   * Says how much was committed. Where it cannot be written, the next start checks less.
   *
   * @param counts What has grown.
   */
  save(counts: Partial<CommitCounts>): void {
    this.#counts = { ...this.#counts, ...counts };
    try {
      this.#write();
    } catch {
      // What was committed is committed.
    }
  }

  /** Closes the file. */
  close(): void {
    try {
      this.#file.syncSync();
    } finally {
      this.#file.close();
    }
  }

  #write(): void {
    this.#file.seekSync(0, Deno.SeekMode.Start);
    this.#file.writeSync(new TextEncoder().encode(textOf(this.#counts)));
  }
}
