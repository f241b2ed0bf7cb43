/**
 * The store in one SQLite file. SQLite waits for the disk, so it runs in workers: one that writes, one that reads
 * history and searches, so that a long search delays no commit.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import type { CommandLog, Follower } from "../command_log.ts";
import { CommandQueue } from "./command_queue.ts";
import type { Command, CommandType, OutcomeOf } from "../commands.ts";
import { type DiskSpace, FreeDisk } from "./file/free_disk.ts";
import { type HeldFolder, holdFolder } from "./file/data_folder.ts";
import { checkedCommand, checkQuery } from "./file/input_checks.ts";
import type { OnProgress } from "../progress.ts";
import type { HistoryQuery, Page, SearchQuery } from "../post_storage.ts";
import type { Lookups, Storage, StoredState } from "../storage.ts";
import { StorageError } from "../storage_error.ts";
import { encodeCommands } from "./pipe/command_batch.ts";
import { unpacked } from "./workers/batch_results.ts";
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

/** How long the reader may take to close its file, in milliseconds. */
const readerCloseTimeoutMs = 200;

/** What makes the database grow without an end: refused while too little of the disk is free. */
const growing: ReadonlySet<CommandType> = new Set(["post", "account", "room", "file"]);

/** The log that a store stands on. */
export interface StoreLog extends CommandLog {
  /** Resolves when all that was submitted was applied, or could not be. */
  finish(): Promise<void>;
}

/** A log, and what the store holds that has followed it so far. What is applied later is told to those who follow. */
export interface JoinedLog {
  readonly log: StoreLog;
  readonly opened: StoredState;
}

/** How a store is opened. */
export interface StorageOptions {
  /** Where the workers' program is, if not in the place that worker_program.ts describes. */
  readonly workerUrl?: URL;
  /** Called once if a worker dies by itself. From then on every call is rejected: the server should stop. */
  readonly onDeath?: (error: StorageError) => void;
  /** Is told how far a database of an older version is brought to the newest. */
  readonly onProgress?: OnProgress | undefined;
  /** Called with each error that is met because something stored is damaged. */
  readonly onDamage?: ((error: StorageError) => void) | undefined;
  /** Joins a log that other servers write, too, before anything is read; where not given, the store has a log of its own. */
  readonly joinLog?: ((writer: WriterCalls) => Promise<JoinedLog>) | undefined;
  /** Called when too little of the disk is free, with what to tell the operator: nothing new is stored then. */
  readonly onLowDisk?: ((message: string) => void) | undefined;
  /** How much of the disk of a folder is free; asked of the system where not given. */
  readonly measureDisk?: (directory: string) => Promise<DiskSpace>;
}

/** The store, and what only tests use of it. */
export class SqliteStorage implements Storage {
  readonly opened: StoredState;
  readonly findAccount = this.#lookup("findAccount");
  readonly isNameTaken = this.#lookup("isNameTaken");
  readonly countAccounts = this.#lookup("countAccounts");
  readonly readPosition = this.#lookup("readPosition");
  readonly conversationPosition = this.#lookup("conversationPosition");
  readonly findIdentity = this.#lookup("findIdentity");
  readonly findVault = this.#lookup("findVault");
  readonly vaultVersion = this.#lookup("vaultVersion");
  readonly findSecret = this.#lookup("findSecret");
  readonly findFile = this.#lookup("findFile");
  readonly fileOfPost = this.#lookup("fileOfPost");
  readonly fileUsage = this.#lookup("fileUsage");
  readonly staleFiles = this.#lookup("staleFiles");
  readonly knownFiles = this.#lookup("knownFiles");
  readonly wholeFiles = this.#lookup("wholeFiles");
  readonly #folder: HeldFolder;
  readonly #options: WorkerOptions;
  readonly #writer: WriterCalls;
  readonly #log: StoreLog;
  readonly #freeDisk: FreeDisk;
  #reader: Promise<ReaderCalls> | undefined;
  /** The last search that was asked for. */
  #lastSearch: Promise<unknown> = Promise.resolve();
  #unusable: StorageError | undefined;
  #closing: Promise<void> | undefined;

