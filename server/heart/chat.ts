/**
 * The heart: who is present, rooms, posts; reading.ts reads for it. It knows no wire and no socket; the listeners call it and
 * get its events.
 *
 * @module
 */
import { AccountSessions } from "./account_sessions.ts";
import { Allowances } from "../common/allowances.ts";
import { Arrivals } from "./arrivals.ts";
import { Drafts } from "./drafts.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { foldPeerName, guestPrefix } from "../../protocol/names/guest_names.ts";
import { checkTopic } from "../../protocol/text/text_rules.ts";
import { Operators } from "./operators.ts";
import { Neighbours } from "./neighbours.ts";
import { maySee, maySetTopic } from "../storage/policy.ts";
import {
  type Posted,
  type PostedAnnotation,
  Posting,
  type PostToRoom,
  type PrivatelyPosted,
  type PrivateMessage,
} from "./posting.ts";
import { Presence } from "./presence.ts";
import { ReadPositions } from "./read_positions.ts";
import { Reading } from "./reading.ts";
import { requireAllowed } from "./refused.ts";
import { RoomEntry } from "./room_entry.ts";
import { Rooms } from "./rooms.ts";
import { Signals } from "./signals.ts";
import { actorOf, askerIn } from "./asking.ts";
import { Ruling } from "./ruling.ts";
import {
  type PresenceEvent,
  requireLive,
  type Room,
  type Session,
  type SessionEvent,
  type SessionOptions,
  type User,
} from "./session.ts";
import type { Storage } from "../storage/storage.ts";
import { translated } from "../storage/store_errors.ts";
import { LocalWhispers, type Profile, type Whisper, type Whispers } from "../storage/whispers.ts";

/** What the heart is made with. */
export interface ChatOptions {
  /** How much may be done how often; without any limit for users where left out. */
  readonly allowances?: Allowances;
  /** Milliseconds since 1970: shown to people, orders nothing. */
  readonly nowMs?: () => number;
  /** The folded name of the account that rules the server; nobody does where it is left out. */
  readonly operator?: string | undefined;
  /** Where what is not stored is told and heard by all servers of a cluster; the server is alone where left out. */
  readonly whispers?: Whispers | undefined;
}

/** The heart of the server. */
export class Chat {
  /** Who is online, by folded name. */
  readonly presence: Presence = new Presence();
  /** History, search, and who is there. */
  readonly reading: Reading;
  /** The sessions of one account: how many, which, and their end. */
  readonly accountSessions: AccountSessions;
  /** Roles, rules and lists of rooms, removals and invitations. */
  readonly ruling: Ruling;
  /** Who rules the server. */
  readonly operators: Operators;
  /** How much may be done how often, on all wires together. */
  readonly allowances: Allowances;
  /** How far accounts have read. */
  readonly readPositions: ReadPositions;
  /** What is being typed, for the account's other sessions. */
  readonly drafts: Drafts;
  /** What programs say to one another without its being kept, between the servers of a cluster. */
  readonly signals: Signals;
  readonly #storage: Storage;
  readonly #whispers: Whispers;
  readonly #nowMs: () => number;
  readonly #rooms: Rooms;
  readonly #entry: RoomEntry;
  readonly #posting: Posting;
  readonly #arrivals: Arrivals;
  readonly #neighbours: Neighbours | null;

