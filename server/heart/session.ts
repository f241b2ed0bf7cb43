/**
 * What the heart knows of one signed-in connection, whatever wire it came by.
 *
 * @module
 */
import { siteOf } from "../common/address.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import type { TokenBucket } from "../common/token_bucket.ts";
import type { AccountRecord } from "../storage/account_storage.ts";
import type { KnownUser } from "../storage/face.ts";
import type { StoredPost } from "../storage/post_storage.ts";
import type { RoomChange, RoomLaw } from "../storage/room_law.ts";
import type { TopicSetting } from "../storage/room_storage.ts";
import type { Profile } from "../storage/whispers.ts";

/** A room with those who are in it now. */
export interface Room {
  readonly id: number;
  /** The name with its `#`. */
  readonly name: string;
  readonly nameKey: string;
  topic: string;
  /** Who set the topic, and when; null where nobody has, or that is not known. */
  topicSetting: TopicSetting | null;
  /** Folded names of the accounts that belong to the room, present or not. Everyone belongs to the lobby: its set stays empty. */
  readonly members: ReadonlySet<string>;
  /** The sessions that get what is posted here. */
  readonly sessions: Set<Session>;
  /** How many users they are of: somebody with several programs is one. */
  people: number;
  /** Sessions that may come in and wait for the log: where places are counted, they have theirs. */
  arriving: number;
  /** Those whom the log has let in, by folded name, and whom their own server has not told of yet; with the time until which they count, in milliseconds. */
  readonly awaited: Map<string, number>;
  /** See `RoomRecord.entries`. */
  entries: number;
  /** The guest who has claimed it last, by the folded name, and until when no other one can, in milliseconds. */
  claimed: { readonly nameKey: string; readonly untilMs: number } | null;
  /** Whether it is the room that everyone is in, which nobody owns. */
  readonly isLobby: boolean;
  /** Roles, rules and lists. Beside what is stored it has the roles of guests, which end when they leave. */
  law: RoomLaw;
  /** See `RuledRoom.invited` (policy.ts); kept while the server runs. */
  readonly invited: Set<string>;
}

