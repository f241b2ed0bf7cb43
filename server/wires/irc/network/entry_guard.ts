/**
 * What the modes of a channel mean to those who come by another wire, which knows no modes.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import type { Channel } from "./channel.ts";
import type { Person } from "./person.ts";

/**
 * Lets someone in from another wire, or says why not. An invitation opens everything, and is used up.
 *
 * @param channel What IRC knows of the room.
 * @param person Who comes.
 * @throws {ChatError} `forbidden`: banned (+b), not invited (+i), no key (+k), full (+l).
 */
export function guardEntry(channel: Channel, person: Person): void {
  if (channel.invited.delete(person.nickKey)) return;
  const reason = refusal(channel, person);
  if (reason === null) return;
  const { name } = channel.room;
  throw new ChatError(
    "forbidden",
    `${name} ${reason}. Ask one of its operators, who are on IRC, to invite you: INVITE ${person.nick} ${name}.`,
  );
}

function refusal(channel: Channel, person: Person): string | null {
  if (channel.isBanned(person)) return "keeps you out (+b)";
  if (channel.modes.has("i") && !channel.isExpected(person)) {
    return "is for those who are invited (+i)";
  }
  if (channel.key !== null) return "has a key (+k), which only IRC clients can give";
  return channel.isFull ? "is full (+l)" : null;
}
