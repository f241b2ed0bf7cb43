/**
 * A simulated store: the real group commit over a disk that takes its time, fills up, and loses what was under way when
 * the server crashes.
 *
 * @module
 */
import { AppendQueue } from "../../../server/storage/sqlite/append_queue.ts";
import type { ReadPositionTable } from "../../../server/storage/sqlite/tables/account_tables.ts";
import type { Outcome } from "../../../server/storage/sqlite/posts/post_writer.ts";
import {
  type Appended,
  type NewPost,
  type Storage,
  StorageError,
  type StoredState,
} from "../../../server/storage/storage.ts";
import { errorToSend } from "../../../server/storage/sqlite/file/sent_error.ts";
import type { IdentityStorage } from "../../../server/storage/identity_storage.ts";
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
export class SimulatedStorage implements Storage, IdentityStorage {
  readonly opened: StoredState;
  readonly #disk: Disk;
  readonly #inner: MemoryStorage;
  readonly #queue: AppendQueue;
  #crashed = false;
  #closed = false;

  constructor(disk: Disk) {
    this.#disk = disk;
    this.#inner = new MemoryStorage(disk.data);
    this.opened = this.#inner.opened;
    this.#queue = new AppendQueue((posts, positions) => this.#commit(posts, positions));
  }

  /** The server is no more: nothing further is written, nobody gets an answer. */
  crash(): void {
    this.#crashed = true;
  }

  // deno-lint-ignore require-await -- async turns what is thrown into a rejection
  async append(post: NewPost): Promise<Appended> {
    this.#assertOpen();
    return this.#queue.append(post);
  }

  // deno-lint-ignore require-await -- as in the store on the disk
  async saveReadPositions(positions: ReadonlyMap<string, number>): Promise<void> {
    this.#assertOpen();
    this.#queue.savePositions(positions);
  }

  async readPosition(nameKey: string): Promise<number> {
    const stored = await this.#later(() => this.#inner.readPosition(nameKey));
    return Math.max(stored, this.#queue.waitingPosition(nameKey));
  }

  conversationPosition: Storage["conversationPosition"] = (nameKey, conversation) =>
    this.#later(() => this.#inner.conversationPosition(nameKey, conversation));
  saveConversationPositions: Storage["saveConversationPositions"] = (positions) =>
    this.#change(() => this.#inner.saveConversationPositions(positions));
  findAccount: Storage["findAccount"] = (nameKey) =>
    this.#later(() => this.#inner.findAccount(nameKey));
  isNameTaken: Storage["isNameTaken"] = (name) => this.#later(() => this.#inner.isNameTaken(name));
  createAccount: Storage["createAccount"] = (...account) =>
    this.#change(() => this.#inner.createAccount(...account));
  countAccounts: Storage["countAccounts"] = () => this.#later(() => this.#inner.countAccounts());
  createRoom: Storage["createRoom"] = (...values) =>
    this.#change(() => this.#inner.createRoom(...values));
  changeLaw: Storage["changeLaw"] = (...values) =>
    this.#change(() => this.#inner.changeLaw(...values));
  setTopic: Storage["setTopic"] = (...values) =>
    this.#change(() => this.#inner.setTopic(...values));
  addMember: Storage["addMember"] = (id, nameKey) =>
    this.#change(() => this.#inner.addMember(id, nameKey));
  removeMember: Storage["removeMember"] = (id, nameKey) =>
    this.#change(() => this.#inner.removeMember(id, nameKey));
  history: Storage["history"] = (query) => this.#later(() => this.#inner.history(query));
  search: Storage["search"] = (query) => this.#later(() => this.#inner.search(query));
  secret: Storage["secret"] = (name, make) => this.#change(() => this.#inner.secret(name, make));
  findIdentity: IdentityStorage["findIdentity"] = (nameKey) =>
    this.#later(() => this.#inner.findIdentity(nameKey));
  addIdentity: IdentityStorage["addIdentity"] = (nameKey, identity) =>
    this.#change(() => this.#inner.addIdentity(nameKey, identity));
  changePassword: IdentityStorage["changePassword"] = (...change) =>
    this.#change(() => this.#inner.changePassword(...change));
  findVault: IdentityStorage["findVault"] = (nameKey) =>
    this.#later(() => this.#inner.findVault(nameKey));
  vaultVersion: IdentityStorage["vaultVersion"] = (nameKey) =>
    this.#later(() => this.#inner.vaultVersion(nameKey));
  saveVault: IdentityStorage["saveVault"] = (nameKey, vault) =>
    this.#change(() => this.#inner.saveVault(nameKey, vault));
  verify: Storage["verify"] = () => this.#later(() => this.#inner.verify());

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.finish();
  }

  #assertOpen(): void {
    if (this.#closed) throw new StorageError("failed", "The store is closed.");
  }

  /** All of a batch, or nothing: it may be on the disk without anyone having been told. */
  async #commit(posts: readonly NewPost[], positions: ReadPositionTable): Promise<Outcome[]> {
    return await this.#change(async () => {
      this.#disk.commits++;
      await this.#inner.saveReadPositions(new Map(positions));
      const outcomes: Outcome[] = [];
      for (const post of posts) {
        outcomes.push(
          await this.#inner.append(post).catch((error) => ({ error: errorToSend(error) })),
        );
      }
      return outcomes;
    });
  }

  async #change<T>(change: () => Promise<T>): Promise<T> {
    const { world } = this.#disk;
    await this.#wait();
    if (this.#disk.isFull) {
      throw new StorageError("full", "The disk is full.");
    }
    const done = await change();
    world.note("commit");
    await this.#wait();
    return done;
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
