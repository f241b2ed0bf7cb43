/**
 * Names of guests: people without an account, who come by wires that allow it (IRC).
 *
 * @module
 */
import { readUserName } from "./written_names.ts";

/** What a guest's name starts with: no account can have such a name. */
export const guestPrefix = "~";

/**
 * Folds the name of an account or of a guest.
 *
 * @param name As a person or a peer wrote it. What follows a guest's prefix is not checked: the server knows its guests.
 * @return The folded name: of an account as in {@linkcode readUserName}, of a guest with the prefix.
 * @throws ChatError `bad_name`, if it is no guest's and no account can have it.
 */
export function foldPeerName(name: string): string {
  return name.startsWith(guestPrefix)
    ? name.toLowerCase().normalize("NFC")
    : readUserName(name).nameKey;
}
