/**
 * What somebody may not do, as an error for the peer.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { roleHoldersMax, roomEntriesMax } from "../../protocol/wire/limits.ts";
import type { Done, NotAllowed, Refused } from "../storage/commands.ts";
import type { Refusal } from "../storage/policy.ts";

/** Something that the rules of a room or the roles in it do not allow. Its code is `not_in_room` or `forbidden`. */
export class RefusedError extends ChatError {
  /** For wires that have a reply of their own for it. */
  readonly reason: Refusal["reason"];

  /** @param refusal Why, as policy.ts says it. */
  constructor({ reason, message }: Refusal) {
    super(reason === "outside" ? "not_in_room" : "forbidden", message);
    this.reason = reason;
  }
}

/**
 * Goes on only where nothing is refused.
 *
 * @throws {RefusedError} where something is.
 */
export function requireAllowed(refusal: Refusal | null): void {
  if (refusal !== null) throw new RefusedError(refusal);
}

/** What can be refused of a command that is about a room. */
type RoomRefusal = Refused<"no_such_room" | "too_many_entries" | "too_many_roles"> | NotAllowed;

/**
 * Goes on only where a command was done: what it wanted was allowed when it was asked, and may not be any more when it is applied.
 *
 * @throws {RefusedError} where what holds in the room does not allow it.
 * @throws {ChatError} `no_such_room`, `too_many`.
 */
export function requireDone(outcome: Done | RoomRefusal): void {
  switch (outcome.refused) {
    case null:
      return;
    case "not_allowed":
      throw new RefusedError(outcome.why);
    case "no_such_room":
      throw new ChatError(
        "no_such_room",
        "There is no room with that name. Joining it creates it.",
      );
    default:
      throw tooMuch(outcome.refused);
  }
}

/** The error where a room's law would hold more than it may. */
export function tooMuch(what: "too_many_entries" | "too_many_roles"): ChatError {
  const message = what === "too_many_entries"
    ? `A room's lists hold ${roomEntriesMax} entries at most.`
    : `${roleHoldersMax} people at most have a role in a room.`;
  return new ChatError("too_many", message);
}
