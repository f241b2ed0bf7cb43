/**
 * Who is in which room: entering and leaving, of accounts by the log, of guests by themselves.
 *
 * @module
 */
import type { Allowances } from "../common/allowances.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { roomsPerAccountMax } from "../../protocol/wire/limits.ts";
import { parseRoomName } from "../../protocol/names/names.ts";
import { actorOf, askerIn } from "./asking.ts";
import type { Presence } from "./presence.ts";
import { requireAllowed, requireDone } from "./refused.ts";
import type { Rooms } from "./rooms.ts";
import {
  nameOf,
  type Removal,
  requireLive,
  type Room,
  type Session,
  type User,
} from "./session.ts";
import { translated } from "../storage/store_errors.ts";
import { type CommandLog, noOrigin } from "../storage/command_log.ts";
import type {
  EnterCommand,
  MembershipCommand,
  OutcomeOf,
  RemoveCommand,
} from "../storage/commands.ts";
import { belongsTo, isBanned, isDeserted, mayEnter } from "../storage/policy.ts";
import type { RoomOwner } from "../storage/room_storage.ts";

/**
 * How long somebody whom the log has let in counts before the own server has told of the session: what is told takes some hundredths
 * of a second, and a server that is silent for so long counts as gone.
 */
const awaitedMs = 6_000;

/** What entering works on. */
export interface RoomEntryOptions {
  readonly log: CommandLog;
  readonly rooms: Rooms;
  readonly presence: Presence;
  readonly allowances: Allowances;
  /** Called when the last session of a user has left a room. */
  readonly onLeft: (room: Room, user: User) => void;
}

/** Lets sessions into rooms, and out of them. */
export class RoomEntry {
  readonly #log: CommandLog;
  readonly #rooms: Rooms;
  readonly #presence: Presence;
  readonly #allowances: Allowances;
  readonly #onLeft: RoomEntryOptions["onLeft"];

  /** @param options See {@linkcode RoomEntryOptions}. */
  constructor({ log, rooms, presence, allowances, onLeft }: RoomEntryOptions) {
    this.#log = log;
    this.#rooms = rooms;
    this.#presence = presence;
    this.#allowances = allowances;
    this.#onLeft = onLeft;
    log.watch({
      enter: (command, _done, origin) => this.#followEntry(command, origin),
      remove: (command, _done, origin) => this.#followRemoval(command, origin),
      membership: (command, _done, origin) => this.#follow(command, origin),
    });
  }

  /**
   * See `Chat.join`; `isNew` tells whether the user did not belong to the room before, `wasDeserted` whether nobody did (policy.ts).
   */
  async join(
    session: Session,
    name: string,
    roomKey: string | undefined,
  ): Promise<{ room: Room; created: boolean; isNew: boolean; wasDeserted: boolean }> {
    requireLive(session);
    this.#allowances.takeEntry(session);
    const parsed = parseRoomName(name);
    const existing = this.#rooms.find(parsed.nameKey);
    if (existing !== undefined && session.rooms.has(existing)) {
      return { room: existing, created: false, isNew: false, wasDeserted: false };
    }
    const isMember = existing !== undefined && belongsTo(session.user, existing);
    if (
      session.rooms.size >= roomsPerAccountMax || !isMember && this.#rooms.hasAll(session.user)
    ) {
      throw new ChatError(
        "too_many",
        `You are already in ${roomsPerAccountMax} rooms. Leave one first.`,
      );
    }
    if (existing === undefined) this.#allowances.takeRoom(session);
    const { room, made } = existing === undefined
      ? await this.#rooms.create(parsed, ownerOf(session.user))
      : { room: existing, made: false };
    // A guest may have another name by now.
    const { user } = session;
    if (!made) this.#requireAllowed(session, room, roomKey);
    const isNew = !belongsTo(user, room);
    const wasDeserted = !made && isDeserted(room);
    // Where places are counted, the log counts them: it is the same for all servers.
    if (isNew && (user.account || room.law.rules.peopleMax !== null)) {
      const opened = openedTo(user, room);
      requireDone(await this.#ask(session, room, { user, roomKey, opened }));
      if (user.account && !belongsTo(user, room)) {
        throw new ChatError("not_in_room", `You were taken out of ${room.name} again.`);
      }
    }
    // Where the account belonged to it before, the log has told nothing; most guests are not in the log, and may have another name by now.
    this.#enter(room, session.user.nameKey, session.id);
    room.invited.delete(user.nameKey);
    return { room, created: made, isNew, wasDeserted };
  }

  /** Keys of rooms are words, and could be guessed. */
  #requireAllowed(session: Session, room: Room, roomKey = ""): void {
    this.#forgetAwaited(room);
    const isTry = roomKey !== "" && room.law.rules.roomKey !== null;
    if (isTry && !belongsTo(session.user, room)) this.#allowances.checkRoomKeys(session);
    const refusal = mayEnter(actorOf(session, room), room, roomKey);
    if (isTry && refusal?.reason === "wrong_key") this.#allowances.takeWrongRoomKey(session);
    requireAllowed(refusal);
  }

