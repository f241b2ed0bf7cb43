/**
 * What the tests of the store share: a folder that is removed afterwards, and posts that need few words.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import type { SealedIdentity } from "../../../../protocol/e2e/identity.ts";
import { databaseFileName } from "../../../../server/storage/sqlite/file/data_folder.ts";
import {
  openStorage,
  type SqliteStorage,
  type StorageOptions,
} from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { Reader } from "../../../../server/storage/sqlite/workers/reader.ts";
import { Writer } from "../../../../server/storage/sqlite/workers/writer.ts";
import type { AccountRecord } from "../../../../server/storage/account_storage.ts";
import type { Destination, NewPost } from "../../../../server/storage/post_storage.ts";
import { createRoom } from "../../../fixtures/changes.ts";

/** Runs a test with an empty folder. */
export async function withFolder(test: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chat-storage-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a test with an open store, and closes it. */
export async function withStorage(
  test: (storage: SqliteStorage, folder: string) => Promise<void>,
  options: StorageOptions = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder, options);
    try {
      await test(storage, folder);
    } finally {
      await storage.close();
    }
  });
}

/**
 * Fills a store once, and gives each test a copy of its folder: to fill a store costs more than most tests of it.
 *
 * @param fill What every test finds there.
 * @return Runs a test with such a folder, which no store holds.
 */
export function filledOnce(
  fill: (storage: SqliteStorage) => Promise<void>,
): (test: (folder: string) => Promise<void> | void) => Promise<void> {
  let filled: Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> | undefined;
  const fillOne = async () => {
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    await withFolder(async (folder) => {
      const storage = await openStorage(folder);
      await fill(storage);
      await storage.close();
      for (const { name } of Deno.readDirSync(folder)) {
        files.set(name, Deno.readFileSync(`${folder}/${name}`));
      }
    });
    return files;
  };
  return async (test) => {
    const files = await (filled ??= fillOne());
    await withFolder(async (folder) => {
      for (const [name, bytes] of files) Deno.writeFileSync(`${folder}/${name}`, bytes);
      await test(folder);
    });
  };
}

/** What the workers of a store do, without threads of their own, which take a third of a second to start. */
export class StoreHere implements Disposable {
  readonly reader: Reader;
  readonly writer: Writer;

  /**
   * @param folder Its folder, which no other store holds.
   * @throws {StorageError} as `openStorage` does.
   */
  constructor(folder: string) {
    this.writer = new Writer(databasePath(folder));
    try {
      this.writer.opened("alone");
      this.reader = new Reader(databasePath(folder));
    } catch (error) {
      this.writer.close();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.reader.close();
    this.writer.close();
  }
}

/** The database's path in a folder. */
export function databasePath(folder: string): string {
  return `${folder}/${databaseFileName}`;
}

/** Changes a database behind the store's back. */
export function tamper(folder: string, sql: string): void {
  const database = new DatabaseSync(databasePath(folder));
  database.exec(sql);
  database.close();
}

let nextId = 1;

/** A post with everything that does not matter filled in. */
export function makePost(
  destination: Destination,
  body: string,
  more: Partial<NewPost> = {},
): NewPost {
  return {
    destination,
    from: "Ann",
    to: "#lobby",
    id: `id-${nextId++}`,
    timeMs: 1_764_000_000_000,
    kind: "text",
    body,
    ...more,
  };
}

/** An account with everything that does not matter filled in. */
export function makeAccount(nameKey: string, more: Partial<AccountRecord> = {}): AccountRecord {
  return {
    name: nameKey.toUpperCase(),
    nameKey,
    skeleton: `skeleton of ${nameKey}`,
    salt: new Uint8Array([1, 2, 3]),
    iterations: 600_000,
    storedKey: new Uint8Array(32).fill(7),
    serverKey: new Uint8Array(32).fill(9),
    createdMs: 1_764_000_000_001,
    passwordGeneration: 0,
    ...more,
  };
}

/** Who set a topic that matters to no test. */
export const topicSetting = { by: "Ann", timeMs: 1_764_000_000_002 };
/** Keys of a right length, each byte of them the same. */
export function makeIdentity(value: number): SealedIdentity {
  const bytes = (length: number) => new Uint8Array(length).fill(value);
  return { record: bytes(200), sealedKeys: bytes(124), wrappedKey: bytes(60) };
}

/** Makes a room. */
export async function makeRoom(storage: SqliteStorage, name: string): Promise<number> {
  return await createRoom(storage, { name, nameKey: name, skeleton: name });
}

/** Repeatable random integers from 0 to below `bound` (xorshift32). */
export function randomIntegers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
