/**
 * The heart: who is present, rooms, posts; reading.ts reads for it. It knows no wire and no socket; the listeners call it and
 * get its events.
 *
 * @module
 */
import { AccountSessions } from "./account_sessions.ts";
import { Allowances } from "../common/allowances.ts";
import { assert } from "../common/assert.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import type { PostKind } from "../../protocol/wire/messages.ts";
import { foldPeerName, guestPrefix } from "../../protocol/names/guest_names.ts";
import { roomsPerAccountMax } from "../../protocol/wire/limits.ts";
import { parseRoomName } from "../../protocol/names/names.ts";
import { checkText, checkTopic } from "../../protocol/text/text_rules.ts";
import { Operators } from "./operators.ts";
import { mayEnter, maySee, maySetTopic, maySpeak } from "./policy.ts";
import { Presence } from "./presence.ts";
import { ReadPositions } from "./read_positions.ts";
import { Reading } from "./reading.ts";
import { requireAllowed } from "./refused.ts";
import { Rooms } from "./rooms.ts";
import { actorOf, Ruling } from "./ruling.ts";
import {
  type PresenceEvent,
  type Removal,
  type Room,
  Session,
  type SessionEvent,
  type SessionOptions,
  type User,
} from "./session.ts";
import { translated } from "../storage/store_errors.ts";
import type { NewPost, Storage } from "../storage/storage.ts";

/** What a sender gets for a post. */
export interface Posted {
  readonly sequence: number;
  readonly timeMs: number;
}

/** What the heart is made with. */
export interface ChatOptions {
  /** How much may be done how often; without any limit for users where left out. */
  readonly allowances?: Allowances;
  /** Milliseconds since 1970: shown to people, orders nothing. */
  readonly nowMs?: () => number;
  /** The folded name of the account that rules the server; nobody does where it is left out. */
  readonly operator?: string | undefined;
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
  readonly #storage: Storage;
  readonly #nowMs: () => number;
  readonly #rooms: Rooms;
  /** How far accounts have read. */
  readonly readPositions: ReadPositions;
  #lastSequence: number;
  #lastSessionId = 0;

  private constructor(storage: Storage, rooms: Rooms, options: ChatOptions) {
    this.#storage = storage;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#rooms = rooms;
    this.reading = new Reading({ storage, rooms, presence: this.presence });
    this.allowances = options.allowances ?? new Allowances({ postsPerSecond: 0, bytesPerDay: 0 });
    this.accountSessions = new AccountSessions({
      presence: this.presence,
      allowances: this.allowances,
      nowMs: this.#nowMs,
      disconnect: (session) => this.disconnect(session),
    });
    this.ruling = new Ruling({
      storage,
      rooms,
      presence: this.presence,
      allowances: this.allowances,
      nowMs: this.#nowMs,
      withdraw: (room, user, removal) => this.#withdraw(room, user, null, removal),
    });
    this.operators = new Operators(options.operator ?? null);
    this.accountSessions.watchPasswords((nameKey, own) =>
      this.operators.passwordChanged(nameKey, own)
    );
    this.#lastSequence = storage.opened.lastSequence;
    this.readPositions = new ReadPositions(storage);
  }

  /**
   * Makes the heart over what is stored, and the lobby if it is not there yet.
   *
   * @param storage The store; the caller closes it after {@linkcode Chat.stop}.
   * @param options See {@linkcode ChatOptions}.
   * @throws {StorageError} where the lobby cannot be stored.
   */
  static async open(storage: Storage, options: ChatOptions = {}): Promise<Chat> {
    return new Chat(storage, await Rooms.open(storage), options);
  }

