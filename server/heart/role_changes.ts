/**
 * Changes of roles that come with other changes: whoever leaves loses them, and a guest takes them along.
 *
 * @module
 */
import { guestPrefix } from "../../protocol/names/guest_names.ts";
import { holderOf, type RoomChange } from "../storage/room_law.ts";
import type { Room, User } from "./session.ts";

/** Whether a change may be stored: roles of guests are not. */
export function isOfAccounts(change: RoomChange): boolean {
  return change.kind !== "role" || !change.nameKey.startsWith(guestPrefix);
}

/** All roles of somebody, taken. */
export function rolesTaken(
  room: Room,
  { nameKey, name }: Pick<User, "nameKey" | "name">,
): RoomChange[] {
  const held = holderOf(room.law, nameKey)?.roles ?? [];
  return held.map((role) => ({ kind: "role", role, nameKey, name, held: false }));
}

/** The roles of a guest, given to whoever the guest is from now on. */
export function movedRoles(room: Room, before: User, { nameKey, name }: User): RoomChange[] {
  if (before.account) return [];
  const held = holderOf(room.law, before.nameKey)?.roles ?? [];
  return held.map((role) => ({ kind: "role", role, nameKey, name, held: true }));
}
