/**
 * What somebody may not do, as an error for the peer.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import type { Refusal } from "./policy.ts";

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
