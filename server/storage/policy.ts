/**
 * Who may do what in a room, decided by its roles, rules and lists alone: the same for every wire, on every server, and after every
 * restart. Asked by the heart before somebody has to wait for the log, and again when a command is applied, which decides.
 * Nothing here waits, remembers or changes anything.
 *
 * @module
 */
import type { Role, RoomList } from "../../protocol/wire/room_rules.ts";
import { matcherOf } from "../common/mask.ts";
import { sameText } from "../common/same_text.ts";
import { faceOf, type KnownUser } from "./face.ts";
import { holderOf, type ListEntry, type RoomLaw, type Subject } from "./room_law.ts";

/** Someone who wants something in a room. */
export interface Actor {
  readonly user: KnownUser;
  /** Whether the session that asks is in the room. */
  readonly inside: boolean;
  /** Whether the user is an operator of the server. */
  readonly rulesServer: boolean;
}

/** Folded names, of which it can be asked whether one is among them. */
export type NameKeys = Pick<ReadonlySet<string>, "has">;

/** A room, as far as it is decided by it. */
export interface RuledRoom {
  /** The name with its `#`. */
  readonly name: string;
  /** Whether it is the room that everyone is in, which nobody owns. */
  readonly isLobby: boolean;
  readonly law: RoomLaw;
  /** Folded names of the accounts that belong to it; empty for the lobby, to which all accounts belong. */
  readonly members: NameKeys & { readonly size: number };
  /** Folded names of people who were invited by someone who may let them in, and have not come yet. */
  readonly invited: NameKeys;
  /** How many people are there. */
  readonly people: number;
  /** How many sessions are let in and wait for the log. */
  readonly arriving: number;
  /** Those whom the log has let in and whom their own server has not told of yet. */
  readonly awaited: { readonly size: number };
}

/** Someone to whom something is to happen in a room. */
export interface Target {
  readonly user: KnownUser;
  /** Whether the user belongs to the room or is there. */
  readonly belongs: boolean;
}

/** A role that is to be given or taken. */
export interface Grant extends Target {
  readonly role: Role;
  /** Whether it is given. */
  readonly held: boolean;
}

/** Why something is refused. */
export interface Refusal {
  /** For wires that have a reply of their own for it. */
  readonly reason:
    | "banned"
    | "not_invited"
    | "wrong_key"
    | "full"
    | "outside"
    | "no_voice"
    | "muted"
    | "questions"
    | "not_moderator"
    | "not_owner"
    | "guest"
    | "target_outside";
  /** For people: what is wrong, and who could help. */
  readonly message: string;
}

/**
 * Whether someone may enter a room. Whoever belongs to it or rules it may, whatever its rules are; an invitation opens everything, and
 * a room that is nobody's is closed to nobody.
 *
 * @param roomKey What was given as the room's key.
 */
export function mayEnter(actor: Actor, room: RuledRoom, roomKey?: string): Refusal | null {
  const { user } = actor;
  if (belongsTo(user, room) || room.invited.has(user.nameKey)) return null;
  if (isModerator(actor, room.law)) return null;
  const refused = keptOut(user, room, roomKey);
  return refused === null || isDeserted(room) ? null : refused;
}

/**
 * Why the rules of a room keep a stranger out. That there is such a room cannot be hidden from someone who names it, since it would be
 * made otherwise; where it is not to be listed, at least nobody in it is named.
 */
function keptOut(user: KnownUser, room: RuledRoom, roomKey = ""): Refusal | null {
  const { name, law: { rules } } = room;
  const refused = (reason: Refusal["reason"], text: string, what: string): Refusal =>
    rules.listed
      ? refusal(reason, text, room, what)
      : { reason, message: `${text} Ask somebody in it ${what}.` };
  if (isBanned(user, room.law)) {
    return refused("banned", `You are banned from ${name}.`, "to let you in");
  }
  if (rules.invited && !isOn(room.law, "welcome", user)) {
    return refused("not_invited", `${name} is for invited people only.`, "to invite you");
  }
  if (rules.roomKey !== null && !sameText(rules.roomKey, roomKey)) {
    const text = roomKey === ""
      ? `${name} has a key, which has to be given to enter.`
      : `That is not the key of ${name}.`;
    return refused("wrong_key", text, "for it");
  }
  const taken = room.people + room.arriving + room.awaited.size;
  if (rules.peopleMax !== null && taken >= rules.peopleMax) {
    return refused("full", `${name} is full.`, "to invite you");
  }
  return null;
}

/**
 * Whether a room is nobody's: no account belongs to it or rules it, and nobody is there. Guests leave such rooms behind, whose roles end
 * when they go; what they have set there must not keep a name from everybody for ever.
 */
export function isDeserted(room: RuledRoom): boolean {
  const { isLobby, law, members, people, arriving, awaited } = room;
  if (isLobby || people + arriving + awaited.size > 0) return false;
  const isRuled = law.roles.some(({ roles }) =>
    roles.some((role) => ranks[role] >= ranks.moderator)
  );
  return !isRuled && members.size === 0;
}

