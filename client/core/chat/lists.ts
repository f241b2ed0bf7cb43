/**
 * Lists that the server gives in pages, fetched whole.
 *
 * @module
 */
import { listPageMax, roomsMax } from "../../../protocol/wire/limits.ts";
import type { ReplyOf } from "../../../protocol/wire/requests.ts";
import type { Requester } from "../link/server_link.ts";

/** Names that are fetched; more people than this are on no server, so one that goes on is not honest. */
const namesMax = 100_000;

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
    const goesOn = page.more && names.length + listPageMax <= namesMax;
    if (!goesOn || !isLater(names.at(-1), after)) return names.filter(isHarmless);
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
    const goesOn = page.more && rooms.length < roomsMax;
    if (!goesOn || !isLater(rooms.at(-1)?.name, after)) {
      return rooms.filter(({ name }) => isHarmless(name));
    }
  }
}

/** Whether a page has led on: a server that repeats itself is not asked for ever. */
function isLater(last: string | undefined, after: string | undefined): boolean {
  return last !== undefined && (after === undefined || last > after);
}

/** Each name begins a line where it is listed: what no name can hold could pass for a message of somebody there. */
function isHarmless(name: string): boolean {
  return !/[\s*\p{C}]/u.test(name);
}
