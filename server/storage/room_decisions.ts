/**
 * What is decided when a command is applied, by what is stored then: whether somebody enters a room, rules it, takes somebody out of
 * it. The same for every store, and on every server.
 *
 * @module
 */
import { guestPrefix } from "../../protocol/names/guest_names.ts";
import { roleHoldersMax, roomEntriesMax } from "../../protocol/wire/limits.ts";
import type {
  Asker,
  ClaimCommand,
  EnterCommand,
  NotAllowed,
  Refused,
  RemoveCommand,
  RuleCommand,
  TopicCommand,
} from "./commands.ts";
import type { KnownUser } from "./face.ts";
import {
  type Actor,
  isBanned,
  mayEnter,
  mayGrant,
  mayRemove,
  mayRule,
  maySetTopic,
  type Refusal,
  type RuledRoom,
} from "./policy.ts";
import { changedLaw, isOfAccounts, type RoomChange, type RoomLaw } from "./room_law.ts";
import { lobbyName } from "./room_storage.ts";

/** A room as it is stored, as far as it is decided by it. */
export interface StoredRoom {
  readonly name: string;
  readonly law: RoomLaw;
  readonly entries: number;
  /** Whether an account belongs to it, by its folded name; the lobby has no list. */
  readonly isMember: (nameKey: string) => boolean;
  /** How many accounts belong to it; asked only where that matters, since a room may have very many. */
  readonly memberCount: () => number;
}

/**
 * Whether somebody enters a room.
 *
 * @return Why not; null where it is allowed.
 */
export function whyNotEnter(command: EnterCommand, room: StoredRoom): Refusal | null {
  const { asker, opened, roomKey } = command;
  const actor = actorIn(room, asker);
  const isOpened = opened === "bans" || opened === "rules" && !isBanned(actor.user, room.law);
  return mayEnter(actor, {
    ...ruled(room, asker),
    invited: { has: () => isOpened },
    people: command.people + room.entries - command.entries,
  }, roomKey ?? undefined);
}

/**
 * What holds in a room after somebody has changed it.
 *
 * @return The law, the same object where nothing of it has changed; or why it stays as it is.
 */
export function lawRuled(
  { asker, changes }: RuleCommand,
  room: StoredRoom,
): RoomLaw | NotAllowed | Refused<"too_many_entries" | "too_many_roles"> {
  const actor = actorIn(room, asker);
  let law = room.law;
  for (const change of changes) {
    const refusal = whyNotChange(actor, ruled(room, asker, law), change);
    if (refusal !== null) return { refused: "not_allowed", why: refusal };
    if (isOfAccounts(change)) law = changedLaw(law, [change]);
  }
  const tooMany = tooMuchLaw(law, room.law);
  return tooMany === null ? law : { refused: tooMany };
}

function whyNotChange(actor: Actor, room: RuledRoom, change: RoomChange): Refusal | null {
  if (change.kind !== "role") return mayRule(actor, room);
  const { role, held, name, nameKey } = change;
  const user = userOf(name, nameKey);
  return mayGrant(actor, room, { user, role, held, belongs: mayBelong(user, room) });
}

/**
 * Whether somebody takes somebody out of a room.
 *
 * @return Why not; null where it is allowed.
 */
export function whyNotRemove(
  { asker, nameKey, name }: RemoveCommand,
  room: StoredRoom,
): Refusal | null {
  const user = userOf(name, nameKey);
  const ruledRoom = ruled(room, asker);
  return mayRemove(actorIn(room, asker), ruledRoom, { user, belongs: mayBelong(user, ruledRoom) });
}

/**
 * Whether somebody sets a topic.
 *
 * @return Why not; null where it is allowed, or nobody has to be.
 */
export function whyNotSetTopic(command: TopicCommand, room: StoredRoom): Refusal | null {
  if (command.version === 1) return null;
  return maySetTopic(actorIn(room, command.asker), ruled(room, command.asker));
}

/**
 * What is stored of a room after somebody has claimed it; null where it is not free.
 *
 * @param others Whether somebody else belongs to it.
 */
export function lawClaimed(
  { nameKey, name }: ClaimCommand,
  { name: room, law }: Pick<StoredRoom, "name" | "law">,
  others: boolean,
): RoomLaw | null {
  if (others || room === lobbyName) return null;
  if (law.roles.some(({ roles }) => roles.includes("owner"))) return null;
  const change = { kind: "role", role: "owner", held: true, nameKey, name } as const;
  return isOfAccounts(change) ? changedLaw(law, [change]) : law;
}

/** What of a room's law is more than it may be; null where nothing is. What there is already may stay. */
export function tooMuchLaw(
  after: RoomLaw,
  before: RoomLaw,
): "too_many_entries" | "too_many_roles" | null {
  if (after.entries.length > Math.max(roomEntriesMax, before.entries.length)) {
    return "too_many_entries";
  }
  if (after.roles.length > Math.max(roleHoldersMax, before.roles.length)) return "too_many_roles";
  return null;
}

function userOf(name: string, nameKey: string): KnownUser {
  return { name, nameKey, account: !nameKey.startsWith(guestPrefix) };
}

/** Of guests nothing is stored: their own server has seen whether they are there. */
function mayBelong({ account, nameKey }: KnownUser, room: RuledRoom): boolean {
  return !account || room.isLobby || room.members.has(nameKey);
}

/** Who asks, as policy.ts sees it. */
function actorIn({ name, isMember }: StoredRoom, asker: Asker): Actor {
  const { account, nameKey, origin } = asker;
  const user = { name: asker.name, nameKey, account, origin: origin ?? undefined };
  const belongs = !account || name === lobbyName || isMember(nameKey);
  return { user, inside: asker.inside && belongs, rulesServer: asker.rulesServer };
}

/** The room as policy.ts sees it: a guest who asks has the roles that its server knows of. */
function ruled(room: StoredRoom, asker: Asker, changed = room.law): RuledRoom {
  const { name, isMember } = room;
  const { nameKey } = asker;
  const own = asker.account ? [] : asker.roles;
  const given = own.map((role) =>
    ({ kind: "role", role, held: true, nameKey, name: asker.name }) as const
  );
  return {
    name,
    isLobby: name === lobbyName,
    law: changedLaw(changed, given),
    members: {
      has: isMember,
      get size() {
        return room.memberCount();
      },
    },
    invited: { has: () => false },
    people: 0,
    arriving: 0,
    awaited: { size: 0 },
  };
}