/** Who has taken somebody out of a room, and why; neither where somebody left by themselves. */
export interface Removal {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** A room as an event names it; `Chat.roomById` has what else is known of it. */
export interface RoomName {
  readonly id: number;
  /** The name with its `#`. */
  readonly name: string;
}

/** A room as an event names it. */
export function nameOf({ id, name }: Room): RoomName {
  return { id, name };
}

/**
 * Something that a session is told. One object is shared by all sessions that get it, so that a wire can encode it once. It is plain
 * data: what has happened may have happened elsewhere.
 */
export type SessionEvent =
  /** A post to a room of this session, or a private one from or to its user. `origin` is the id of the session that posted it, if that did so here. */
  | { readonly type: "post"; readonly post: StoredPost; readonly origin: number }
  /** The session's account entered or left a room through another session, or was taken out of it. */
  | { readonly type: "joined"; readonly room: RoomName; readonly topic: string }
  | ({ readonly type: "left"; readonly room: RoomName } & Removal)
  /** Roles, rules or lists of a room were changed. `origin` is the id of the session that did so, if it did so here. */
  | {
    readonly type: "ruled";
    readonly room: RoomName;
    readonly by: string;
    readonly origin: number;
    readonly changes: readonly RoomChange[];
    readonly before: RoomLaw;
    readonly after: RoomLaw;
  }
  /** A topic was set. */
  | {
    readonly type: "topic";
    readonly room: RoomName;
    readonly topic: string;
    readonly setting: TopicSetting;
  }
  /** Someone wants the session's user in a room. */
  | { readonly type: "invited"; readonly room: RoomName; readonly by: string }
  /** Another session of the same account got everything up to a sequence. */
  | { readonly type: "read"; readonly sequence: number }
  /** What is being typed in another session of the same account, sealed. */
  | { readonly type: "draft"; readonly sealed: string };

/** Comings and goings. They are told to each wire once, and each wire decides how to tell its sessions. */
export type PresenceEvent =
  /** The first session of a user came, or the last one went, with the rooms that it was in. */
  | {
    readonly type: "connected" | "disconnected";
    readonly user: User;
    readonly rooms: readonly RoomName[];
    /** See {@linkcode Session.farewell}. */
    readonly farewell?: string;
  }
  /** A guest on another server has another name, in the same rooms. */
  | {
    readonly type: "renamed";
    readonly user: User;
    readonly before: User;
    readonly rooms: readonly RoomName[];
  }
  /** A user who stays online entered or left a room. */
  | { readonly type: "joined"; readonly user: User; readonly room: RoomName }
  | ({ readonly type: "left"; readonly user: User; readonly room: RoomName } & Removal);

/** Who a session speaks for. */
export interface User extends KnownUser {
  /** See `AccountRecord.passwordGeneration`: what it was when the user signed in. 0 where left out. */
  readonly passwordGeneration?: number | undefined;
}

/** The user of an account. */
export function userOf({ name, nameKey, passwordGeneration }: AccountRecord): User {
  return { name, nameKey, account: true, passwordGeneration };
}

/** The connection of a session, as far as the heart knows of it: where it comes from, and how it is ended. */
export interface SessionConnection {
  /** The wire that it came by, which tells the kind of program. */
  readonly wire: "native" | "web" | "irc" | "classic";
  /** The peer's address as the socket gives it. */
  readonly address: string;
  /** What it may ask: see `Allowances.questions`. */
  readonly questions: TokenBucket;
  /** Milliseconds since something was last heard from the peer. */
  silentMs(): number;
  /**
   * Tells the peer, in a sentence, why it ends, and takes nothing more from it. Must not throw and must not wait.
   *
   * @param farewell What everyone else is told, where it is with another server; nothing where left out.
   */
  endBecause(reason: string, farewell?: string): void;
  /**
   * Gives a guest another name at once, because a guest on another server had this one first. Must not throw and must not wait. Left
   * out where a wire has no guests.
   */
  giveUpName?(): void;
}

/** What a session is made with. */
export interface SessionOptions {
  /** Takes an event. Must not throw and must not wait. */
  readonly deliver: (event: SessionEvent) => void;
  /** See the field. */
  readonly followsAccount: boolean;
  /** Whether its connection is encrypted; false if left out. */
  readonly secure?: boolean;
  /** See {@linkcode Session.opensSealed}; false if left out. */
  readonly opensSealed?: boolean;
  /** See {@linkcode Session.contentVersion}; 1 if left out. */
  readonly contentVersion?: number;
  /** Whether it can show an invitation; where left out, those that follow their account can. */
  readonly showsInvitations?: boolean;
  readonly connection: SessionConnection;
  /** See {@linkcode Session.elsewhere}; false if left out. */
  readonly elsewhere?: boolean;
  /** See {@linkcode Session.profile}; null if left out. */
  readonly profile?: Profile | null;
}

/** What the heart gives a session when it comes. */
export interface SessionOrigin {
  /** Never used twice while the server runs. */
  readonly id: number;
  /** When it came: milliseconds since 1970. */
  readonly sinceMs: number;
}

/** One signed-in connection. */
export class Session {
  /** Only the heart changes it: see `Chat.rename`. */
  user: User;
  /** The rooms whose posts this session gets. */
  readonly rooms: Set<Room> = new Set();
  /** Whether it enters and leaves rooms together with its account; otherwise only when it asks to. */
  readonly followsAccount: boolean;
  /** Whether its connection is encrypted. */
  readonly secure: boolean;
  /** When it last posted, in milliseconds since 1970; null until it does. */
  activeMs: number | null = null;
  /** Whether it can show a private message that a native client has sealed. */
  readonly opensSealed: boolean;
  /** The version of contents that it shows: see protocol/content.ts. */
  readonly contentVersion: number;
  /** The newest post when it came, or took its name: later ones under this name are its own, also where it is a guest's. */
  namedSequence = 0;
  /** Up to which post it is known to be read, here or by another session of the account. */
  readSequence = 0;
  /** Whether it can show an invitation. */
  readonly showsInvitations: boolean;
  /** Whether its connection is with another server of the cluster: see neighbours.ts. */
  readonly elsewhere: boolean;
  /** Whether it is on another server that stops: whoever it is of is on the way to the next one. */
  leaving = false;
  /** Whether it rules the server: see `Operators`. */
  rulesServer = false;
  /** What its user says on going; null where the wire has nothing of that kind. */
  farewell: string | null = null;
  /** True once it has gone. */
  ended = false;
  /** True once its account has ended it: nothing that it asks for is done any more, also where it asked before. */
  revoked = false;
  /** See {@linkcode SessionOrigin}. */
  readonly id: number;
  /** See {@linkcode SessionOrigin}. */
  readonly sinceMs: number;
  /** Since when it speaks for its user, in milliseconds since 1970. Only the heart changes it. */
  namedMs: number;
  /** What its user says of oneself, where the wire has that: see `Chat.describe`. */
  profile: Profile | null;
  /** See {@linkcode SessionOptions}. */
  readonly connection: SessionConnection;
  /** The network that its connection comes from: see `siteOf`. */
  readonly site: string;
  /** What it may ask; one for all sessions of an account on one wire. Only the heart changes it. */
  questions: TokenBucket;
  /** See {@linkcode SessionOptions}. */
  readonly deliver: (event: SessionEvent) => void;

  /**
   * @param user Who it speaks for.
   * @param options See {@linkcode SessionOptions}.
   * @param origin See {@linkcode SessionOrigin}.
   */
  constructor(user: User, options: SessionOptions, { id, sinceMs }: SessionOrigin) {
    this.user = user;
    this.deliver = options.deliver;
    this.followsAccount = options.followsAccount;
    this.secure = options.secure ?? false;
    this.opensSealed = options.opensSealed ?? false;
    this.contentVersion = options.contentVersion ?? 1;
    this.showsInvitations = options.showsInvitations ?? options.followsAccount;
    this.elsewhere = options.elsewhere ?? false;
    this.profile = options.profile ?? null;
    this.connection = options.connection;
    this.site = siteOf(options.connection.address);
    this.questions = options.connection.questions;
    this.id = id;
    this.sinceMs = this.namedMs = sinceMs;
  }
}

/**
 * What a session asks for in the moment in which its account ends it must not be done any more.
 *
 * @throws {ChatError} `not_signed_in`.
 */
export function requireLive(session: Session): void {
  if (session.revoked) throw new ChatError("not_signed_in", "This session has been ended.");
}
