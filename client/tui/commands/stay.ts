/**
 * After something that was to lead to another conversation and did not.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { Desk } from "./session_api.ts";

/**
 * Waits until the person has seen where one is: a second without a key will do. Whoever types in it may be writing for others; until
 * they stop, nothing that is typed is sent.
 *
 * @param desk The session.
 * @param isShown Whether to print what was typed, so that it is not lost; not where it may be a secret.
 */
export async function stay(
  { view, conversations }: Pick<Desk, "view" | "conversations">,
  isShown: boolean,
): Promise<void> {
  const place = safeText(conversations.current.title);
  const question = `You are still in ${place}. Stop typing for a second, then press Enter. `;
  const typed = (await view.ask(question, "pause") ?? "").trim();
  if (typed === "") return;
  view.warn(isShown ? "Not sent:" : "What you have typed was not sent.");
  if (isShown) view.printText(typed);
}
