/**
 * Names that nobody has.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";

/** Whether an error means that there is no user of a name that was typed: nobody has it, or nobody can have it. */
export function isUnknownUser(error: unknown): boolean {
  return error instanceof ChatError &&
    ["no_such_user", "bad_name", "bad_message"].includes(error.code);
}

/** What is said where there is no user of a name. The name is not safe for a terminal. */
export function unknownUser(name: string): ChatError {
  return new ChatError("no_such_user", `No user named "${name}".`);
}
