/**
 * The store in one SQLite file. SQLite waits for the disk, so it runs in workers: one that writes, one that reads
 * history and searches, so that a long search delays no commit.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import { AppendQueue } from "./append_queue.ts";
import { type DiskSpace, FreeDisk } from "./file/free_disk.ts";
import type { SealedIdentity } from "../../../protocol/e2e/identity.ts";
import { type HeldFolder, holdFolder } from "./file/data_folder.ts";
import type { IdentityStorage, StoredPasswordChange, VaultRecord } from "../identity_storage.ts";
import { checkedPost, checkedText, checkQuery } from "./file/input_checks.ts";
import type { RoomChange } from "../room_law.ts";
import * as contract from "../storage.ts";
import {
  defaultWorkerUrl,
  type ReaderCalls,
  startReader,
  startWriter,
  type WorkerOptions,
  type WriterCalls,
} from "./workers/worker_program.ts";

/** How long the last checkpoint may take, in milliseconds. What it does not reach is in the WAL, just as safe. */
const closeTimeoutMs = 3_000;

type Bytes = Uint8Array<ArrayBuffer>;

/** How a store is opened. */
export interface StorageOptions {
  /** Where the workers' program is, if not in the place that worker_program.ts describes. */
  readonly workerUrl?: URL;
  /** Called once if a worker dies by itself. From then on every call is rejected: the server should stop. */
  readonly onDeath?: (error: contract.StorageError) => void;
  /** Called when too little of the disk is free, with what to tell the operator: nothing new is stored then. */
  readonly onLowDisk?: ((message: string) => void) | undefined;
  /** How much of the disk of a folder is free; asked of the system where not given. */
  readonly measureDisk?: (directory: string) => Promise<DiskSpace>;
}

/** The store, and what only tests use of it. */
export class SqliteStorage implements contract.Storage, IdentityStorage {
  readonly opened: contract.StoredState;
  readonly #folder: HeldFolder;
  readonly #options: WorkerOptions;
  readonly #writer: WriterCalls;
  readonly #queue: AppendQueue;
  readonly #freeDisk: FreeDisk;
  #reader: Promise<ReaderCalls> | undefined;
  /** The last search that was asked for. */
  #lastSearch: Promise<unknown> = Promise.resolve();
  #unusable: contract.StorageError | undefined;
  #closing: Promise<void> | undefined;

