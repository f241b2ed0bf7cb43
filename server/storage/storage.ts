/**
 * What the heart asks of a store. Everything is asynchronous, because a commit waits for the disk.
 *
 * @module
 */
import type { SealedIdentity } from "../../protocol/e2e/identity.ts";
import type { PostKind } from "../../protocol/wire/messages.ts";
import type { RoomChange, RoomLaw } from "./room_law.ts";

/** An account as it is stored. The password is not: only what SCRAM needs to check it (RFC 5802, section 3). */
export interface AccountRecord {
  /** The name as it was typed at registration; shown to people. */
  readonly name: string;
  /** The folded name (protocol/names/names.ts): what makes two spellings one account. */
  readonly nameKey: string;
  /** The look-alike skeleton of the folded name: unique, so that no two names look alike. */
  readonly skeleton: string;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly iterations: number;
  readonly storedKey: Uint8Array<ArrayBuffer>;
  readonly serverKey: Uint8Array<ArrayBuffer>;
  /** When it was made: milliseconds since 1970. */
  readonly createdMs: number;
  /** How often the password was changed: what holds for one password only names it. 0 where left out. */
  readonly passwordGeneration?: number | undefined;
}

/** Stands for all private conversations of an account together, where a position belongs to one conversation. */
export const privateConversations = 0;

/** How far an account has read in one conversation. */
export interface ConversationPosition {
  /** The account's folded name. */
  readonly nameKey: string;
  /** A room's id, or {@linkcode privateConversations}. */
  readonly conversation: number;
  readonly sequence: number;
}

