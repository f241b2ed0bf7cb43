/**
 * How rooms are ruled: roles, rules, lists, removals and invitations. policy.ts says who may; here it is done, stored and told.
 *
 * @module
 */
import { AccountTurns } from "../common/account_turns.ts";
import type { Allowances } from "../common/allowances.ts";
import { guestPrefix } from "../../protocol/names/guest_names.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { invitationsMax } from "../../protocol/wire/limits.ts";
import type { Role, RoomList, RoomRules } from "../../protocol/wire/room_rules.ts";
import {
  changedLaw,
  changesToUsual,
  holderOf,
  isOfAccounts,
  type ListEntry,
  movedRoles,
  rolesTaken,
  type RoomChange,
  type RoomLaw,
  type Subject,
} from "../storage/room_law.ts";
import { type CommandLog, noOrigin } from "../storage/command_log.ts";
import type {
  ClaimCommand,
  LawCommand,
  OutcomeOf,
  RemoveCommand,
  RuleCommand,
} from "../storage/commands.ts";
import { tooMuchLaw } from "../storage/room_decisions.ts";
import { translated } from "../storage/store_errors.ts";
import { faceOf } from "../storage/face.ts";
import {
  type Actor,
  belongsTo,
  isBanned,
  mayGrant,
  mayInvite,
  mayRemove,
  mayRule,
  maySee,
  opensByInviting,
  type Target,
} from "../storage/policy.ts";
import type { Presence } from "./presence.ts";
import { actorOf, askerIn } from "./asking.ts";
import { requireAllowed, requireDone, tooMuch } from "./refused.ts";
import type { Rooms } from "./rooms.ts";
import {
  nameOf,
  requireLive,
  type Room,
  type Session,
  type SessionEvent,
  type User,
} from "./session.ts";

/** A change that somebody wants. */
export type WantedChange =
  | { readonly kind: "role"; readonly role: Role; readonly user: User; readonly held: boolean }
  | { readonly kind: "rules"; readonly rules: Partial<RoomRules> }
  | {
    readonly kind: "entry";
    readonly list: RoomList;
    readonly subject: Subject;
    readonly listed: boolean;
  };

/** What somebody is told of what holds in a room. */
export interface ShownLaw {
  readonly rules: RoomRules;
  readonly roles: RoomLaw["roles"];
  readonly entries: readonly ListEntry[];
}

/** What this is made with. */
export interface RulingOptions {
  readonly log: CommandLog;
  readonly rooms: Rooms;
  readonly presence: Presence;
  /** What changes a room waits for the disk and is told to everyone in it, as a post is. */
  readonly allowances: Allowances;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** How long the guest who was first to claim a room keeps others from it: after that all servers know who is there. */
const claimedMs = 2_000;

/** Rules rooms. */
export class Ruling {
  readonly #options: RulingOptions;
  /** The rooms that wait for guests who were invited, by folded name. */
  readonly #invitedGuests = new Map<string, Set<Room>>();
  /** What changes a room is decided by what holds after everything that was asked before: by room. */
  readonly #turns = new AccountTurns({ underWayMax: Infinity, perAccountMax: 1 });

  /** @param options See {@linkcode RulingOptions}. */
  constructor(options: RulingOptions) {
    this.#options = options;
    options.log.watch({
      law: ({ roomId, ...law }, _done, origin) => this.#change(this.#room(roomId), law, origin),
      rule: (command, _done, origin) => this.#followRule(command, origin),
      remove: (command, _done, origin) => this.#followRemoval(command, origin),
      claim: (command) => this.#followClaim(command),
    });
  }

  /**
   * Changes roles, rules and lists of a room, all of it or nothing, and tells everyone in it. What is so already is passed over.
   *
   * @return What was changed.
   * @throws {RefusedError} where policy.ts does not allow one of the changes.
   * @throws {ChatError} `bad_name`, `no_such_room`, `too_many`, `slow_down`, `storage_failed`,
   * `not_signed_in` where the session was ended.
   */
  async change(
    session: Session,
    name: string,
    wanted: readonly WantedChange[],
  ): Promise<readonly RoomChange[]> {
    requireLive(session);
    this.#options.allowances.takeChange(session);
    const room = this.#options.rooms.get(name);
    return await this.#turns.run(room.nameKey, () => this.#changeNow(session, room, wanted));
  }

