/**
 * Own sessions as other servers are told of them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ToldSession } from "../storage/whispers.ts";
import { holderOf } from "../storage/room_law.ts";
import type { Room, Session } from "./session.ts";

/** What is told at once has fewer bytes: with what was said on going it must fit what a server hears, however long names and profiles are. */
const bytesMax = 200_000;

/** A session as other servers are told of it. */
export function toldOf(session: Session): ToldSession {
  const { id, user, rooms, followsAccount, connection, secure, sinceMs, namedMs } = session;
  const { opensSealed, showsInvitations, profile } = session;
  const { name, nameKey, account, origin = null } = user;
  return {
    ...{ id, name, nameKey, account, origin },
    rooms: Array.from(rooms, (room) => room.id),
    ...{ followsAccount, wire: connection.wire, secure, opensSealed, showsInvitations },
    ...{ sinceMs, namedMs, profile },
    roles: account ? [] : Array.from(rooms, (room) => rolesIn(room, nameKey)).filter(hasSome),
  };
}

type RolesIn = ToldSession["roles"][number];

function rolesIn(room: Room, nameKey: string): RolesIn {
  return [room.id, holderOf(room.law, nameKey)?.roles ?? []];
}

function hasSome([, roles]: RolesIn): boolean {
  return roles.length > 0;
}

/** Sessions in pieces that can be told at once; one, which may be empty, at least. */
export function piecesOf(sessions: readonly ToldSession[]): ToldSession[][] {
  const pieces: ToldSession[][] = [[]];
  let bytes = 0;
  for (const session of sessions) {
    const length = Buffer.byteLength(JSON.stringify(session));
    bytes += length;
    if (bytes > bytesMax && pieces.at(-1)!.length > 0) {
      pieces.push([]);
      bytes = length;
    }
    pieces.at(-1)!.push(session);
  }
  return pieces;
}