/** Who set a topic, and when. */
export interface TopicSetting {
  /** The name as shown in the heart; a guest's has its prefix. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
}

/** A room as it is stored, with the folded names (`AccountRecord.nameKey`) of its members. Everyone is in the lobby: its list stays empty. */
export interface RoomRecord {
  readonly id: number;
  /** The name with its `#`, as it was typed by who made it. */
  readonly name: string;
  readonly nameKey: string;
  readonly skeleton: string;
  readonly topic: string;
  /** Null where nobody has set a topic, or an earlier version of this program stored it. */
  readonly topicSetting: TopicSetting | null;
  readonly members: readonly string[];
  /** Roles, rules and lists. */
  readonly law: RoomLaw;
}

/** The account that makes a room. */
export interface RoomOwner {
  readonly nameKey: string;
  readonly name: string;
}

/** Where a post belongs: a room by its id, or the conversation of two accounts by their folded names. */
export type Destination =
  | { readonly roomId: number }
  | { readonly between: readonly [from: string, to: string] };

/** A post on its way to the store. */
export interface NewPost {
  readonly destination: Destination;
  /** The sender's name as shown. */
  readonly from: string;
  /** The room's name or the recipient's name, as shown. */
  readonly to: string;
  /** The id that the sender made; unique for each sender. */
  readonly id: string;
  readonly timeMs: number;
  /** `text` can be searched in rooms; `sealed` is opaque. `action` and `notice` are texts of another manner (IRC has both). */
  readonly kind: PostKind;
  readonly body: string;
}

/** A post as it is stored. */
export interface StoredPost {
  /** The one order: grows by commit, never used twice. */
  readonly sequence: number;
  /** The room's id, or null for a private post. */
  readonly roomId: number | null;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly timeMs: number;
  readonly kind: PostKind;
  readonly body: string;
}

/** What became of an appended post. */
export interface Appended {
  readonly sequence: number;
  /** The time that is stored: the first one, if the same post came twice. */
  readonly timeMs: number;
  /** True if this sender's id was stored before with the same destination and body: nothing new was stored. */
  readonly repeated: boolean;
}

/** Which posts one account wants to read. */
export interface HistoryQuery {
  /** The reader's folded name: private conversations of others are never returned. Null reads rooms only. */
  readonly reader: string | null;
  /** The rooms that the reader may read. */
  readonly roomIds: readonly number[];
  /** Only the private conversation with this folded name, or with anyone ("all"), or none. */
  readonly privateWith: string | "all" | "none";
  /** Only posts with a sequence below this. The newest such posts are returned. */
  readonly before?: number;
  /** Only posts with a sequence above this. With `after` the oldest such posts are returned, else the newest. */
  readonly after?: number;
  /** 1 to `pagePostsMax` posts. */
  readonly limit: number;
}

/** Which posts to search. */
export interface SearchQuery {
  /** All of these words must occur; each is matched as a word's beginning, without regard to case or accents. */
  readonly words: readonly string[];
  readonly roomIds: readonly number[];
  readonly before?: number;
  readonly limit: number;
}

/** A page of posts, oldest first. */
export interface Page {
  readonly posts: readonly StoredPost[];
  /** Whether there are more in the direction that was asked for. */
  readonly more: boolean;
}

/** What the server is to find at start. */
export interface StoredState {
  readonly rooms: readonly RoomRecord[];
  /** The newest sequence, 0 if nothing was ever posted. */
  readonly lastSequence: number;
}

/** A name is taken: the folded name or the skeleton exists. */
export class TakenError extends Error {
  override readonly name = "TakenError";
}

/** A sender's id exists with another destination or body. */
export class IdReusedError extends Error {
  override readonly name = "IdReusedError";
}

/** The store cannot be used: locked by another server, not writable, damaged, full. The message says which and what to do. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  /** What is wrong. */
  readonly reason: "locked" | "not_writable" | "damaged" | "full" | "failed";
  /**
   * @param reason What is wrong.
   * @param message What happened and what to do.
   */
  constructor(reason: StorageError["reason"], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

/** The store. Each method may be rejected with a {@linkcode StorageError}. */
export interface Storage {
  /** What was found at start. */
  readonly opened: StoredState;

  /** The account with this folded name, or null. */
  findAccount(nameKey: string): Promise<AccountRecord | null>;
  /** Whether an account has this folded name or this skeleton. */
  isNameTaken(name: { nameKey: string; skeleton: string }): Promise<boolean>;
  /**
   * Stores a new account, with its keys where the wire could make them: both or neither.
   * Rejected with {@linkcode TakenError}; of many at once exactly one wins.
   */
  createAccount(account: AccountRecord, identity?: SealedIdentity): Promise<void>;
  /** How many accounts there are. */
  countAccounts(): Promise<number>;
  /** How far the account has read, by the sequence of the last post delivered to it; 0 at first. */
  readPosition(nameKey: string): Promise<number>;
  /** Remembers how far accounts have read; a position never goes back. Need not be durable at once. */
  saveReadPositions(positions: ReadonlyMap<string, number>): Promise<void>;
  /** How far the account has read in one conversation; null where nothing is known of that. */
  conversationPosition(nameKey: string, conversation: number): Promise<number | null>;
  /** Remembers positions in conversations, all or none; one never goes back, and names without an account are passed over. */
  saveConversationPositions(positions: readonly ConversationPosition[]): Promise<void>;

  /** Makes a room, which `owner` owns; nobody where it is left out. Rejected with {@linkcode TakenError}. */
  createRoom(
    room: { name: string; nameKey: string; skeleton: string },
    owner?: RoomOwner,
  ): Promise<RoomRecord>;
  /** Changes roles, rules and lists of a room, all of it or nothing. */
  changeLaw(roomId: number, changes: readonly RoomChange[]): Promise<void>;
  setTopic(roomId: number, topic: string, setting: TopicSetting): Promise<void>;
  addMember(roomId: number, nameKey: string): Promise<void>;
  removeMember(roomId: number, nameKey: string): Promise<void>;

  /**
   * Appends a post. Resolves only after it is committed to the disk (synchronous=FULL). Calls that come while a commit
   * is under way share the next one (group commit), and their sequences are in the order of the calls.
   * Rejected with {@linkcode IdReusedError}, or with a StorageError, in which case nothing was stored.
   */
  append(post: NewPost): Promise<Appended>;
  history(query: HistoryQuery): Promise<Page>;
  search(query: SearchQuery): Promise<Page>;

  /** A value kept under a name (the server's own secrets), made by `make` if it is not there. */
  secret(name: string, make: () => Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;

  /** The whole of SQLite's integrity check and the checksum of every post; the problems found, none if all is well. */
  verify(): Promise<readonly string[]>;
  /** Finishes what was appended and closes. */
  close(): Promise<void>;
}
