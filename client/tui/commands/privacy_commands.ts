/**
 * Commands about keys, the password and one's own sessions.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { preparePassword } from "../../../protocol/text/password.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { errorText, withSlash } from "../../talk/remark_text.ts";
import {
  pagesText,
  passwordChangedText,
  readPagesRefused,
  readSessionNumber,
  sessionLines,
} from "../../talk/session_list.ts";
import { counted, safetyNumberLines } from "../../talk/wording.ts";
import type { Desk } from "./session_api.ts";
import type { View } from "../view/view.ts";

/** `/verify [name]`: shows the safety number, and marks the user as verified once the person says so. */
export async function verifyPeer(desk: Desk, rest: string): Promise<void> {
  const { client, view, protectionChanged } = desk;
  const name = userOf(desk, rest);
  const shown = safeText(name);
  const { number } = await client.safetyNumber(name);
  view.notice(`The safety number with ${shown}:`);
  for (const line of safetyNumberLines(number)) view.notice(`  ${line}`);
  view.notice(`${shown} sees the same one after /verify ${safeText(desk.client.name)}.`);
  const answer = await view.ask(
    `Have you compared it with ${shown}? (y/n; Esc: not now) `,
    "choice",
  );
  if (answer !== "y") return;
  await client.verify(name, number);
  view.notice(`${shown} is verified.`);
  await protectionChanged(name);
}

/** `/trust [name]`: accepts a user's changed keys. */
export async function trust(desk: Desk, rest: string): Promise<void> {
  const { client, view, protectionChanged } = desk;
  const name = userOf(desk, rest);
  const shown = safeText(name);
  const changed = await client.trust(name);
  view.notice(
    changed
      ? `The new key of ${shown} is trusted. /verify compares it.`
      : `${shown}'s key has not changed.`,
  );
  await protectionChanged(name);
}

/**
 * `/passwd [keep]`: changes the password, and ends the account's other sessions unless they are to be kept. What will not do is asked for again until the person gives up: a password that is typed
 * once more must not get into the input.
 */
export async function changePassword({ client, view }: Desk, rest: string): Promise<void> {
  const keepSessions = rest === "keep";
  if (rest !== "" && !keepSessions) {
    throw new ChatError("bad_message", "Usage: /passwd, or /passwd keep. Nothing was changed.");
  }
  view.notice("Nothing is shown while you type. Esc keeps the old password.");
  const ask = (question: string) => view.ask(question, "secret");
  const change = await untilRight(view, async () => {
    const old = await ask("Your old password: ");
    return old === null ? null : await client.beginPasswordChange(old);
  });
  const fresh = change === null ? null : await untilRight(view, async () => {
    const typed = await ask("Your new password: ");
    if (typed === null) return null;
    preparePassword(typed);
    const again = await ask("Your new password again: ");
    if (again === null || again === typed) return again;
    throw new ChatError("bad_message", "The two passwords do not match.");
  });
  if (change === null || fresh === null) return view.notice("Your password was not changed.");
  const { ended } = await change(fresh, { keepSessions });
  view.notice(passwordChangedText(ended, keepSessions));
}

/** `/sessions`: where the account is signed in. */
export async function sessions({ client, view }: Desk): Promise<void> {
  const all = await (await client.ownSessions()).list();
  view.notice(`You have ${counted(all.length, "session")}:`);
  for (const line of sessionLines(all)) view.notice(`  ${line}`);
  if (all.length > 1) view.notice("/end and a number ends one; /passwd ends all others.");
}

/** `/end number`: ends another session of the account. */
export async function endOwnSession({ client, view }: Desk, rest: string): Promise<void> {
  const id = readSessionNumber(rest);
  await (await client.ownSessions()).end(id);
  view.notice(`Session ${id} was ended.`);
}

/** `/pages never|allow`: whether the account may be used with a page that the server gives out. */
export async function setPages({ client, view }: Desk, rest: string): Promise<void> {
  const refused = readPagesRefused(rest);
  await (await client.ownSessions()).refusePages(refused);
  view.notice(pagesText(refused));
}

/** Does something again until it succeeds, or gives null because the person gave up; errors are told. */
async function untilRight<T>(view: View, action: () => Promise<T | null>): Promise<T | null> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      view.warn(errorText(error, withSlash));
    }
  }
}

function userOf({ conversations }: Desk, rest: string): string {
  if (rest !== "") return rest.replace(/^@/, "");
  const { current } = conversations;
  if (!current.isRoom) return current.title;
  throw new ChatError("bad_message", "Which user? Give a name after the command.");
}
