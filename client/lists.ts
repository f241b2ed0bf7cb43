/**
 * Lists that the server gives in pages, fetched whole.
 *
 * @module
 */
import type { ReplyOf } from "../protocol/messages.ts";
import type { Requester } from "./line.ts";

/** A room as the server lists it. */
export type ListedRoom = ReplyOf<"rooms">["rooms"][number];

/**
 * Everyone online.
 *
 * @param request Makes a request.
 * @param room Only those in this room.
 */
export async function allNames(request: Requester, room?: string): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const after = names.at(-1);
    const page = await request("who", {
      ...(room === undefined ? {} : { room }),
      ...(after === undefined ? {} : { after }),
    });
    names.push(...page.names);
    if (!page.more || page.names.length === 0) return names;
  }
}

/**
 * Every room.
 *
 * @param request Makes a request.
 */
export async function allRooms(request: Requester): Promise<ListedRoom[]> {
  const rooms: ListedRoom[] = [];
  for (;;) {
    const after = rooms.at(-1)?.name;
    const page = await request("rooms", after === undefined ? {} : { after });
    rooms.push(...page.rooms);
    if (!page.more || page.rooms.length === 0) return rooms;
  }
}
