/**
 * What looks like a command, and may be a text.
 *
 * @module
 */
import { safeText } from "../../protocol/text/safe_text.ts";
import type { Desk } from "./commands/session_api.ts";
import { excerpt } from "./terminal/text_width.ts";

/**
 * Asks whether to post it in the conversation in which it was typed; until then it stays in the input.
 *
 * @param desk The session.
 * @param text What was typed.
 */
export async function confirmPost(
  { view, conversations, say }: Desk,
  text: string,
): Promise<void> {
  const { current } = conversations;
  const question = `Post "${excerpt(text)}" to ${safeText(current.title)} as text?`;
  if (await view.ask(`${question} (y/n; Esc: not now) `, "choice") !== "y") return;
  if (view.input.editor.text === text) view.input.editor.take();
  current.history.add(text);
  say(current.title, text, current);
}
