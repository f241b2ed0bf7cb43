/**
 * How far a client's account has read. What a client got counts once something was heard from the client afterwards: one whose
 * connection is dead, and not known to be, has read nothing.
 *
 * @module
 */
import type { IrcClient } from "./client.ts";
import type { Network } from "./network.ts";

/** How often at most it is looked at whether a client has read everything. */
const markIntervalMs = 30_000;

/** Something was heard from a client: what it got by now, it has read. */
export function confirmRead(network: Network, client: IrcClient): void {
  if (client.unconfirmed.size === 0) return;
  const { person, session, unconfirmed } = client;
  client.readSequence = client.lastSequence;
  if (person?.account !== undefined) {
    for (const [conversation, sequence] of unconfirmed) {
      network.chat.readPositions.markIn({ nameKey: person.nameKey, conversation, sequence });
    }
  }
  unconfirmed.clear();
  const nowMs = network.nowMs();
  if (session === null || nowMs - client.markedMs < markIntervalMs) return;
  client.markedMs = nowMs;
  markAllRead(network, client);
}

/** Who was in all rooms of the account, and could read everything, has missed nothing until now. */
export function markAllRead(network: Network, client: IrcClient): void {
  const session = client.session!;
  if (client.hasMissed || !client.followsPrivate || client.readSequence === 0) return;
  const rooms = network.chat.roomsOf(session.user);
  if (rooms.every((room) => session.rooms.has(room))) {
    network.chat.markRead(session, client.readSequence);
  }
}