/**
 * Whether someone may say something in a room.
 *
 * @param what A post, or a question from one program to others, which is not stored.
 */
export function maySpeak(
  actor: Actor,
  room: RuledRoom,
  what: "post" | "question" = "post",
): Refusal | null {
  const { law, name } = room;
  if (!actor.inside && !law.rules.outsiders) {
    return { reason: "outside", message: "You are not in that room. Join it first." };
  }
  if (what === "question" && !law.rules.questions) {
    return { reason: "questions", message: `Programs may not ask questions (CTCP) in ${name}.` };
  }
  if (law.rules.speakers === "everyone" && law.entries.length === 0) return null;
  if (rankOf(actor, law) >= ranks.voiced) return null;
  if (law.rules.speakers === "voiced") {
    return refusal("no_voice", `Only people with a voice may speak in ${name}.`, room, "for one");
  }
  return silenced(actor, room, "to let you speak");
}

/** Whether someone may take a message back in a room: people who are there may, their own, and moderators those of others. */
export function mayTakeBack({ inside, rulesServer }: Actor): Refusal | null {
  return inside || rulesServer ? null : notInside;
}

/** Why somebody without a role may say nothing in a room, by whatever way; null where that is not so. */
function silenced({ user }: Actor, room: RuledRoom, what: string): Refusal | null {
  const { law, name } = room;
  if (isListed(law, "ban", user)) {
    return refusal("banned", `You are banned from ${name}.`, room, what);
  }
  if (isListed(law, "mute", user)) {
    return refusal("muted", `You are muted in ${name}.`, room, what);
  }
  return null;
}

/** Whether someone may set the topic of a room: everyone in it reads it, as what is said. */
export function maySetTopic(actor: Actor, room: RuledRoom): Refusal | null {
  if (!actor.inside && !actor.rulesServer) return notInside;
  const rank = rankOf(actor, room.law);
  if (rank >= ranks.moderator) return null;
  if (room.law.rules.topic === "everyone") {
    return rank >= ranks.voiced ? null : silenced(actor, room, "to set the topic");
  }
  const text = `Only moderators may set the topic of ${room.name}.`;
  return refusal("not_moderator", text, room, "to set it");
}

/** Whether someone may change the rules and lists of a room. */
export function mayRule(actor: Actor, room: RuledRoom): Refusal | null {
  if (!actor.inside && !actor.rulesServer) return notInside;
  if (rankOf(actor, room.law) >= ranks.moderator) return null;
  return refusal("not_moderator", `You are not a moderator of ${room.name}.`, room, "for help");
}

/** Whether someone may take someone else out of a room. An owner is taken out by nobody but operators of the server. */
export function mayRemove(actor: Actor, room: RuledRoom, target: Target): Refusal | null {
  const refused = mayRule(actor, room);
  if (refused !== null) return refused;
  const { user } = target;
  if (!target.belongs) return targetOutside(user, room);
  const isOwner = rankIn(room.law, user) >= ranks.owner;
  if (!isOwner || actor.rulesServer || user.nameKey === actor.user.nameKey) return null;
  return {
    reason: "not_owner",
    message: `${user.name} owns ${room.name} and cannot be removed from it.`,
  };
}

/**
 * Whether someone may give or take a role. Anyone may give up what they are; owners are made and unmade by owners, all else is
 * the moderators' to give and to take.
 */
export function mayGrant(actor: Actor, room: RuledRoom, grant: Grant): Refusal | null {
  if (!actor.inside && !actor.rulesServer) return notInside;
  const { user, role, held } = grant;
  const isOwn = user.nameKey === actor.user.nameKey;
  if (isOwn && !held) return null;
  const rank = rankOf(actor, room.law);
  if (role === "owner" && rank < ranks.owner) {
    const text = `Only an owner of ${room.name} may make or unmake owners.`;
    return refusal("not_owner", text, room, "for it");
  }
  if (rank < ranks.moderator) {
    return refusal("not_moderator", `You are not a moderator of ${room.name}.`, room, "for help");
  }
  if (role === "owner" && held && !user.account) {
    const message = `${user.name} is a guest: only people with an account can own a room.`;
    return { reason: "guest", message };
  }
  return held && !grant.belongs ? targetOutside(user, room) : null;
}

/**
 * Whether someone may invite others into a room. Where only invited people may enter, moderators invite; elsewhere everyone in the
 * room may, but only a moderator's invitation opens what rules close ({@linkcode opensByInviting}).
 */
export function mayInvite(actor: Actor, room: RuledRoom, target: Target): Refusal | null {
  if (!actor.inside && !actor.rulesServer) return notInside;
  if (room.law.rules.invited && !opensByInviting(actor, room)) {
    const text = `Only moderators may invite people into ${room.name}.`;
    return refusal("not_moderator", text, room, `to invite ${target.user.name}`);
  }
  return null;
}

