/**
 * A simulated store: the real group commit over a disk that takes its time, fills up, and loses what was under way when
 * the server crashes.
 *
 * @module
 */
import type { Result } from "../../../server/storage/sqlite/workers/applier.ts";
import { CommandQueue } from "../../../server/storage/sqlite/command_queue.ts";
import type { CommandLog, Follower } from "../../../server/storage/command_log.ts";
import type { Command, OutcomeOf } from "../../../server/storage/commands.ts";
import type { Storage, StoredState } from "../../../server/storage/storage.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { MemoryData, MemoryStorage } from "../../fixtures/memory_storage.ts";
import type { World } from "./world.ts";

/** What outlives every crash. */
export class Disk {
  readonly data = new MemoryData();
  isFull = false;
  /** How many commits there were, and how many posts shared them. */
  commits = 0;

  /** @param world Where. */
  constructor(readonly world: World) {}

  /** The store of a server that starts. */
  open(): SimulatedStorage {
    return new SimulatedStorage(this);
  }
}

const never = (): Promise<never> => new Promise(() => {});

/** The store of one run of the server. */
export class SimulatedStorage implements Storage {
  readonly opened: StoredState;
  readonly #disk: Disk;
  readonly #inner: MemoryStorage;
  readonly #queue: CommandQueue;
  #lastCommit: Promise<unknown> = Promise.resolve();
  #crashed = false;
  #closed = false;

  constructor(disk: Disk) {
    this.#disk = disk;
    this.#inner = new MemoryStorage(disk.data);
    this.opened = this.#inner.opened;
    this.#queue = new CommandQueue((commands) => this.#commit(commands));
  }

  /** The server is no more: nothing further is written, nobody gets an answer. */
  crash(): void {
    this.#crashed = true;
  }

  /** See `CommandLog.submit`. */
  submit: CommandLog["submit"] = <C extends Command>(command: C, origin?: number) => {
    if (this.#closed) return Promise.reject(new StorageError("failed", "The store is closed."));
    return this.#queue.submit(command, origin) as Promise<OutcomeOf<C["type"]>>;
  };

  /** See `CommandLog.watch`. */
  watch(follower: Follower): () => void {
    return this.#queue.watch(follower);
  }

  findAccount: Storage["findAccount"] = (key) => this.#later(() => this.#inner.findAccount(key));
  isNameTaken: Storage["isNameTaken"] = (name) => this.#later(() => this.#inner.isNameTaken(name));
  countAccounts: Storage["countAccounts"] = () => this.#later(() => this.#inner.countAccounts());
  readPosition: Storage["readPosition"] = (key) => this.#later(() => this.#inner.readPosition(key));
  conversationPosition: Storage["conversationPosition"] = (key, conversation) =>
    this.#later(() => this.#inner.conversationPosition(key, conversation));
  history: Storage["history"] = (query) => this.#later(() => this.#inner.history(query));
  search: Storage["search"] = (query) => this.#later(() => this.#inner.search(query));
  findIdentity: Storage["findIdentity"] = (key) => this.#later(() => this.#inner.findIdentity(key));
  findVault: Storage["findVault"] = (key) => this.#later(() => this.#inner.findVault(key));
  vaultVersion: Storage["vaultVersion"] = (key) => this.#later(() => this.#inner.vaultVersion(key));
  findSecret: Storage["findSecret"] = (name) => this.#later(() => this.#inner.findSecret(name));
  findFile: Storage["findFile"] = (asked) => this.#later(() => this.#inner.findFile(asked));
  fileOfPost: Storage["fileOfPost"] = (asked) => this.#later(() => this.#inner.fileOfPost(asked));
  fileUsage: Storage["fileUsage"] = (asked) => this.#later(() => this.#inner.fileUsage(asked));
  staleFiles: Storage["staleFiles"] = (asked) => this.#later(() => this.#inner.staleFiles(asked));
  knownFiles: Storage["knownFiles"] = (asked) => this.#later(() => this.#inner.knownFiles(asked));
  wholeFiles: Storage["wholeFiles"] = (asked) => this.#later(() => this.#inner.wholeFiles(asked));
  verify: Storage["verify"] = () => this.#later(() => this.#inner.verify());

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.finish();
  }

  /** One batch after the other, as in the thread that writes. */
  #commit(commands: readonly Command[]): Promise<Result[]> {
    const committed = this.#lastCommit.then(() => this.#commitNow(commands));
    this.#lastCommit = committed.catch(() => {});
    return committed;
  }

  /** All of a batch, or nothing: it may be on the disk without anyone having been told. */
  async #commitNow(commands: readonly Command[]): Promise<Result[]> {
    const { world } = this.#disk;
    await this.#wait();
    if (this.#disk.isFull) throw new StorageError("full", "The disk is full.");
    this.#disk.commits++;
    const results = commands.map((command) => this.#inner.apply(command));
    world.note("commit");
    await this.#wait();
    return results;
  }

  async #later<T>(look: () => Promise<T>): Promise<T> {
    await this.#wait();
    const found = await look();
    await this.#wait();
    return found;
  }

  async #wait(): Promise<void> {
    const { world } = this.#disk;
    const slow = world.random.chance(0.02);
    await world.sleep(slow ? world.random.between(10, 3_000) : world.random.between(0.05, 4));
    if (this.#crashed) await never();
  }
}
