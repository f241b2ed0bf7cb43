/**
 * How people look to masks: `nick!user@host`, whatever wire they came by.
 *
 * @module
 */
import { guestPrefix } from "../../protocol/names/guest_names.ts";

/** Someone, as far as rules and masks know people. */
export interface KnownUser {
  /** The name as shown; a guest's starts with `guestPrefix` (protocol/names/guest_names.ts). */
  readonly name: string;
  /** The folded name. */
  readonly nameKey: string;
  /** False for a guest, who has no account: nothing is kept for a guest. */
  readonly account: boolean;
  /** What masks see beside the name ({@linkcode faceOf}), where the wire has it. */
  readonly origin?: { readonly username: string; readonly host: string } | undefined;
}

/** The host of everyone with an account: nobody's address is shown. */
export const memberHost = "member.chat";

/** What stands for the user's name on the own machine where a wire has none. */
export const usualUsername = "chat";

/** A user as masks see it. */
export function faceOf({ name, account, origin }: KnownUser): string {
  const nick = name.startsWith(guestPrefix) ? name.slice(guestPrefix.length) : name;
  const username = origin?.username ?? usualUsername;
  const host = account ? memberHost : origin?.host ?? "guest.chat";
  return `${nick}!${username}@${host}`;
}
