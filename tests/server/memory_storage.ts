/**
 * A store in memory that keeps the contract of server/storage/storage.ts: one order, ids that count once, and failures
 * and waits where a test asks for them.
 *
 * @module
 */
import type { SealedIdentity } from "../../protocol/identity.ts";
import { isNextVersion } from "../../protocol/vault.ts";
import type {
  IdentityStorage,
  PasswordChange,
  VaultRecord,
} from "../../server/storage/identity_storage.ts";
import {
  type AccountRecord,
  type Appended,
  type ConversationPosition,
  type HistoryQuery,
  IdReusedError,
  type NewPost,
  type Opened,
  type Page,
  type RoomRecord,
  type SearchQuery,
  type Storage,
  StorageError,
  type StoredPost,
  TakenError,
  type TopicSetting,
} from "../../server/storage/storage.ts";

/** What outlives a restart. */
export class MemoryData {
  readonly accounts = new Map<string, AccountRecord>();
  readonly rooms: (RoomRecord & {
    members: string[];
    topic: string;
    topicSetting: TopicSetting | null;
  })[] = [];
  readonly posts: { post: StoredPost; destination: NewPost["destination"] }[] = [];
  readonly readPositions = new Map<string, number>();
  /** By folded name and conversation. */
  readonly conversationPositions = new Map<string, number>();
  readonly identities = new Map<string, SealedIdentity>();
  readonly vaults = new Map<string, VaultRecord>();
  readonly secrets = new Map<string, Uint8Array<ArrayBuffer>>();
}

type Method = Exclude<keyof Storage | keyof IdentityStorage, "opened">;

/** The store. */
export class MemoryStorage implements Storage, IdentityStorage {
  readonly data: MemoryData;
  readonly opened: Opened;
  /** The methods that fail at the moment, and with what; nothing of the call is done. */
  readonly failing = new Map<Method, Error>();
  /** How often each method was called. */
  readonly calls = new Map<Method, number>();
  readonly #gates = new Map<Method | "all", Promise<void>>();

  /** @param data What an earlier store has left. */
  constructor(data: MemoryData = new MemoryData()) {
    this.data = data;
    this.opened = {
      rooms: data.rooms.map((room) => ({ ...room, members: [...room.members] })),
      lastSequence: data.posts.length,
    };
  }