  /** The newest sequence that was told to anyone. */
  get lastSequence(): number {
    return this.#lastSequence;
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
    this.accountSessions.check(user);
    const origin = { id: ++this.#lastSessionId, sinceMs: this.#nowMs() };
    const session = new Session(user, options, origin);
    this.operators.welcome(session);
    if (options.followsAccount) {
      for (const room of this.roomsOf(user)) this.#attach(session, room);
    }
    this.accountSessions.shareQuestions(session);
    this.presence.add(session);
    return session;
  }

  /** Lets a session go. Safe to call twice. */
  disconnect(session: Session): void {
    if (session.ended) return;
    session.ended = true;
    this.operators.remove(session);
    const rooms = [...session.rooms];
    for (const room of rooms) this.#detach(session, room);
    this.#goes(session, rooms);
  }

  #goes(session: Session, rooms: readonly Room[]): void {
    const stays = this.presence.sessions(session.user.nameKey).size > 1;
    this.presence.remove(session, rooms);
    if (!stays) return;
    const { name } = session.user;
    for (const room of rooms) {
      if (!this.#isIn(room, session.user)) this.presence.tell({ type: "left", name, room });
    }
  }

  /**
   * A guest signs in: the session speaks for the account from now on, in the same rooms.
   *
   * @param session A guest's session.
   * @param user The account.
   * @throws {ChatError} `storage_failed`, `too_many`, `sign_in_refused`; the session is then what it was.
   */
  async signIn(session: Session, user: User): Promise<void> {
    this.accountSessions.check(user);
    for (const room of session.rooms) {
      if (room !== this.lobby) await this.#addMember(room, user);
      await this.ruling.moveRoles(room, session.user, user);
    }
    if (session.ended) return;
    // Others may have signed in, or changed the password, while this one waited for the disk.
    this.accountSessions.check(user);
    this.rename(session, user);
  }

  /**
   * Gives a guest's session another name, in the same rooms.
   *
   * @param session A guest's session.
   * @param user Who it speaks for from now on. A guest's name must not be in use.
   */
  rename(session: Session, user: User): void {
    assert(!session.user.account, "only guests change their names");
    const rooms = [...session.rooms];
    const before = rooms.filter((room) => this.#isIn(room, user));
    // Two people become one where the account is in the guest's room already.
    if (user.nameKey !== session.user.nameKey) { for (const room of before) room.people--; }
    this.#goes(session, rooms);
    const stranger = !this.presence.isOnline(user.nameKey);
    for (const room of rooms) this.ruling.rolesMoved(room, session.user, user);
    session.user = user;
    this.operators.welcome(session);
    this.accountSessions.shareQuestions(session);
    this.presence.add(session);
    if (stranger) return;
    for (const room of rooms) {
      if (!before.includes(room)) this.presence.tell({ type: "joined", name: user.name, room });
    }
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

  /**
   * Whether there is a room of that name.
   *
   * @throws {ChatError} `bad_name`.
   */
  hasRoom(name: string): boolean {
    return this.#rooms.find(parseRoomName(name).nameKey) !== undefined;
  }

  /**
   * Posts to a room. Resolves when the post is committed and was told to everyone present.
   *
   * @param session Who posts.
   * @param post `id` matches `postIdPattern` and was checked by the wire.
   * @throws {RefusedError} where policy.ts does not allow it.
   * @throws {ChatError} `bad_name`, `no_such_room`, `bad_text`, `id_reused`, `slow_down`, `storage_failed`.
   */
  async post(
    session: Session,
    post: { room: string; id: string; kind: PostKind; body: string },
  ): Promise<Posted> {
    requireLive(session);
    this.allowances.takePost(session, post.body);
    const room = this.room(post.room);
    requireAllowed(maySpeak(actorOf(session, room), room));
    return await this.#append(session, () => room.sessions, {
      destination: { roomId: room.id },
      from: session.user.name,
      to: room.name,
      id: post.id,
      timeMs: this.#nowMs(),
      kind: post.kind,
      body: checkText(post.body),
    });
  }

  /**
   * Sends a private message. Resolves when it is committed and was told to every session of both ends.
   *
   * @param session Who sends it.
   * @param to Who gets it: see {@linkcode Chat.user}.
   * @param message `kind` "sealed" has an opaque body; a "text" is readable by the server.
   * @return Beside what {@linkcode Posted} holds: whether the recipient is `online`, and whether with a program that can show
   * the message, so that it is `readable` there.
   * @throws {ChatError} `bad_text`, `id_reused`, `slow_down`, `storage_failed`.
   */
  async sendPrivate(
    session: Session,
    to: User,
    message: { id: string; kind: PostKind; body: string },
  ): Promise<Posted & { online: boolean; readable: boolean }> {
    requireLive(session);
    this.allowances.takePost(session, message.body);
    const body = message.kind === "sealed" ? message.body : checkText(message.body);
    const posted = await this.#append(
      session,
      () =>
        new Set([
          ...this.presence.sessions(to.nameKey),
          ...this.presence.sessions(session.user.nameKey),
        ]),
      {
        destination: { between: [session.user.nameKey, to.nameKey] },
        from: session.user.name,
        to: to.name,
        id: message.id,
        timeMs: this.#nowMs(),
        kind: message.kind,
        body,
      },
    );
    const sessions = [...this.presence.sessions(to.nameKey)];
    const readable = sessions.some(({ opensSealed }) => opensSealed || message.kind !== "sealed");
    return { ...posted, online: sessions.length > 0, readable };
  }

