/**
 * Who asks for something in a room: as policy.ts sees it now, and as a command says it to whoever applies it.
 *
 * @module
 */
import type { Asker } from "../storage/commands.ts";
import type { Actor } from "../storage/policy.ts";
import { holderOf } from "../storage/room_law.ts";
import type { Room, Session, User } from "./session.ts";

/** A session as policy.ts sees it in a room. */
export function actorOf(session: Session, room: Room): Actor {
  const { user, rulesServer } = session;
  return { user, rulesServer, inside: session.rooms.has(room) };
}

/**
 * A session as a command says it.
 *
 * @param user Whom it speaks for, or is about to.
 */
export function askerIn(session: Session, room: Room, user: User = session.user): Asker {
  const { name, nameKey, account, origin = null } = user;
  const roles = account ? [] : holderOf(room.law, nameKey)?.roles ?? [];
  const { rulesServer } = session;
  return { name, nameKey, account, origin, rulesServer, inside: session.rooms.has(room), roles };
}