  async #changeNow(
    session: Session,
    room: Room,
    wanted: readonly WantedChange[],
  ): Promise<readonly RoomChange[]> {
    const actor = actorOf(session, room);
    let law = room.law;
    const changes: RoomChange[] = [];
    for (const one of wanted) {
      this.#requireAllowed(actor, room, law, one);
      const change = this.#changeOf(session, one);
      const after = changedLaw(law, [change]);
      if (after !== law) changes.push(change);
      law = after;
    }
    const tooMany = tooMuchLaw(law, room.law);
    if (tooMany !== null) throw tooMuch(tooMany);
    await this.#submitRule(session, room, changes);
    return changes;
  }

  /** @param law What holds when it is this change's turn. */
  #requireAllowed(actor: Actor, room: Room, law: RoomLaw, wanted: WantedChange): void {
    const ruled = { ...room, law };
    if (wanted.kind !== "role") return requireAllowed(mayRule(actor, ruled));
    if (room.isLobby && wanted.role === "owner") {
      throw new ChatError("forbidden", "Nobody owns the lobby: operators of the server rule it.");
    }
    const { role, held } = wanted;
    requireAllowed(mayGrant(actor, ruled, { ...this.#target(room, wanted.user), role, held }));
  }

  #changeOf(session: Session, wanted: WantedChange): RoomChange {
    switch (wanted.kind) {
      case "role": {
        const { role, held, user: { nameKey, name } } = wanted;
        return { kind: "role", role, held, nameKey, name };
      }
      case "rules":
        return wanted;
      case "entry":
        return { ...wanted, by: session.user.name, timeMs: this.#options.nowMs() };
    }
  }

  /** What is allowed now may not be any more when the log has it. */
  async #submitRule(session: Session, room: Room, changes: readonly RoomChange[]): Promise<void> {
    if (changes.length === 0) return;
    const asker = askerIn(session, room);
    const command = { type: "rule", version: 1, roomId: room.id, asker, changes } as const;
    requireDone(await translated(this.#options.log.submit(command, session.id)));
  }

  #room(id: number): Room {
    return this.#options.rooms.byId(id);
  }

  /** What holds in a room was changed, by somebody on whichever server. */
  #followRule({ roomId, asker, changes }: RuleCommand, origin: number): void {
    const room = this.#room(roomId);
    // A guest may have left while the log was waited for: the next guest of that name may be someone else.
    const still = changes.filter((change) =>
      change.kind !== "role" || isOfAccounts(change) || !change.held ||
      this.#isIn(room, change.nameKey)
    );
    this.#change(room, { changes: still, by: asker.name }, origin);
  }

  /** Whoever is taken out of a room loses what they were there; by their own wish they keep it. */
  #followRemoval({ roomId, asker, ...user }: RemoveCommand, origin: number): void {
    if (asker.nameKey === user.nameKey) return;
    const room = this.#room(roomId);
    this.#change(room, { changes: rolesTaken(room.law, user), by: asker.name }, origin);
  }

  /** Nobody else is there who would have to be told. */
  #followClaim({ roomId, nameKey, name }: ClaimCommand): void {
    const room = this.#room(roomId);
    const isGuest = nameKey.startsWith(guestPrefix);
    if (isGuest && !this.#isFirst(room, nameKey)) return;
    const role = isGuest ? "moderator" : "owner";
    const changes = [{ kind: "role", role, held: true, nameKey, name }] as const;
    this.#change(room, { changes, by: null }, noOrigin);
  }