  /** Use {@linkcode openStorage}. */
  constructor(parts: {
    opened: StoredState;
    folder: HeldFolder;
    options: WorkerOptions;
    writer: WriterCalls;
    log: StoreLog;
    freeDisk: FreeDisk;
  }) {
    this.opened = parts.opened;
    this.#folder = parts.folder;
    this.#options = parts.options;
    this.#writer = parts.writer;
    this.#freeDisk = parts.freeDisk;
    this.#log = parts.log;
  }

  /** Passed on as they are: the writer's table says which statement belongs to each. */
  #lookup<Name extends keyof Lookups>(name: Name): Lookups[Name] {
    const lookup = async (...values: unknown[]) =>
      await this.#usable().call("lookUp", name, values);
    return lookup as Lookups[Name];
  }

  /** See `CommandLog.submit`. */
  submit<C extends Command>(command: C, origin?: number): Promise<OutcomeOf<C["type"]>> {
    try {
      this.#usable();
      if (growing.has(command.type)) this.#freeDisk.check();
      return this.#log.submit(checkedCommand(command) as C, origin);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** See `CommandLog.watch`. */
  watch(follower: Follower): () => void {
    return this.#log.watch(follower);
  }

  async history(query: HistoryQuery): Promise<Page> {
    this.#usable();
    checkQuery(query);
    return await (await this.#reading()).call("history", query);
  }

  async search(query: SearchQuery): Promise<Page> {
    this.#usable();
    checkQuery(query);
    const search = this.#lastSearch.then(() => this.#search(query));
    this.#lastSearch = search.catch(() => {});
    return await search;
  }

  /** One after the other: history, which takes less long, waits for one search at most, however many are asked for. */
  async #search(query: SearchQuery): Promise<Page> {
    this.#usable();
    return await (await this.#reading()).call("search", query);
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
  markDead(error: StorageError): void {
    this.#unusable ??= error;
  }

  /**
   * Starts the reader before anyone asks for it. A worker needs descriptors, and where there are none left Deno 2.9 ends the
   * whole process: strangers could bring that about by their connections, also in the moment after a server is ready.
   */
  startReader(): void {
    this.#reading().catch(() => this.#reader = undefined);
  }

  #reading(): Promise<ReaderCalls> {
    return this.#reader ??= startReader(this.#options);
  }

  async #close(): Promise<void> {
    try {
      await this.#log.finish();
      const reader = await this.#reader?.catch(() => undefined);
      if (reader !== undefined) await endReader(reader);
      if (this.#unusable === undefined) {
        await deadline(this.#writer.call("close"), closeTimeoutMs).catch(ignoreTimeout);
      }
    } finally {
      this.#writer.terminate(closedError());
      this.#folder.release();
    }
  }
}

/** Ended at once, a worker would hold the file until its thread is gone; a search under way is not waited for. */
async function endReader(reader: ReaderCalls): Promise<void> {
  await deadline(reader.call("close"), readerCloseTimeoutMs).catch(() => {});
  reader.terminate(closedError());
}

function closedError(): StorageError {
  return new StorageError("failed", "The store is closed.");
}

function ignoreTimeout(error: unknown): void {
  if (!(error instanceof DOMException)) throw error;
}

async function ownLog(writer: WriterCalls): Promise<JoinedLog> {
  const log = new CommandQueue(async (commands) =>
    unpacked(await writer.call("apply", encodeCommands(commands)), commands)
  );
  return { log, opened: await writer.call("opened", "alone") };
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
  const dead = Promise.withResolvers<StorageError>();
  const workerOptions: WorkerOptions = {
    databasePath: folder.databasePath,
    workerUrl: options.workerUrl ?? defaultWorkerUrl(),
    onDeath: dead.resolve,
    onProgress: options.onProgress,
    onDamage: options.onDamage,
  };
  const { onLowDisk: onLow, measureDisk: measure } = options;
  const freeDisk = new FreeDisk(directory, {
    onLow,
    ...(measure === undefined ? {} : { measure }),
  });
  let writer: WriterCalls | undefined;
  try {
    await freeDisk.measure();
    const calls = writer = await startWriter(workerOptions);
    const joined = await (options.joinLog ?? ownLog)(calls);
    const parts = { ...joined, folder, options: workerOptions, writer: calls, freeDisk };
    const storage = new SqliteStorage(parts);
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
