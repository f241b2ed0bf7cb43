/**
 * What holds in a room, as it is stored: roles, rules and lists; and how a change of them is applied, the same for the heart's
 * memory and for every store.
 *
 * @module
 */
import { guestPrefix } from "../../protocol/names/guest_names.ts";
import {
  type Role,
  type RoomList,
  type RoomRules,
  usualRules,
  withRules,
} from "../../protocol/wire/room_rules.ts";

/** Someone with one role or more in a room. */
export interface RoleHolder {
  /** The folded name. */
  readonly nameKey: string;
  /** The name as shown. */
  readonly name: string;
  readonly roles: readonly Role[];
}

/** Whom an entry of a list is about: an account, or everyone who fits a mask of `nick!user@host`. */
export type Subject =
  | { readonly account: string }
  | { readonly mask: string };

/** An entry of a list. */
export interface ListEntry {
  readonly list: RoomList;
  readonly subject: Subject;
  /** Who set it, as shown. */
  readonly by: string;
  /** When it was set: milliseconds since 1970. */
  readonly timeMs: number;
}

/** What holds in a room. Never changed in place: a change makes a new one. */
export interface RoomLaw {
  /** Each holder once, sorted by folded name. */
  readonly roles: readonly RoleHolder[];
  readonly rules: RoomRules;
  /** The oldest first. */
  readonly entries: readonly ListEntry[];
}

/** One change of what holds in a room. */
export type RoomChange =
  | {
    readonly kind: "role";
    readonly role: Role;
    readonly nameKey: string;
    readonly name: string;
    readonly held: boolean;
  }
  | { readonly kind: "rules"; readonly rules: Partial<RoomRules> }
  | ({ readonly kind: "entry"; readonly listed: boolean } & ListEntry);

/** What holds in a room in which nobody has any role and nothing was changed. */
export const usualLaw: RoomLaw = { roles: [], rules: usualRules, entries: [] };

/** The changes after which a room holds nothing that was set before: as a new one, but for the roles of one user. */
export function changesToUsual(law: RoomLaw, nameKey: string): RoomChange[] {
  const roles = law.roles.filter((holder) => holder.nameKey !== nameKey)
    .flatMap((holder) => rolesTaken(law, holder)).filter(isOfAccounts);
  const entries = law.entries.map((entry) => ({ kind: "entry", listed: false, ...entry }) as const);
  return [{ kind: "rules", rules: usualRules }, ...roles, ...entries];
}

/** What a room is made with: whoever makes it owns it. */
export function lawOfOwner(owner: { nameKey: string; name: string } | null): RoomLaw {
  if (owner === null) return usualLaw;
  const { nameKey, name } = owner;
  return changedLaw(usualLaw, [{ kind: "role", role: "owner", held: true, nameKey, name }]);
}

/**
 * Applies changes, one after the other. One that changes nothing is passed over.
 *
 * @param law What held before.
 * @param changes The changes.
 * @return What holds after them; the same object where nothing was changed.
 */
export function changedLaw(law: RoomLaw, changes: readonly RoomChange[]): RoomLaw {
  return changes.reduce(changedOnce, law);
}

function changedOnce(law: RoomLaw, change: RoomChange): RoomLaw {
  switch (change.kind) {
    case "role":
      return withRole(law, change);
    case "rules": {
      const isSame = Object.entries(change.rules).every(([rule, value]) =>
        value === undefined || law.rules[rule as keyof RoomRules] === value
      );
      return isSame ? law : { ...law, rules: withRules(law.rules, change.rules) };
    }
    case "entry":
      return withEntry(law, change);
  }
}

function withRole(law: RoomLaw, change: Extract<RoomChange, { kind: "role" }>): RoomLaw {
  const { role, nameKey, name, held } = change;
  // Not by the index, which a law that only stands between two changes would be given for nothing.
  const before = law.roles.find((holder) => holder.nameKey === nameKey)?.roles ?? [];
  if (before.includes(role) === held) return law;
  const after = held ? [...before, role].sort() : before.filter((other) => other !== role);
  const others = law.roles.filter((holder) => holder.nameKey !== nameKey);
  const holders = after.length === 0 ? others : [...others, { nameKey, name, roles: after }];
  return { ...law, roles: holders.sort((a, b) => a.nameKey < b.nameKey ? -1 : 1) };
}

/** Holders by folded name: a law never changes, so it is looked through once. */
const indexes = new WeakMap<RoomLaw, ReadonlyMap<string, RoleHolder>>();

/** What someone is in a room; undefined for people without a role. */
export function holderOf(law: RoomLaw, nameKey: string): RoleHolder | undefined {
  let index = indexes.get(law);
  if (index === undefined) {
    index = new Map(law.roles.map((holder) => [holder.nameKey, holder]));
    indexes.set(law, index);
  }
  return index.get(nameKey);
}

/** Whether a change is stored: roles of guests are not, since the next guest of that name may be someone else. */
export function isOfAccounts(change: RoomChange): boolean {
  return change.kind !== "role" || !change.nameKey.startsWith(guestPrefix);
}

/** All roles of somebody, taken: whoever is taken out of a room, or leaves it as a guest, loses them. */
export function rolesTaken(
  law: RoomLaw,
  { nameKey, name }: Pick<RoleHolder, "nameKey" | "name">,
): RoomChange[] {
  const held = holderOf(law, nameKey)?.roles ?? [];
  return held.map((role) => ({ kind: "role", role, nameKey, name, held: false }));
}

/** The roles of a guest, given to whoever the guest is from now on. */
export function movedRoles(
  law: RoomLaw,
  guest: Pick<RoleHolder, "nameKey">,
  { nameKey, name }: Pick<RoleHolder, "nameKey" | "name">,
): RoomChange[] {
  const held = holderOf(law, guest.nameKey)?.roles ?? [];
  return held.map((role) => ({ kind: "role", role, nameKey, name, held: true }));
}

function withEntry(law: RoomLaw, change: Extract<RoomChange, { kind: "entry" }>): RoomLaw {
  const { list, subject, by, timeMs, listed } = change;
  const isThis = (entry: ListEntry) =>
    entry.list === list && subjectText(entry.subject) === subjectText(subject);
  if (law.entries.some(isThis) === listed) return law;
  const entries = listed
    ? [...law.entries, { list, subject, by, timeMs }]
    : law.entries.filter((entry) => !isThis(entry));
  return { ...law, entries };
}

/** A subject as one text, by which entries are told apart: masks regardless of letter case. */
export function subjectText(subject: Subject): string {
  return "account" in subject ? `account ${subject.account}` : `mask ${subject.mask.toLowerCase()}`;
}