  /** Of guests who claim a room on several servers at once, before these have told one another who is there, the log's first one has it. */
  #isFirst(room: Room, nameKey: string): boolean {
    const nowMs = performance.now();
    const { claimed } = room;
    if (claimed !== null && claimed.untilMs > nowMs && claimed.nameKey !== nameKey) return false;
    room.claimed = { nameKey, untilMs: nowMs + claimedMs };
    return this.#isIn(room, nameKey);
  }

  #change(
    room: Room,
    { changes, by }: Pick<LawCommand, "changes" | "by">,
    origin: number,
  ): void {
    const before = room.law;
    room.law = changedLaw(before, changes);
    for (const change of changes) {
      if (isOfAccounts(change) || change.kind !== "role") continue;
      for (const guest of this.#options.presence.sessions(change.nameKey)) {
        this.#options.presence.onChange?.(guest);
      }
    }
    if (changes.some((one) => one.kind === "entry" && one.list === "ban")) this.#uninvite(room);
    if (by === null || room.law === before) return;
    const what = { changes, before, after: room.law };
    const event: SessionEvent = { type: "ruled", room: nameOf(room), by, origin, ...what };
    for (const member of room.sessions) member.deliver(event);
    const asking = this.#options.presence.session(origin);
    if (asking !== undefined && !room.sessions.has(asking)) asking.deliver(event);
  }

  /**
   * Takes somebody out of a room, with all of their sessions, and their roles there with them.
   *
   * @param reason Why, for people; was checked by the wire.
   * @throws {RefusedError} where policy.ts does not allow it.
   * @throws {ChatError} `bad_name`, `no_such_room`, `slow_down`, `storage_failed`.
   */
  async remove(session: Session, name: string, user: User, reason?: string): Promise<void> {
    requireLive(session);
    this.#options.allowances.takeChange(session);
    const room = this.#options.rooms.get(name);
    await this.#turns.run(room.nameKey, async () => {
      requireAllowed(mayRemove(actorOf(session, room), room, this.#target(room, user)));
      requireDone(await this.#submitRemoval(session, room, user, reason ?? null));
    });
  }

  async #submitRemoval(
    session: Session,
    room: Room,
    { nameKey, name }: User,
    reason: string | null,
  ): Promise<OutcomeOf<"remove">> {
    const asker = askerIn(session, room);
    const removal = { roomId: room.id, asker, nameKey, name, reason };
    const command = { type: "remove", version: 1, ...removal } as const;
    return await translated(this.#options.log.submit(command, session.id));
  }

  /**
   * Bans somebody from a room: an account, or all guests who come from where this guest does. Who is there is taken out.
   *
   * @throws {RefusedError} where policy.ts does not allow it.
   * @throws {ChatError} `bad_name`, `no_such_room`, `too_many`, `slow_down`, `storage_failed`.
   */
  async ban(session: Session, name: string, user: User): Promise<void> {
    requireLive(session);
    this.#options.allowances.takeChange(session);
    const room = this.#options.rooms.get(name);
    const subject = subjectOf(user);
    const wanted: WantedChange = { kind: "entry", list: "ban", subject, listed: true };
    await this.#turns.run(room.nameKey, async () => {
      const actor = actorOf(session, room);
      const isThere = () => !room.isLobby && this.#target(room, user).belongs;
      const refusal = () => mayRemove(actor, room, this.#target(room, user));
      if (isThere()) requireAllowed(refusal());
      await this.#changeNow(session, room, [wanted]);
      // Also whoever has come while the log was waited for; a guest on another server may be there, and not told of yet.
      const refused = refusal();
      const mayBeThere = !user.account && refused?.reason === "target_outside";
      if (!room.isLobby && (isThere() ? refused === null : mayBeThere)) {
        await this.#submitRemoval(session, room, user, "Banned");
      }
    });
  }

  /**
   * Tells somebody that they are wanted in a room; a moderator's invitation also lets them in, whatever the rules are.
   *
   * @return Whether any session of theirs was `told`, and whether the invitation has `opened` the room.
   * @throws {RefusedError} where policy.ts does not allow it.
   * @throws {ChatError} `bad_name`, `no_such_room`, `forbidden` where they are in the room, `slow_down`.
   */
  invite(session: Session, name: string, user: User): { told: boolean; opened: boolean } {
    requireLive(session);
    this.#options.allowances.takeChange(session);
    const room = this.#options.rooms.get(name);
    const actor = actorOf(session, room);
    const target = this.#target(room, user);
    requireAllowed(mayInvite(actor, room, target));
    if (this.#isIn(room, user.nameKey)) {
      throw new ChatError("forbidden", `${user.name} is in ${room.name} already.`);
    }
    const opened = opensByInviting(actor, room);
    if (opened && !target.belongs) this.#open(room, user);
    const event: SessionEvent = { type: "invited", room: nameOf(room), by: session.user.name };
    let told = false;
    for (const one of this.#options.presence.sessions(user.nameKey)) {
      if (!one.showsInvitations) continue;
      one.deliver(event);
      told = true;
    }
    return { told, opened };
  }

  /**
   * What holds in a room. People who are not in it are not shown its lists and its key; a room that they do not see, not at all.
   *
   * @throws {ChatError} `bad_name`, `no_such_room`, `not_in_room`.
   */
  show(session: Session, name: string): ShownLaw {
    const room = this.#options.rooms.get(name);
    const actor = actorOf(session, room);
    if (!maySee(actor, room)) {
      throw new ChatError("not_in_room", "You are not in that room. Join it first.");
    }
    const { rules, roles, entries } = room.law;
    if (actor.inside || actor.rulesServer) return { rules, roles, entries };
    return { rules: { ...rules, roomKey: null }, roles, entries: [] };
  }

  /**
   * A room that nobody owns and to which nobody else belongs becomes the room of whoever has just entered it. A guest, of whom
   * nothing is kept, moderates it only.
   */
  async claim(room: Room, user: User): Promise<void> {
    const { nameKey, name, account } = user;
    if (!account && !this.#isIn(room, nameKey)) return;
    const isOwned = room.law.roles.some(({ roles }) => roles.includes("owner"));
    if (room.isLobby || isOwned) return;
    const others = [...room.sessions].some((one) => one.user.nameKey !== nameKey) ||
      [...room.members].some((member) => member !== nameKey);
    if (others) return;
    const command = { type: "claim", version: 1, roomId: room.id, nameKey, name } as const;
    // Where somebody else was quicker it is theirs.
    await translated(this.#options.log.submit(command));
  }

  /** What was set in a room that is nobody's any more does not bind whoever has entered it. */
  async makeUsual({ id, law }: Room, { nameKey }: User): Promise<void> {
    const changes = changesToUsual(law, nameKey);
    if (changedLaw(law, changes) === law) return;
    // Nobody else is there who would have to be told.
    const command = { type: "law", version: 1, roomId: id, changes, by: null } as const;
    await translated(this.#options.log.submit(command));
  }

  /** An account gets the roles of a guest who is about to sign in to it. */
  async giveRoles(room: Room, guest: User, account: User): Promise<void> {
    const changes = movedRoles(room.law, guest, account);
    if (changes.length === 0) return;
    const command = { type: "law", version: 1, roomId: room.id, changes, by: null } as const;
    await translated(this.#options.log.submit(command));
  }

  /** A guest has another name, or has signed in: the roles go along. */
  moveRoles(room: Room, before: User, after: User): void {
    if (!before.account) room.law = changedLaw(room.law, movedRoles(room.law, before, after));
    if (before.nameKey !== after.nameKey) this.guestLeft(room, before);
  }

  /** Roles of a guest end when the guest leaves. */
  guestLeft(room: Room, { nameKey, name, account }: User): void {
    if (account) return;
    room.law = changedLaw(room.law, rolesTaken(room.law, { nameKey, name }));
    if (room.claimed?.nameKey === nameKey) room.claimed = null;
  }

  /** What a guest on another server is in a room, as that server says. Nobody is told: whoever has changed it was followed. */
  setGuestRoles(room: Room, { nameKey, name }: User, roles: readonly Role[]): void {
    const held = holderOf(room.law, nameKey)?.roles ?? [];
    const role = (role: Role, held: boolean) =>
      ({ kind: "role", role, nameKey, name, held }) as const;
    const taken = held.filter((one) => !roles.includes(one)).map((one) => role(one, false));
    const given = roles.filter((one) => !held.includes(one)).map((one) => role(one, true));
    room.law = changedLaw(room.law, [...taken, ...given]);
  }

  /** A guest has gone, or has another name: invitations end, since the next guest of that name may be someone else. */
  guestGone({ nameKey }: User): void {
    for (const room of this.#invitedGuests.get(nameKey) ?? []) room.invited.delete(nameKey);
    this.#invitedGuests.delete(nameKey);
  }

  /** Lets somebody in, whatever the rules are; of too many who do not come, the first is forgotten. */
  #open(room: Room, { nameKey, account }: User): void {
    const { invited } = room;
    invited.delete(nameKey);
    invited.add(nameKey);
    const [first] = invited;
    if (invited.size > invitationsMax) invited.delete(first!);
    if (account) return;
    const rooms = this.#invitedGuests.get(nameKey) ?? new Set();
    this.#invitedGuests.set(nameKey, rooms.add(room));
  }

  /** A ban ends the invitations that came before it. */
  #uninvite(room: Room): void {
    for (const nameKey of room.invited) {
      const account = !nameKey.startsWith(guestPrefix);
      const user = this.#options.presence.user(nameKey) ?? { name: nameKey, nameKey, account };
      if (isBanned(user, room.law)) room.invited.delete(nameKey);
    }
  }

  #target(room: Room, user: User): Target {
    return { user, belongs: belongsTo(user, room) || this.#isIn(room, user.nameKey) };
  }

  #isIn(room: Room, nameKey: string): boolean {
    for (const session of this.#options.presence.sessions(nameKey)) {
      if (session.rooms.has(room)) return true;
    }
    return false;
  }
}

/** Whom a ban of somebody is about. Guests change their names as they like, so they are known by where they come from. */
export function subjectOf(user: User): Subject {
  if (user.account) return { account: user.nameKey };
  const face = faceOf(user);
  return { mask: `*!*${face.slice(face.lastIndexOf("@"))}` };
}
