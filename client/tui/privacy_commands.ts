/**
 * Commands about keys and the password.
 *
 * @module
 */
import { ChatError } from "../../protocol/errors.ts";
import { safeText } from "../../protocol/safe_text.ts";
import { checkNewPassword, checkOldPassword } from "../change_password.ts";
import type { Desk } from "./desk.ts";

/** `/verify [name]`: shows the safety number, and marks the user as verified once the person says so. */
export async function verify(desk: Desk, rest: string): Promise<void> {
  const { privacy, view, protectionChanged } = desk;
  const name = userOf(desk, rest);
  const shown = safeText(name);
  const { number } = await privacy.safetyNumber(name);
  view.notice(`The safety number with ${shown} is ${number}`);
  view.notice(`${shown} sees the same one after /verify ${safeText(desk.client.name)}.`);
  const answer = await view.ask(`Have you compared it with ${shown}? (y/n) `, "choice");
  if (answer !== "y") return;
  await privacy.verify(name, number);
  view.notice(`${shown} is verified.`);
  await protectionChanged(name);
}

/** `/trust [name]`: accepts a user's changed keys. */
export async function trust(desk: Desk, rest: string): Promise<void> {
  const { privacy, view, protectionChanged } = desk;
  const name = userOf(desk, rest);
  const shown = safeText(name);
  const changed = await privacy.trust(name);
  view.notice(
    changed
      ? `The new key of ${shown} is trusted. /verify compares it.`
      : `The key of ${shown} has not changed.`,
  );
  await protectionChanged(name);
}

/** `/passwd`: changes the password. */
export async function changePassword({ privacy, view }: Desk): Promise<void> {
  const current = await view.ask("Current password: ", "secret");
  if (current === null || current === "") return;
  checkOldPassword(current);
  const next = await view.ask("New password: ", "secret");
  if (next === null || next === "") return;
  checkNewPassword(next);
  const again = await view.ask("Once more, please: ", "secret");
  if (again !== next) throw new ChatError("bad_message", "The two are not the same.");
  await privacy.changePassword({ old: current, new: next });
  view.notice("The password was changed.");
}

function userOf({ conversations }: Desk, rest: string): string {
  if (rest !== "") return rest.replace(/^@/, "");
  const { current } = conversations;
  if (!current.isRoom) return current.title;
  throw new ChatError("bad_message", "Which user? Give a name after the command.");
}
