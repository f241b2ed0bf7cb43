/**
 * Which texts may be posted. What passes is stored and sent as it is; `protocol/text/safe_text.ts` looks after the screen.
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";
import { combiningMarksMax, textBytesMax, topicBytesMax } from "../wire/limits.ts";
import { numberText } from "./number_text.ts";

/** Something to read, and nothing but printable ASCII, tabs and line feeds: most messages. */
const plain = /^[\t\n ]*[\x21-\x7e][\t\n\x20-\x7e]*$/;
const plainLine = /^[\x20-\x7e]*$/;

/** C0 without tab and line feed, DEL, C1. */
// deno-lint-ignore no-control-regex -- it finds the control characters
const control = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
/** The separators would be line breaks that no line-wise reader knows of. */
const lineBreak = /[\t\n\u2028\u2029]/;
const noncharacter = /\p{Noncharacter_Code_Point}/u;
/** Embeddings, overrides and isolates reach beyond their own letters: a text could reorder its surroundings. */
const direction = /[\u202a-\u202e\u2066-\u2069]/;
const markHeap = new RegExp(`\\p{M}{${combiningMarksMax + 1}}`, "u");
/** Something that leaves ink: no white space, and nothing invisible. */
const visible = /[^\s\p{Default_Ignorable_Code_Point}\p{M}\u2800]/u;

/**
 * Checks the text of a message.
 *
 * Joiners, marks of direction (U+200E, U+200F, U+061C) and other invisible characters are allowed beside visible ones,
 * since scripts and emoji need them; what reorders whole stretches of text is not.
 *
 * @param text What a peer wrote: 1 to `textBytesMax` bytes of UTF-8.
 * @return The text to store: the same, with each CRLF as LF.
 * @throws ChatError `bad_text`, if it may not be posted, with a sentence that says why.
 */
export function checkText(text: string): string {
  const unified = text.includes("\r") ? text.replaceAll("\r\n", "\n") : text;
  checkLength(unified, "message", textBytesMax);
  if (plain.test(unified)) return unified;
  checkCharacters(unified, "message");
  if (!visible.test(unified)) throw badText("The message is empty. Write something first.");
  return unified;
}

/**
 * Checks the topic of a room.
 *
 * @param text What a peer wrote: one line of at most `topicBytesMax` bytes of UTF-8; empty to have no topic.
 * @return The text to store: the same.
 * @throws ChatError `bad_text`, if it cannot be a topic, with a sentence that says why.
 */
export function checkTopic(text: string): string {
  checkLength(text, "topic", topicBytesMax);
  if (plainLine.test(text)) return text;
  if (lineBreak.test(text)) {
    throw badText("A topic is one line, without tabs. Take the line breaks out.");
  }
  checkCharacters(text, "topic");
  return text;
}

function checkLength(text: string, what: string, bytesMax: number): void {
  // A code unit takes one to three bytes.
  if (text.length * 3 <= bytesMax) return;
  const bytes = text.length > bytesMax ? text.length : new TextEncoder().encode(text).length;
  if (bytes > bytesMax) {
    throw badText(
      `A ${what} can have at most ${
        numberText(bytesMax)
      } bytes of UTF-8. This one is longer: shorten it.`,
    );
  }
}

function checkCharacters(text: string, what: string): void {
  if (control.test(text)) {
    throw badText(
      `A ${what} cannot contain control characters, such as escape sequences of a terminal.`,
    );
  }
  if (!text.isWellFormed() || noncharacter.test(text)) {
    throw badText(`A ${what} cannot contain code points that are not characters.`);
  }
  if (direction.test(text)) {
    throw badText(`A ${what} cannot contain characters that override the direction of text.`);
  }
  // Scripts that are written with many marks on one letter are written with precomposed ones or few.
  if (markHeap.test(text)) {
    throw badText(`A ${what} cannot have more than ${combiningMarksMax} combining marks in a row.`);
  }
}

function badText(message: string): ChatError {
  return new ChatError("bad_text", message);
}
