/**
 * Nicks. Those of accounts are the accounts' names; a guest may have any such name that no account has, or one with the
 * further characters that IRC always allowed.
 *
 * @module
 */
import { skeletonOf } from "../../../../protocol/names/confusables.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { nameCharactersMax } from "../../../../protocol/wire/limits.ts";
import { type Name, parseUserName } from "../../../../protocol/names/names.ts";
import { guestPrefix } from "../../../../protocol/names/guest_names.ts";
import type { User } from "../../../heart/session.ts";

const ircCharacters = /^[A-Za-z_[\]\\`^{|}][A-Za-z0-9_[\]\\`^{|}-]*$/;
const ircOnly = /[[\]\\`^{|}]/;

/**
 * Reads the nick that someone wants.
 *
 * @param text What a client sent.
 * @return The nick as shown, folded, and what it looks like.
 * @throws {ChatError} `bad_name`, with a sentence that says why.
 */
export function parseNick(text: string): Name {
  if (ircOnly.test(text) && ircCharacters.test(text) && text.length <= nameCharactersMax) {
    return { name: text, nameKey: text.toLowerCase(), skeleton: skeletonOf(text) };
  }
  return parseUserName(text);
}

/**
 * Reads a nick that may not exist.
 *
 * @param text What a client sent.
 * @return The folded nick, or null where nobody can have it.
 */
export function nickKey(text: string): string | null {
  try {
    return parseNick(text).nameKey;
  } catch (error) {
    if (error instanceof ChatError) return null;
    throw error;
  }
}

/** The guest who is shown by a nick. */
export function guestOf({ name, nameKey }: { name: string; nameKey: string }): User {
  return { name: guestPrefix + name, nameKey: guestPrefix + nameKey, account: false };
}

/** The nick by which a user of the heart is shown. */
export function nickOf(name: string): string {
  return name.startsWith(guestPrefix) ? name.slice(guestPrefix.length) : name;
}
