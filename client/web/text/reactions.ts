/**
 * Emoji on the page: reactions that are one click away, and names that become emoji when a message is sent.
 *
 * @module
 */
import { emojiNamed } from "./emoji_names.ts";

/** Reactions that are one click away, with what they are called. */
export const usualReactions: readonly (readonly [emoji: string, name: string])[] = [
  ["👍", "thumbs up"],
  ["❤️", "heart"],
  ["😂", "laughing"],
  ["🎉", "celebration"],
  ["😮", "surprised"],
  ["😢", "sad"],
  ["🙏", "thanks"],
  ["👀", "looking"],
];

const emojiName = /(?<![\w:]):[+\w-]{1,40}:(?![\w:])/g;

/** A text with its `:names:` as emoji; what is no name stays, and so does a text with code in it. */
export function withEmoji(text: string): string {
  return text.includes("`") ? text : text.replace(emojiName, (word) => emojiNamed(word) ?? word);
}
