/**
 * Sessions that come, go, and speak for somebody else: with their rooms, their rights, and those who are to be told.
 *
 * @module
 */
import { assert } from "../common/assert.ts";
import type { AccountSessions } from "./account_sessions.ts";
import type { Operators } from "./operators.ts";
import { belongsTo } from "../storage/policy.ts";
import type { Presence } from "./presence.ts";
import type { RoomEntry } from "./room_entry.ts";
import type { Rooms } from "./rooms.ts";
import type { Ruling } from "./ruling.ts";
import { nameOf, type Room, Session, type SessionOptions, type User } from "./session.ts";

/** What arrivals work on. */
export interface ArrivalsOptions {
  readonly accountSessions: AccountSessions;
  readonly operators: Operators;
  readonly presence: Presence;
  readonly rooms: Rooms;
  readonly entry: RoomEntry;
  readonly ruling: Ruling;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Takes sessions in, and lets them go. */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  #lastSessionId = 0;

  /** @param options See {@linkcode ArrivalsOptions}. */
  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** See `Chat.connect`. */
  connect(user: User, options: SessionOptions): Session {
    const { accountSessions, rooms, entry, nowMs } = this.#options;
    accountSessions.check(user);
    const session = new Session(user, options, { id: ++this.#lastSessionId, sinceMs: nowMs() });
    if (options.followsAccount) {
      for (const room of rooms.of(user)) entry.attach(session, room);
    }
    this.#appear(session);
    return session;
  }

  /**
   * Takes in a session that is connected to another server of the cluster, which has judged whether it may come.
   *
   * @param there `rooms`: where it is, unless it follows its account. `sinceMs`: when it came.
   */
  connectElsewhere(
    user: User,
    options: SessionOptions,
    there: { readonly rooms: Iterable<Room>; readonly sinceMs: number },
  ): Session {
    const { rooms, entry, presence } = this.#options;
    const { sinceMs } = there;
    const session = new Session(user, options, { id: ++this.#lastSessionId, sinceMs });
    for (const room of options.followsAccount ? rooms.of(user) : there.rooms) {
      entry.attach(session, room);
    }
    presence.add(session);
    return session;
  }

  /** See `Chat.disconnect`. */
  disconnect(session: Session): void {
    if (session.ended) return;
    session.ended = true;
    this.#options.operators.remove(session);
    const rooms = [...session.rooms];
    for (const room of rooms) this.#options.entry.detach(session, room);
    this.#disappear(session, rooms);
  }

  /** See `Chat.signIn`. */
  async signIn(session: Session, user: User): Promise<void> {
    const { accountSessions, entry, ruling } = this.#options;
    accountSessions.check(user);
    const entered = [...session.rooms].filter((room) => !belongsTo(user, room));
    for (const room of session.rooms) {
      if (!await entry.bringMember(session, room, user)) continue;
      await ruling.giveRoles(room, session.user, user);
    }
    // Others may have signed in, or changed the password, while this one waited for the disk.
    if (!session.ended) {
      accountSessions.check(user);
      this.rename(session, user);
    }
    for (const room of entered) {
      if (entry.isIn(room, user.nameKey)) await ruling.claim(room, user);
      // The guest was removed, or has left, meanwhile.
      else await entry.withdraw(room, user);
    }
  }

  /** See `Chat.rename`. */
  rename(session: Session, user: User): void {
    assert(!session.user.account, "only guests change their names");
    const { presence, entry, ruling } = this.#options;
    const rooms = [...session.rooms];
    const before = rooms.filter((room) => entry.isIn(room, user.nameKey));
    // Two people become one where the account is in the guest's room already.
    if (user.nameKey !== session.user.nameKey) { for (const room of before) room.people--; }
    this.#disappear(session, rooms);
    const stranger = !presence.isOnline(user.nameKey);
    for (const room of rooms) ruling.moveRoles(room, session.user, user);
    session.user = user;
    session.namedMs = this.#options.nowMs();
    this.#appear(session);
    if (stranger) return;
    for (const room of rooms) {
      if (!before.includes(room)) presence.tell({ type: "joined", user, room: nameOf(room) });
    }
  }

  /** A guest's session on another server has another name, in the same rooms. */
  renameElsewhere(session: Session, user: User): boolean {
    const before = session.user;
    const rooms = [...session.rooms];
    if (!this.#options.presence.rename(session, user, rooms)) return false;
    this.#options.ruling.guestGone(before);
    for (const room of rooms) this.#options.ruling.moveRoles(room, before, user);
    return true;
  }

  /** A session speaks for its user from now on. */
  #appear(session: Session): void {
    const { operators, accountSessions, presence } = this.#options;
    operators.welcome(session);
    accountSessions.shareQuestions(session);
    presence.add(session);
  }

  /** A session no longer speaks for its user, and was in these rooms. */
  #disappear(session: Session, rooms: readonly Room[]): void {
    const { presence, entry, ruling } = this.#options;
    const { user } = session;
    if (!user.account) ruling.guestGone(user);
    const stays = presence.sessions(user.nameKey).size > 1;
    presence.remove(session, rooms);
    if (!stays) return;
    for (const room of rooms) {
      if (entry.isIn(room, user.nameKey)) continue;
      presence.tell({ type: "left", user, room: nameOf(room) });
    }
  }
}