  /** Use {@linkcode openStorage}. */
  constructor(parts: {
    opened: contract.StoredState;
    folder: HeldFolder;
    options: WorkerOptions;
    writer: WriterCalls;
    freeDisk: FreeDisk;
  }) {
    this.opened = parts.opened;
    this.#folder = parts.folder;
    this.#options = parts.options;
    this.#writer = parts.writer;
    this.#freeDisk = parts.freeDisk;
    this.#queue = new AppendQueue((posts, positions) =>
      this.#writer.call("commit", posts, positions)
    );
  }

  async findAccount(nameKey: string): Promise<contract.AccountRecord | null> {
    return await this.#usable().call("findAccount", nameKey);
  }

  async isNameTaken(name: { nameKey: string; skeleton: string }): Promise<boolean> {
    return await this.#usable().call("isNameTaken", name);
  }

  async createAccount(account: contract.AccountRecord, identity?: SealedIdentity): Promise<void> {
    for (const text of [account.name, account.nameKey, account.skeleton]) {
      checkedText(text, "a name");
    }
    this.#freeDisk.check();
    await this.#usable().call("createAccount", account, identity);
  }

  async findIdentity(nameKey: string): Promise<SealedIdentity | null> {
    return await this.#usable().call("findIdentity", nameKey);
  }

  async addIdentity(nameKey: string, identity: SealedIdentity): Promise<SealedIdentity | null> {
    return await this.#usable().call("addIdentity", nameKey, identity);
  }

  async changePassword(
    nameKey: string,
    storedKey: Bytes,
    change: StoredPasswordChange,
  ): Promise<number | null> {
    return await this.#usable().call("changePassword", nameKey, storedKey, change);
  }

  async findVault(nameKey: string): Promise<VaultRecord | null> {
    return await this.#usable().call("findVault", nameKey);
  }

  async vaultVersion(nameKey: string): Promise<number> {
    return await this.#usable().call("vaultVersion", nameKey);
  }

  async saveVault(nameKey: string, vault: VaultRecord): Promise<boolean> {
    return await this.#usable().call("saveVault", nameKey, vault);
  }

  async countAccounts(): Promise<number> {
    return await this.#usable().call("countAccounts");
  }

  async readPosition(nameKey: string): Promise<number> {
    const waiting = this.#queue.waitingPosition(nameKey);
    return Math.max(waiting, await this.#usable().call("readPosition", nameKey));
  }

  // deno-lint-ignore require-await -- async turns what is thrown into a rejection
  async saveReadPositions(positions: ReadonlyMap<string, number>): Promise<void> {
    this.#usable();
    this.#queue.savePositions(positions);
  }

  async conversationPosition(nameKey: string, conversation: number): Promise<number | null> {
    return await this.#usable().call("conversationPosition", nameKey, conversation);
  }

  async saveConversationPositions(
    positions: readonly contract.ConversationPosition[],
  ): Promise<void> {
    await this.#usable().call("saveConversationPositions", positions);
  }

  async createRoom(
    room: { name: string; nameKey: string; skeleton: string },
    owner?: contract.RoomOwner,
  ): Promise<contract.RoomRecord> {
    const { name, nameKey, skeleton } = room;
    for (const text of [name, nameKey, skeleton]) checkedText(text, "a name");
    this.#freeDisk.check();
    return await this.#usable().call("createRoom", { name, nameKey, skeleton }, owner);
  }

  async changeLaw(roomId: number, changes: readonly RoomChange[]): Promise<void> {
    await this.#usable().call("changeLaw", roomId, changes);
  }

  async setTopic(roomId: number, topic: string, setting: contract.TopicSetting): Promise<void> {
    const { by, timeMs } = setting;
    const checked = { by: checkedText(by, "a name"), timeMs };
    await this.#usable().call("setTopic", roomId, checkedText(topic, "a topic"), checked);
  }

  async addMember(roomId: number, nameKey: string): Promise<void> {
    await this.#usable().call("addMember", roomId, checkedText(nameKey, "a name"));
  }

  async removeMember(roomId: number, nameKey: string): Promise<void> {
    await this.#usable().call("removeMember", roomId, nameKey);
  }

  async append(post: contract.NewPost): Promise<contract.Appended> {
    this.#usable();
    this.#freeDisk.check();
    return await this.#queue.append(checkedPost(post));
  }

  async history(query: contract.HistoryQuery): Promise<contract.Page> {
    this.#usable();
    checkQuery(query);
    return await (await this.#reading()).call("history", query);
  }

  async search(query: contract.SearchQuery): Promise<contract.Page> {
    this.#usable();
    checkQuery(query);
    const search = this.#lastSearch.then(() => this.#search(query));
    this.#lastSearch = search.catch(() => {});
    return await search;
  }

  /** One after the other: history, which takes less long, waits for one search at most, however many are asked for. */
  async #search(query: contract.SearchQuery): Promise<contract.Page> {
    this.#usable();
    return await (await this.#reading()).call("search", query);
  }

  async secret(name: string, make: () => Bytes): Promise<Bytes> {
    const found = await this.#usable().call("keepSecret", name, null);
    if (found !== null) return found;
    const kept = await this.#usable().call("keepSecret", name, make());
    if (kept === null) throw new Error("a secret that was just kept must be there");
    return kept;
  }

  /** Runs in a worker of its own: it may take minutes, and history must not wait for it. */
  async verify(): Promise<readonly string[]> {
    this.#usable();
    const worker = await startReader(this.#options);
    try {
      return await worker.call("verify");
    } finally {
      worker.terminate(closedError());
    }
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /**
   * Lets the database grow to so many pages of 4 KiB and no further, as a full disk would. For tests.
   *
   * @param pages The most pages; below the present number, no more than are there.
   * @returns The pages in use.
   */
  async limitPages(pages: number): Promise<number> {
    return await this.#usable().call("limitPages", pages);
  }

  /** Looks now how much of the disk is free, as happens by itself while something is stored. For tests. */
  async measureDisk(): Promise<void> {
    await this.#freeDisk.measure();
  }

  #usable(): WriterCalls {
    if (this.#closing !== undefined) throw closedError();
    if (this.#unusable !== undefined) throw this.#unusable;
    return this.#writer;
  }

  /** Called by the workers' `onDeath`. */
  markDead(error: contract.StorageError): void {
    this.#unusable ??= error;
  }

  /**
   * Starts the reader before anyone asks for it. A worker needs descriptors, and where there are none left Deno 2.9 ends the
   * whole process: strangers could bring that about by their connections.
   */
  startReader(): void {
    this.#reading().catch(() => this.#reader = undefined);
  }

  #reading(): Promise<ReaderCalls> {
    return this.#reader ??= startReader(this.#options);
  }

  async #close(): Promise<void> {
    try {
      await this.#queue.finish();
      const reader = await this.#reader?.catch(() => undefined);
      reader?.terminate(closedError());
      if (this.#unusable === undefined) {
        await deadline(this.#writer.call("close"), closeTimeoutMs).catch(ignoreTimeout);
      }
    } finally {
      this.#writer.terminate(closedError());
      this.#folder.release();
    }
  }
}

function closedError(): contract.StorageError {
  return new contract.StorageError("failed", "The store is closed.");
}

function ignoreTimeout(error: unknown): void {
  if (!(error instanceof DOMException)) throw error;
}

/**
 * Opens the store in a folder, which is made if it is not there.
 *
 * @param directory The data folder.
 * @param options See {@linkcode StorageOptions}.
 * @throws StorageError `locked`, if another server uses the folder; `not_writable`, if it cannot be written or is a
 * file; `damaged`, if the database is no database; `failed`, if a newer program made it or opening takes over a minute.
 * @returns The open store.
 */
export async function openStorage(
  directory: string,
  options: StorageOptions = {},
): Promise<SqliteStorage> {
  const folder = await holdFolder(directory);
  const dead = Promise.withResolvers<contract.StorageError>();
  const workerOptions: WorkerOptions = {
    databasePath: folder.databasePath,
    workerUrl: options.workerUrl ?? defaultWorkerUrl(),
    onDeath: dead.resolve,
  };
  const { onLowDisk: onLow, measureDisk: measure } = options;
  const freeDisk = new FreeDisk(directory, {
    onLow,
    ...(measure === undefined ? {} : { measure }),
  });
  let writer: WriterCalls | undefined;
  try {
    await freeDisk.measure();
    writer = await startWriter(workerOptions);
    const opened = await writer.call("opened");
    const storage = new SqliteStorage({ opened, folder, options: workerOptions, writer, freeDisk });
    dead.promise.then((error) => {
      storage.markDead(error);
      options.onDeath?.(error);
    });
    storage.startReader();
    return storage;
  } catch (error) {
    writer?.terminate(closedError());
    folder.release();
    throw error;
  }
}
