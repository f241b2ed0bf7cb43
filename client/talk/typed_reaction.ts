/**
 * Reactions as people type them.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { emojiOf } from "./emoji.ts";

/**
 * What somebody reacts with: an emoji, whether it was typed by its name or as it is, or a word.
 *
 * @param typed What was typed.
 * @throws {ChatError} `bad_message` for a name that no emoji has: everyone would see the name.
 */
export function typedReaction(typed: string): string {
  const emoji = emojiOf(typed);
  if (emoji === null && /^:[a-z0-9_+-]+:$/iu.test(typed)) {
    throw new ChatError(
      "bad_message",
      `No emoji is named ${typed}. A name is written like :thumbsup:.`,
    );
  }
  return emoji ?? typed;
}