  /**
   * Asks the log to let a user in, by what holds in the room then.
   *
   * @param wanted `user`: whom the session speaks for, or is about to.
   * @return What became of it, once everyone who follows was told.
   * @throws {ChatError} `storage_failed`.
   */
  async #ask(
    session: Session,
    room: Room,
    { user, roomKey, opened }: {
      user: User;
      roomKey?: string | undefined;
      opened: EnterCommand["opened"];
    },
  ): Promise<OutcomeOf<"enter">> {
    this.#forgetAwaited(room);
    const command = {
      type: "enter",
      version: 1,
      roomId: room.id,
      asker: { ...askerIn(session, room, user), inside: false },
      // What is no key there is perhaps somebody's password.
      roomKey: room.law.rules.roomKey === null ? null : roomKey ?? null,
      opened,
      people: room.people + room.awaited.size,
      entries: room.entries,
    } as const;
    room.arriving++;
    try {
      return await translated(this.#log.submit(command, session.id));
    } finally {
      room.arriving--;
    }
  }

  /**
   * Makes an account, to which a guest is about to sign in, a member of a room where the guest is. Where the account is banned, or
   * is in as many rooms as it may, the guest leaves. The room's rules have let the guest in already.
   *
   * @return Whether the account belongs to the room.
   * @throws {ChatError} `storage_failed`.
   */
  async bringMember(session: Session, room: Room, user: User): Promise<boolean> {
    const isRefused = () => !room.isLobby && isBanned(user, room.law);
    if (!belongsTo(user, room)) {
      if (!isRefused() && !this.#rooms.hasAll(user)) {
        await this.#ask(session, room, { user, opened: "rules" });
      }
      if (!belongsTo(user, room) || isRefused()) {
        this.#exit(room, session.user.nameKey, { origin: noOrigin, removal: null });
        return false;
      }
    }
    return true;
  }

  /** See `Chat.leave`. */
  async leave(session: Session, name: string): Promise<Room> {
    requireLive(session);
    this.#allowances.takeEntry(session);
    const room = this.#rooms.get(name);
    if (!session.rooms.has(room)) throw new ChatError("not_in_room", "You are not in that room.");
    if (!room.isLobby) await this.withdraw(room, session.user, session.id);
    else if (session.followsAccount) {
      throw new ChatError("forbidden", "Everyone is in the lobby: it cannot be left.");
    } else if (this.detach(session, room)) this.#tellExit(room, session.user);
    return room;
  }

  /**
   * Lets a user go from a room, with all of the user's sessions. Who follows the account stays in the lobby.
   *
   * @param origin The id of the session that asked to go, which is told by its reply; `noOrigin` where none did.
   * @throws {ChatError} `storage_failed`.
   */
  async withdraw(room: Room, { nameKey }: User, origin: number = noOrigin): Promise<void> {
    if (room.members.has(nameKey)) {
      const going = { roomId: room.id, nameKey, belongs: false, removal: null } as const;
      await translated(this.#log.submit({ type: "membership", version: 1, ...going }, origin));
    }
    // A guest, and whoever is in the lobby, belongs to no room.
    this.#exit(room, nameKey, { origin, removal: null });
  }

  /** Somebody was let in, on whichever server. */
  #followEntry({ roomId, asker: { nameKey, account } }: EnterCommand, origin: number): void {
    const room = this.#rooms.byId(roomId);
    room.entries++;
    if (account && !room.isLobby) this.#rooms.addMember(room, nameKey);
    // A guest who signs in is in the room already, and comes under the new name by itself.
    const isSigningIn = this.#presence.session(origin)?.user.nameKey !== nameKey;
    if (origin === noOrigin || !isSigningIn) this.#enter(room, nameKey, origin);
    if (origin === noOrigin && !this.isIn(room, nameKey)) {
      room.awaited.set(nameKey, performance.now() + awaitedMs);
    }
  }

  /** Those whose session has ended before its server has told of it come no more. */
  #forgetAwaited({ awaited }: Room): void {
    for (const [nameKey, untilMs] of awaited) {
      if (untilMs < performance.now()) awaited.delete(nameKey);
    }
  }

  /** Somebody was taken out, by somebody on whichever server. */
  #followRemoval({ roomId, nameKey, asker, reason }: RemoveCommand, origin: number): void {
    const room = this.#rooms.byId(roomId);
    if (room.members.has(nameKey)) this.#rooms.removeMember(room, nameKey);
    this.#exit(room, nameKey, { origin, removal: { by: asker.name, reason } });
  }

  /** An account belongs to a room from now on, or no longer, whatever holds there. */
  #follow({ roomId, nameKey, belongs, removal }: MembershipCommand, origin: number): void {
    const room = this.#rooms.byId(roomId);
    if (!belongs) {
      this.#rooms.removeMember(room, nameKey);
      return this.#exit(room, nameKey, { origin, removal });
    }
    this.#rooms.addMember(room, nameKey);
    // A guest who signs in is in the room already, and comes under the new name by itself.
    const isSigningIn = this.#presence.session(origin)?.user.nameKey !== nameKey;
    if (origin === noOrigin || !isSigningIn) this.#enter(room, nameKey, origin);
  }

  /** Puts a session into a room, and with it those of the user that follow the account. */
  #enter(room: Room, nameKey: string, origin: number): void {
    const wasPresent = this.isIn(room, nameKey);
    for (const session of this.#presence.sessions(nameKey)) {
      if (session.rooms.has(room)) continue;
      if (session.id === origin) this.attach(session, room);
      else if (session.followsAccount) {
        this.attach(session, room);
        session.deliver({ type: "joined", room: nameOf(room), topic: room.topic });
      }
    }
    const user = this.#presence.user(nameKey);
    if (user === undefined || wasPresent || !this.isIn(room, nameKey)) return;
    this.#presence.tell({ type: "joined", user, room: nameOf(room) });
  }

  /** Takes all sessions of a user out of a room; the one that asked is told by its reply. */
  #exit(
    room: Room,
    nameKey: string,
    { origin, removal }: { origin: number; removal: MembershipCommand["removal"] },
  ): void {
    room.invited.delete(nameKey);
    room.awaited.delete(nameKey);
    const by = removal === null ? {} : { by: removal.by, reason: removal.reason ?? undefined };
    let detached: Session | undefined;
    for (const session of [...this.#presence.sessions(nameKey)]) {
      if (room.isLobby && session.followsAccount) continue;
      if (!this.detach(session, room)) continue;
      detached = session;
      if (session.id !== origin) session.deliver({ type: "left", room: nameOf(room), ...by });
    }
    if (detached !== undefined) this.#tellExit(room, detached.user, by);
  }

  #tellExit(room: Room, user: User, removal: Removal = {}): void {
    if (this.isIn(room, user.nameKey)) return;
    this.#presence.tell({ type: "left", user, room: nameOf(room), ...removal });
  }

  /** Whether any session of a user is in a room. */
  isIn(room: Room, nameKey: string): boolean {
    for (const session of this.#presence.sessions(nameKey)) {
      if (session.rooms.has(room)) return true;
    }
    return false;
  }

  /** Puts a session into just these rooms, as another server has told, and tells those who are to know. */
  place(session: Session, rooms: ReadonlySet<Room>): void {
    const { user } = session;
    for (const room of [...session.rooms]) {
      if (!rooms.has(room) && this.detach(session, room)) this.#tellExit(room, user);
    }
    for (const room of rooms) {
      if (session.rooms.has(room)) continue;
      const wasPresent = this.isIn(room, user.nameKey);
      this.attach(session, room);
      if (!wasPresent) this.#presence.tell({ type: "joined", user, room: nameOf(room) });
    }
  }

  /** A session may have ended while its request waited for the disk: it must not be put into a room then. */
  attach(session: Session, room: Room): void {
    if (session.ended || session.rooms.has(room)) return;
    room.awaited.delete(session.user.nameKey);
    if (!this.isIn(room, session.user.nameKey)) room.people++;
    room.sessions.add(session);
    session.rooms.add(room);
    this.#presence.onChange?.(session);
  }

  /** Returns whether the session was in the room. */
  detach(session: Session, room: Room): boolean {
    room.sessions.delete(session);
    if (!session.rooms.delete(room)) return false;
    this.#presence.onChange?.(session);
    if (!this.isIn(room, session.user.nameKey)) {
      room.people--;
      this.#onLeft(room, session.user);
    }
    return true;
  }
}

/** What an invitation opens to a user. */
function openedTo(user: User, { invited, law }: Room): EnterCommand["opened"] {
  if (!invited.has(user.nameKey)) return "nothing";
  return isBanned(user, law) ? "bans" : "rules";
}

function ownerOf({ account, nameKey, name }: User): RoomOwner | null {
  return account ? { nameKey, name } : null;
}
