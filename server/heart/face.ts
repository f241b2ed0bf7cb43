/**
 * How people look to masks: `nick!user@host`, whatever wire they came by.
 *
 * @module
 */
import { guestPrefix } from "../../protocol/names/guest_names.ts";
import type { User } from "./session.ts";

/** The host of everyone with an account: nobody's address is shown. */
export const memberHost = "member.chat";

/** What stands for the user's name on the own machine where a wire has none. */
export const usualUsername = "chat";

/** A user as masks see it. */
export function faceOf({ name, account, origin }: User): string {
  const nick = name.startsWith(guestPrefix) ? name.slice(guestPrefix.length) : name;
  const username = origin?.username ?? usualUsername;
  const host = account ? memberHost : origin?.host ?? "guest.chat";
  return `${nick}!${username}@${host}`;
}