/** Whether an invitation by someone lets others in, whatever the rules are. */
export function opensByInviting(actor: Actor, { law }: Pick<RuledRoom, "law">): boolean {
  return rankOf(actor, law) >= ranks.moderator;
}

/** Whether someone sees a room in lists, with its topic and with who is there. */
export function maySee(actor: Actor, room: RuledRoom): boolean {
  if (actor.inside || actor.rulesServer || belongsTo(actor.user, room)) return true;
  const { invited, roomKey, listed } = room.law.rules;
  return listed && !invited && roomKey === null;
}

/** Whether someone rules a room: its owners and moderators do, and operators of the server. */
export function isModerator(actor: Pick<Actor, "user" | "rulesServer">, law: RoomLaw): boolean {
  return rankOf(actor, law) >= ranks.moderator;
}

/** Whether someone is banned, unless the person rules the room. */
export function isBanned(user: KnownUser, law: RoomLaw): boolean {
  return rankIn(law, user) < ranks.moderator && isListed(law, "ban", user);
}

/** Whether a user belongs to a room: all accounts belong to the lobby. */
export function belongsTo(
  { account, nameKey }: KnownUser,
  { isLobby, members }: Pick<RuledRoom, "isLobby" | "members">,
): boolean {
  return account && (isLobby || members.has(nameKey));
}

/** What counts for what: a higher rank may do all that a lower one may. */
const ranks = { member: 0, voiced: 1, moderator: 2, owner: 3, server: 4 } as const;

function rankOf({ user, rulesServer }: Pick<Actor, "user" | "rulesServer">, law: RoomLaw): number {
  return rulesServer ? ranks.server : rankIn(law, user);
}

function rankIn(law: RoomLaw, { nameKey }: KnownUser): number {
  const held = holderOf(law, nameKey)?.roles ?? [];
  return held.reduce<number>((rank, role) => Math.max(rank, ranks[role]), ranks.member);
}

/** Whether someone is on a list and not excepted from it. */
function isListed(law: RoomLaw, list: "ban" | "mute", user: KnownUser): boolean {
  return isOn(law, list, user) && !isOn(law, `${list}_exception`, user);
}

/**
 * Who is on which lists, as it was found: neither a law nor a user ever changes. A hundred masks cost more than everything else
 * that a post does here.
 */
const found = new WeakMap<RoomLaw, WeakMap<KnownUser, Map<RoomList, boolean>>>();

function isOn(law: RoomLaw, list: RoomList, user: KnownUser): boolean {
  if (law.entries.length === 0) return false;
  let ofLaw = found.get(law);
  if (ofLaw === undefined) found.set(law, ofLaw = new WeakMap());
  let ofUser = ofLaw.get(user);
  if (ofUser === undefined) ofLaw.set(user, ofUser = new Map());
  let isThere = ofUser.get(list);
  if (isThere === undefined) {
    isThere = law.entries.some((entry) => entry.list === list && isAbout(entry, user));
    ofUser.set(list, isThere);
  }
  return isThere;
}

/** Masks as functions: each is read once. */
const matchers = new WeakMap<Subject, (face: string) => boolean>();

function isAbout({ subject }: ListEntry, user: KnownUser): boolean {
  if ("account" in subject) return user.account && user.nameKey === subject.account;
  let matches = matchers.get(subject);
  if (matches === undefined) matchers.set(subject, matches = matcherOf(subject.mask));
  return matches(faceOf(user));
}

const notInside: Refusal = {
  reason: "outside",
  message: "You are not in that room. Join it first.",
};

function targetOutside(user: KnownUser, { name }: RuledRoom): Refusal {
  return { reason: "target_outside", message: `${user.name} is not in ${name}.` };
}

function refusal(
  reason: Refusal["reason"],
  text: string,
  room: RuledRoom,
  what: string,
): Refusal {
  const helping = reason === "not_owner" ? helpingRoles.slice(0, 1) : helpingRoles;
  return { reason, message: `${text} Ask ${helpersOf(room, helping)} ${what}.` };
}

/** People who are named as those who could help. */
const helpersMax = 2;

/** Roles that can help, with what is said of people who have them. */
const helpingRoles = [["owner", "owns"], ["moderator", "moderates"]] as const;

/** Who could help in a room: its owners, else its moderators, else operators of the server. */
function helpersOf({ name, law }: RuledRoom, helping: Iterable<readonly [Role, string]>): string {
  for (const [role, words] of helping) {
    const names = law.roles.filter(({ roles }) => roles.includes(role))
      .map((holder) => holder.name).slice(0, helpersMax);
    if (names.length === 1) return `${names[0]}, who ${words} ${name},`;
    if (names.length > 1) return `${names.join(" or ")}, who ${words.slice(0, -1)} ${name},`;
  }
  return "an operator of the server";
}