  private constructor(storage: Storage, options: ChatOptions) {
    const { presence } = this;
    const { opened } = storage;
    const nowMs = this.#nowMs = options.nowMs ?? Date.now;
    const rooms = this.#rooms = new Rooms(storage, opened.rooms);
    const allowances = this.allowances = options.allowances ??
      new Allowances({ postsPerSecond: 0, bytesPerDay: 0 });
    this.#storage = storage;
    const shared = { log: storage, rooms, presence, allowances, nowMs };
    const ruling = this.ruling = new Ruling(shared);
    const entry = this.#entry = new RoomEntry({
      ...shared,
      onLeft: (room, user) => ruling.guestLeft(room, user),
    });
    this.#posting = new Posting({ ...shared, lastSequence: opened.lastSequence });
    this.reading = new Reading({ storage, rooms, presence });
    const accountSessions = this.accountSessions = new AccountSessions({
      ...shared,
      disconnect: (session) => this.disconnect(session),
    });
    const operators = this.operators = new Operators(options.operator ?? null);
    accountSessions.watchPasswords((nameKey, own) => operators.passwordChanged(nameKey, own));
    const arrivals = this.#arrivals = new Arrivals({
      ...shared,
      ...{ accountSessions, operators, entry, ruling },
    });
    this.readPositions = new ReadPositions(storage);
    this.#whispers = options.whispers ?? new LocalWhispers();
    this.#whispers.hear((whisper) => this.#hear(whisper));
    this.drafts = new Drafts({ ...shared, whispers: this.#whispers });
    const { whispers } = options;
    const signals = this.signals = new Signals(whispers);
    this.#neighbours = whispers === undefined
      ? null
      : new Neighbours({ ...shared, whispers, accountSessions, entry, arrivals, ruling });
    signals.beforeSend = this.drafts.beforeSend = () => this.#neighbours?.flush();
  }

  /**
   * Makes the heart over what is stored, and the lobby if it is not there yet.
   *
   * @param storage The store; the caller closes it after {@linkcode Chat.stop}.
   * @param options See {@linkcode ChatOptions}.
   * @throws {StorageError} where the lobby cannot be stored.
   */
  static async open(storage: Storage, options: ChatOptions = {}): Promise<Chat> {
    const chat = new Chat(storage, options);
    await chat.#rooms.makeLobby();
    chat.#neighbours?.start();
    return chat;
  }

  /** The newest sequence that was told to anyone. */
  get lastSequence(): number {
    return this.#posting.lastSequence;
  }

  /** The room that everyone is in. */
  get lobby(): Room {
    return this.#rooms.lobby;
  }

  /** Every room, in no order. */
  get rooms(): IterableIterator<Room> {
    return this.#rooms.all();
  }

  /** How many rooms there are. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** Calls `watcher` for each coming and going, until the returned function is called. */
  watch(watcher: (event: PresenceEvent) => void): () => void {
    return this.presence.watch(watcher);
  }

  /**
   * Takes in a session. One that follows its account is in the lobby and in all of the account's rooms; any other is in no
   * room until it asks.
   *
   * @param user Who it speaks for.
   * @param options See {@linkcode SessionOptions}.
   * @throws {ChatError} `too_many`, `sign_in_refused`: see {@linkcode AccountSessions.check}.
   */
  connect(user: User, options: SessionOptions): Session {
    const session = this.#arrivals.connect(user, options);
    session.namedSequence = this.lastSequence;
    return session;
  }

  /** Lets a session go. Safe to call twice. */
  disconnect(session: Session): void {
    this.#arrivals.disconnect(session);
  }

  /**
   * A guest signs in: the session speaks for the account from now on, in the same rooms.
   *
   * @param session A guest's session.
   * @param user The account.
   * @throws {ChatError} `storage_failed`, `too_many`, `sign_in_refused`; the session is then what it was.
   */
  async signIn(session: Session, user: User): Promise<void> {
    await this.#arrivals.signIn(session, user);
  }

  /**
   * Gives a guest's session another name, in the same rooms.
   *
   * @param session A guest's session.
   * @param user Who it speaks for from now on. A guest's name must not be in use.
   */
  rename(session: Session, user: User): void {
    this.#arrivals.rename(session, user);
    session.namedSequence = this.lastSequence;
  }

  /** A session's user says something of oneself. Other servers are told; people here are told by the wire. */
  describe(session: Session, profile: Profile): void {
    session.profile = profile;
    this.presence.onChange?.(session);
  }

  /** The lobby and the rooms that an account belongs to. */
  roomsOf(user: User): Room[] {
    return this.#rooms.of(user);
  }

  /**
   * The room of that name.
   *
   * @throws {ChatError} `bad_name`, `no_such_room`.
   */
  room(name: string): Room {
    return this.#rooms.get(name);
  }

  /** The room that another server has named, unless the log is not that far here. */
  findRoom(id: number): Room | undefined {
    return this.#rooms.findById(id);
  }

  /** The room that an event has named. */
  roomById(id: number): Room {
    return this.#rooms.byId(id);
  }

  /**
   * Posts to a room. Resolves when the post is committed and was told to everyone present.
   *
   * @param session Who posts.
   * @param post `id` matches `postIdPattern` and was checked by the wire.
   * @throws {RefusedError} where policy.ts does not allow it.
   * @throws {ChatError} `bad_name`, `no_such_room`, `bad_text`, `id_reused`, `slow_down`, `storage_failed`.
   */
  post(session: Session, post: PostToRoom): Promise<Posted> {
    return this.#posting.post(session, post);
  }

  /**
   * Says something about an earlier post: a reply, an edit, a reaction, or that it is taken back. Resolves as {@linkcode Chat.post}.
   *
   * @param annotation `id` matches `postIdPattern` and was checked by the wire.
   * @throws {RefusedError} where policy.ts does not allow it.
   * @throws {ChatError} `bad_name`, `no_such_room`, `not_found`, `forbidden`, `bad_text`, `id_reused`, `slow_down`, `storage_failed`.
   */
  annotate(session: Session, annotation: PostedAnnotation): Promise<Posted> {
    return this.#posting.annotate(session, annotation);
  }

  /**
   * Sends a private message. Resolves when it is committed and was told to every session of both ends.
   *
   * @param session Who sends it.
   * @param to Who gets it: see {@linkcode Chat.user}.
   * @throws {ChatError} `bad_text`, `id_reused`, `slow_down`, `storage_failed`.
   */
  sendPrivate(session: Session, to: User, message: PrivateMessage): Promise<PrivatelyPosted> {
    return this.#posting.sendPrivate(session, to, message);
  }

  /**
   * The account of that name, or a guest who is present.
   *
   * @throws {ChatError} `bad_name`, `no_such_user`, `storage_failed`.
   */
  async user(name: string): Promise<User> {
    const nameKey = foldPeerName(name);
    const present = this.presence.user(nameKey);
    if (present !== undefined) return present;
    if (nameKey.startsWith(guestPrefix)) {
      throw new ChatError("no_such_user", "No guest with that name is here.");
    }
    const account = await translated(this.#storage.findAccount(nameKey));
    if (account === null) throw new ChatError("no_such_user", "There is no user with that name.");
    return { name: account.name, nameKey, account: true };
  }

  /**
   * Whether a name is an account's, or looks like one: no guest may be shown by it.
   *
   * @throws {ChatError} `storage_failed`.
   */
  async isAccountName(name: { nameKey: string; skeleton: string }): Promise<boolean> {
    return await translated(this.#storage.isNameTaken(name));
  }

  /**
   * Enters a room, which is made if there is none of that name.
   *
   * @param options `roomKey`: what was given as the room's key.
   * @throws {RefusedError} where policy.ts does not allow it.
   * @throws {ChatError} `bad_name`, `room_taken`, `not_in_room` where the account was removed at the same moment, `too_many`, `slow_down`, `storage_failed`.
   */
  async join(
    session: Session,
    name: string,
    { roomKey }: { roomKey?: string | undefined } = {},
  ): Promise<{ room: Room; created: boolean }> {
    const { room, created, isNew, wasDeserted } = await this.#entry.join(session, name, roomKey);
    if (wasDeserted) await this.ruling.makeUsual(room, session.user);
    if (isNew) await this.ruling.claim(room, session.user);
    return { room, created };
  }

  /**
   * Leaves a room, with all of the account's sessions.
   *
   * @throws {ChatError} `bad_name`, `no_such_room`, `not_in_room`, `forbidden` for the lobby, `slow_down`, `storage_failed`.
   */
  async leave(session: Session, name: string): Promise<Room> {
    return await this.#entry.leave(session, name);
  }

  /**
   * Sets a room's topic and tells everyone in it.
   *
   * @throws {RefusedError} where policy.ts does not allow it.
   * @throws {ChatError} `bad_name`, `no_such_room`, `bad_text`, `slow_down`, `storage_failed`.
   */
  async setTopic(session: Session, name: string, topic: string): Promise<Room> {
    requireLive(session);
    this.allowances.takeChange(session);
    const room = this.room(name);
    requireAllowed(maySetTopic(actorOf(session, room), room));
    const checked = checkTopic(topic);
    const setting = { by: session.user.name, timeMs: this.#nowMs() };
    const asker = askerIn(session, room);
    await this.#rooms.setTopic(room, checked, { setting, asker, origin: session.id });
    return room;
  }

  /** A page of the rooms that a session sees, sorted by name, after the name `after`. */
  listRooms(session: Session, after?: string): { rooms: Room[]; more: boolean } {
    return this.#rooms.page((room) => maySee(actorOf(session, room), room), after);
  }

  /** Remembers that a session got everything up to a sequence, and tells the others of its account. */
  markRead(session: Session, sequence: number): void {
    if (!session.user.account || session.revoked) return;
    const { nameKey } = session.user;
    const read = Math.min(sequence, this.lastSequence);
    this.readPositions.mark(nameKey, read);
    if (read <= session.readSequence) return;
    session.readSequence = read;
    this.#whispers.tell({ type: "read", nameKey, sequence: read });
  }

  /** Somebody has read something, with whichever session. */
  #hear(whisper: Whisper): void {
    if (whisper.type !== "read") return;
    const { nameKey, sequence } = whisper;
    const event: SessionEvent = { type: "read", sequence };
    for (const session of this.presence.sessions(nameKey)) {
      if (session.readSequence >= sequence) continue;
      session.readSequence = sequence;
      session.deliver(event);
    }
  }

  /** Everything up to now counts as read by an account, by its folded name. */
  markReadUpToNow(nameKey: string): void {
    this.readPositions.mark(nameKey, this.lastSequence);
  }

  /** How far an account has read. */
  async readPosition(nameKey: string): Promise<number> {
    return await this.readPositions.of(nameKey);
  }

  /** The server is about to stop: where it is one of several, its people go on with another one. */
  retire(): void {
    this.#neighbours?.retire();
  }

  /** Stores what waits to be stored. The sessions must be gone. */
  async stop(): Promise<void> {
    this.#neighbours?.stop();
    await this.readPositions.stop();
  }
}
