/**
 * What IRC knows of a room beside what the heart does: metadata and events. Kept in memory while anyone belongs to it.
 *
 * @module
 */
import type { Room } from "../../../heart/session.ts";
import { holderOf, type RoomLaw } from "../../../storage/room_law.ts";
import { ChannelEvents } from "./channel_events.ts";

/** A room as IRC sees it. */
export class Channel {
  readonly room: Room;
  readonly metadata = new Map<string, string>();
  /** What happened here beside what was said. */
  readonly events = new ChannelEvents();
  readonly createdMs: number;

  /**
   * @param room The room.
   * @param nowMs Milliseconds since 1970.
   */
  constructor(room: Room, nowMs: number) {
    this.room = room;
    this.createdMs = nowMs;
  }
}

/** Someone, by the folded name in the heart. */
type Named = { readonly nameKey: string };

/** Whether someone has the letter `o` in a room: owners and moderators have. */
export function isChannelOperator(law: RoomLaw, { nameKey }: Named): boolean {
  const roles = holderOf(law, nameKey)?.roles ?? [];
  return roles.includes("owner") || roles.includes("moderator");
}

/** Whether someone has the letter `v` in a room. */
export function isVoiced(law: RoomLaw, { nameKey }: Named): boolean {
  return holderOf(law, nameKey)?.roles.includes("voiced") ?? false;
}

/** What stands before a nick: the highest sign of its rank, or all of them. */
export function signsOf(law: RoomLaw, named: Named, all: boolean): string {
  const signs = `${isChannelOperator(law, named) ? "@" : ""}${isVoiced(law, named) ? "+" : ""}`;
  return all ? signs : signs.slice(0, 1);
}