  /** The only way of a post: to the disk, then in the order of sequences to the sessions, then back to its sender. */
  async #append(
    origin: Session,
    recipients: () => Iterable<Session>,
    post: NewPost,
  ): Promise<Posted> {
    const { sequence, timeMs, repeated } = await translated(this.#storage.append(post));
    if (repeated) return { sequence, timeMs };
    assert(sequence > this.#lastSequence, "posts are told in the order of their sequences");
    origin.activeMs = timeMs;
    this.#lastSequence = sequence;
    const roomId = "roomId" in post.destination ? post.destination.roomId : null;
    const { from, to, id, kind, body } = post;
    const stored = { sequence, roomId, from, to, id, timeMs, kind, body };
    const event: SessionEvent = { type: "post", post: stored, origin };
    for (const session of recipients()) session.deliver(event);
    return { sequence, timeMs };
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
   * @throws {ChatError} `bad_name`, `room_taken`, `too_many`, `slow_down`, `storage_failed`.
   */
  async join(
    session: Session,
    name: string,
    { roomKey }: { roomKey?: string | undefined } = {},
  ): Promise<{ room: Room; created: boolean }> {
    requireLive(session);
    this.allowances.takeEntry(session);
    const parsed = parseRoomName(name);
    const existing = this.#rooms.find(parsed.nameKey);
    if (existing !== undefined && session.rooms.has(existing)) {
      return { room: existing, created: false };
    }
    if (session.rooms.size >= roomsPerAccountMax) {
      throw new ChatError(
        "too_many",
        `You are already in ${roomsPerAccountMax} rooms. LEAVE one first.`,
      );
    }
    const { user } = session;
    if (existing === undefined) this.allowances.takeRoom(session);
    const { room, made } = existing === undefined
      ? await this.#rooms.create(parsed, user.account ? user : undefined)
      : { room: existing, made: false };
    if (!made) requireAllowed(mayEnter(actorOf(session, room), room, roomKey));
    await this.#admit(session, room);
    await this.ruling.claim(room, user);
    return { room, created: made };
  }

  async #admit(session: Session, room: Room): Promise<void> {
    const { user } = session;
    room.arriving++;
    try {
      if (user.account && room !== this.lobby) await this.#addMember(room, user);
    } finally {
      room.arriving--;
    }
    room.invited.delete(user.nameKey);
    const wasPresent = this.#isIn(room, user);
    this.#attach(session, room);
    for (const other of this.presence.sessions(user.nameKey)) {
      if (other === session || !other.followsAccount || other.rooms.has(room)) continue;
      this.#attach(other, room);
      other.deliver({ type: "joined", room });
    }
    const isPresent = this.#isIn(room, user);
    if (isPresent && !wasPresent) this.presence.tell({ type: "joined", name: user.name, room });
  }

  async #addMember(room: Room, user: User): Promise<void> {
    if (room.members.has(user.nameKey)) return;
    await translated(this.#storage.addMember(room.id, user.nameKey));
    this.#rooms.addMember(room, user.nameKey);
  }

  /**
   * Leaves a room, with all of the account's sessions.
   *
   * @throws {ChatError} `bad_name`, `no_such_room`, `not_in_room`, `forbidden` for the lobby, `slow_down`, `storage_failed`.
   */
  async leave(session: Session, name: string): Promise<Room> {
    requireLive(session);
    this.allowances.takeEntry(session);
    const room = this.room(name);
    if (!session.rooms.has(room)) throw new ChatError("not_in_room", "You are not in that room.");
    if (room === this.lobby && session.followsAccount) {
      throw new ChatError("forbidden", "Everyone is in the lobby: it cannot be left.");
    }
    if (room !== this.lobby) await this.#withdraw(room, session.user, session, {});
    else if (this.#detach(session, room)) this.#tellExit(room, session.user);
    return room;
  }

  /**
   * Takes a user out of a room, with all of the user's sessions. Who follows the account stays in the lobby.
   *
   * @param asking The session that asked to go: it is told by its reply.
   */
  async #withdraw(
    room: Room,
    user: User,
    asking: Session | null,
    removal: Removal,
  ): Promise<void> {
    if (room.members.has(user.nameKey)) {
      await translated(this.#storage.removeMember(room.id, user.nameKey));
      this.#rooms.removeMember(room, user.nameKey);
    }
    let detached = false;
    for (const session of [...this.presence.sessions(user.nameKey)]) {
      if (room === this.lobby && session.followsAccount) continue;
      if (!this.#detach(session, room)) continue;
      detached = true;
      if (session !== asking) session.deliver({ type: "left", room, ...removal });
    }
    if (detached) this.#tellExit(room, user, removal);
  }

  #tellExit(room: Room, user: User, removal: Removal = {}): void {
    if (this.#isIn(room, user)) return;
    this.presence.tell({ type: "left", name: user.name, room, ...removal });
  }

  /** Whether any session of a user is in a room. */
  #isIn(room: Room, user: User): boolean {
    for (const session of this.presence.sessions(user.nameKey)) {
      if (session.rooms.has(room)) return true;
    }
    return false;
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
    await translated(this.#storage.setTopic(room.id, checked, setting));
    room.topic = checked;
    room.topicSetting = setting;
    const event: SessionEvent = { type: "topic", room, by: setting.by };
    for (const member of room.sessions) member.deliver(event);
    return room;
  }

  /** A page of the rooms that a session sees, sorted by name, after the name `after`. */
  listRooms(session: Session, after?: string): { rooms: Room[]; more: boolean } {
    return this.#rooms.page((room) => maySee(actorOf(session, room), room), after);
  }

  /** Remembers that a session got everything up to a sequence, and tells the others of its account. */
  markRead(session: Session, sequence: number): void {
    if (!session.user.account || session.revoked) return;
    const read = Math.min(sequence, this.#lastSequence);
    this.readPositions.mark(session.user.nameKey, read);
    if (read <= session.readSequence) return;
    session.readSequence = read;
    const event: SessionEvent = { type: "read", sequence: read };
    for (const other of this.presence.sessions(session.user.nameKey)) {
      if (other.readSequence >= read) continue;
      other.readSequence = read;
      other.deliver(event);
    }
  }

  /** Everything up to now counts as read by an account, by its folded name. */
  markReadUpToNow(nameKey: string): void {
    this.readPositions.mark(nameKey, this.#lastSequence);
  }

  /** How far an account has read. */
  async readPosition(nameKey: string): Promise<number> {
    return await this.readPositions.of(nameKey);
  }

  /** Stores what waits to be stored. The sessions must be gone. */
  async stop(): Promise<void> {
    await this.readPositions.stop();
  }

  /** A session may have ended while its request waited for the disk: it must not be put into a room then. */
  #attach(session: Session, room: Room): void {
    if (session.ended || session.rooms.has(room)) return;
    if (!this.#isIn(room, session.user)) room.people++;
    room.sessions.add(session);
    session.rooms.add(room);
  }

  /** Returns whether the session was in the room. */
  #detach(session: Session, room: Room): boolean {
    room.sessions.delete(session);
    if (!session.rooms.delete(room)) return false;
    if (!this.#isIn(room, session.user)) {
      room.people--;
      this.ruling.guestLeft(room, session.user);
    }
    return true;
  }
}

/**
 * What a session asks for in the moment in which its account ends it must not be done any more.
 *
 * @throws {ChatError} `not_signed_in`.
 */
function requireLive(session: Session): void {
  if (session.revoked) throw new ChatError("not_signed_in", "This session has been ended.");
}