  /** Lets every further call wait, or those of one method, as for a slow disk, until the returned function is called. */
  hold(method: Method | "all" = "all"): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gates.set(method, promise);
    return resolve;
  }

  async findAccount(key: string): Promise<AccountRecord | null> {
    await this.#begin("findAccount");
    return this.data.accounts.get(key) ?? null;
  }

  async isNameTaken({ key, skeleton }: { key: string; skeleton: string }): Promise<boolean> {
    await this.#begin("isNameTaken");
    return this.#accountTaken(key, skeleton);
  }

  async createAccount(account: AccountRecord, identity?: SealedIdentity): Promise<void> {
    await this.#begin("createAccount");
    if (this.#accountTaken(account.key, account.skeleton)) throw new TakenError("taken");
    this.data.accounts.set(account.key, account);
    if (identity !== undefined) this.data.identities.set(account.key, identity);
  }

  async countAccounts(): Promise<number> {
    await this.#begin("countAccounts");
    return this.data.accounts.size;
  }

  async readPosition(key: string): Promise<number> {
    await this.#begin("readPosition");
    return this.data.readPositions.get(key) ?? 0;
  }

  async saveReadPositions(positions: ReadonlyMap<string, number>): Promise<void> {
    const copy = [...positions];
    await this.#begin("saveReadPositions");
    for (const [key, sequence] of copy) {
      const before = this.data.readPositions.get(key) ?? 0;
      this.data.readPositions.set(key, Math.max(before, sequence));
    }
  }

  async conversationPosition(key: string, conversation: number): Promise<number | null> {
    await this.#begin("conversationPosition");
    return this.data.conversationPositions.get(`${key} ${conversation}`) ?? null;
  }

  async saveConversationPositions(positions: readonly ConversationPosition[]): Promise<void> {
    await this.#begin("saveConversationPositions");
    for (const { key, conversation, sequence } of positions) {
      const place = `${key} ${conversation}`;
      const before = this.data.conversationPositions.get(place) ?? 0;
      this.data.conversationPositions.set(place, Math.max(before, sequence));
    }
  }

  async createRoom(
    room: { name: string; key: string; skeleton: string },
  ): Promise<RoomRecord> {
    await this.#begin("createRoom");
    const taken = this.data.rooms.some(({ key, skeleton }) =>
      key === room.key || skeleton === room.skeleton
    );
    if (taken) throw new TakenError("taken");
    const { name, key, skeleton } = room;
    const id = this.data.rooms.length + 1;
    const record = { id, name, key, skeleton, topic: "", topicSetting: null, members: [] };
    this.data.rooms.push(record);
    return { ...record };
  }

  async setTopic(roomId: number, topic: string, setting: TopicSetting): Promise<void> {
    await this.#begin("setTopic");
    Object.assign(this.#room(roomId), { topic, topicSetting: setting });
  }

  async addMember(roomId: number, key: string): Promise<void> {
    await this.#begin("addMember");
    const { members } = this.#room(roomId);
    if (!members.includes(key)) members.push(key);
  }

  async removeMember(roomId: number, key: string): Promise<void> {
    await this.#begin("removeMember");
    const { members } = this.#room(roomId);
    members.splice(0, members.length, ...members.filter((member) => member !== key));
  }

  async append(post: NewPost): Promise<Appended> {
    await this.#begin("append");
    const { destination, from, to, id, timeMs, kind, body } = post;
    const before = this.data.posts.find((one) => one.post.from === from && one.post.id === id);
    if (before !== undefined) {
      const same = before.post.body === body &&
        conversation(before.destination) === conversation(destination);
      if (!same) throw new IdReusedError("used");
      return { sequence: before.post.sequence, timeMs: before.post.timeMs, repeated: true };
    }
    const sequence = this.data.posts.length + 1;
    const roomId = "roomId" in destination ? this.#room(destination.roomId).id : null;
    this.data.posts.push({
      post: { sequence, roomId, from, to, id, timeMs, kind, body },
      destination,
    });
    return { sequence, timeMs, repeated: false };
  }

  async history(query: HistoryQuery): Promise<Page> {
    await this.#begin("history");
    const { before = Infinity, after = 0 } = query;
    const found = this.data.posts.filter(({ post, destination }) =>
      post.sequence < before && post.sequence > after && readable(query, destination)
    ).map(({ post }) => post);
    return page(found, query.limit, query.after === undefined);
  }

  async search({ words, roomIds, before = Infinity, limit }: SearchQuery): Promise<Page> {
    await this.#begin("search");
    const wanted = words.map((word) => word.toLowerCase());
    const found = this.data.posts.map(({ post }) => post).filter((post) =>
      post.roomId !== null && roomIds.includes(post.roomId) && post.sequence < before &&
      post.kind !== "sealed" && wanted.every((word) => hasWord(post.body, word))
    );
    return page(found, limit, true);
  }

  async findIdentity(key: string): Promise<SealedIdentity | null> {
    await this.#begin("findIdentity");
    return this.data.identities.get(key) ?? null;
  }

  async addIdentity(key: string, identity: SealedIdentity): Promise<SealedIdentity | null> {
    await this.#begin("addIdentity");
    if (!this.data.accounts.has(key)) return null;
    const kept = this.data.identities.get(key) ?? identity;
    this.data.identities.set(key, kept);
    return kept;
  }

  async changePassword(
    key: string,
    storedKey: Uint8Array<ArrayBuffer>,
    { wrappedKey, ...keys }: PasswordChange,
  ): Promise<number | null> {
    await this.#begin("changePassword");
    const account = this.data.accounts.get(key);
    const identity = this.data.identities.get(key);
    if (account === undefined || identity === undefined) return null;
    if (account.storedKey.toHex() !== storedKey.toHex()) return null;
    const passwordGeneration = (account.passwordGeneration ?? 0) + 1;
    this.data.accounts.set(key, { ...account, ...keys, passwordGeneration });
    this.data.identities.set(key, { ...identity, wrappedKey });
    return passwordGeneration;
  }

  async findVault(key: string): Promise<VaultRecord | null> {
    await this.#begin("findVault");
    return this.data.vaults.get(key) ?? null;
  }

  async vaultVersion(key: string): Promise<number> {
    await this.#begin("vaultVersion");
    return this.data.vaults.get(key)?.version ?? 0;
  }

  async saveVault(key: string, vault: VaultRecord): Promise<boolean> {
    await this.#begin("saveVault");
    if (!isNextVersion(vault.version, this.data.vaults.get(key)?.version ?? 0)) return false;
    this.data.vaults.set(key, vault);
    return true;
  }

  async secret(
    name: string,
    make: () => Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    await this.#begin("secret");
    const secret = this.data.secrets.get(name) ?? make();
    this.data.secrets.set(name, secret);
    return secret;
  }

  async verify(): Promise<readonly string[]> {
    await this.#begin("verify");
    return [];
  }

  async close(): Promise<void> {
    await this.#begin("close");
    const error = new StorageError("failed", "The store is closed.");
    for (const method of ["append", "saveReadPositions", "history", "findAccount"] as const) {
      this.failing.set(method, error);
    }
  }

  /** Calls are done in the order in which they were made: all wait for the same gate. */
  async #begin(method: Method): Promise<void> {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    await this.#gates.get("all");
    await this.#gates.get(method);
    const error = this.failing.get(method);
    if (error !== undefined) throw error;
  }

  #accountTaken(key: string, skeleton: string): boolean {
    return this.data.accounts.has(key) ||
      this.data.accounts.values().some((one) => one.skeleton === skeleton);
  }

  #room(id: number): MemoryData["rooms"][number] {
    const room = this.data.rooms.find((one) => one.id === id);
    if (room === undefined) throw new StorageError("failed", "There is no such room.");
    return room;
  }
}

function conversation(destination: NewPost["destination"]): string {
  return "roomId" in destination
    ? String(destination.roomId)
    : JSON.stringify([...destination.between].sort());
}

function readable(query: HistoryQuery, destination: NewPost["destination"]): boolean {
  if ("roomId" in destination) return query.roomIds.includes(destination.roomId);
  const { reader, privateWith } = query;
  if (reader === null || privateWith === "none") return false;
  const [from, to] = destination.between;
  if (privateWith === "all") return from === reader || to === reader;
  return (from === reader && to === privateWith) || (from === privateWith && to === reader);
}

function hasWord(body: string, beginning: string): boolean {
  return body.toLowerCase().split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(beginning));
}

function page(found: readonly StoredPost[], limit: number, newest: boolean): Page {
  const posts = newest ? found.slice(-limit) : found.slice(0, limit);
  return { posts, more: found.length > limit };
}
