/**
 * Texts that are no posts: cut to a length, never in the middle of a character.
 *
 * @module
 */
import { safeText } from "../../../../protocol/text/safe_text.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The longest beginning of a text that has at most so many bytes of UTF-8. */
export function cutBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const bytes = encoder.encode(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return decoder.decode(bytes.subarray(0, end));
}

/** How many bytes of UTF-8 a text has. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/**
 * Words put together in lines.
 *
 * @param words Each shorter than a line.
 * @param bytesMax Bytes that a line may have.
 */
export function* wordLines(words: Iterable<string>, bytesMax: number): Generator<string> {
  let line = "";
  let bytes = 0;
  for (const word of words) {
    const wordBytes = byteLength(word);
    if (line !== "" && bytes + 1 + wordBytes > bytesMax) {
      yield line;
      line = "";
      bytes = 0;
    }
    line = line === "" ? word : `${line} ${word}`;
    bytes += wordBytes + (bytes === 0 ? 0 : 1);
  }
  if (line !== "") yield line;
}

/** Bold, colours and the like (https://modern.ircdocs.horse/formatting): other wires and terminals cannot show them. */
const formatting = new RegExp(
  [
    "\\x03(?:\\d{1,2}(?:,\\d{1,2})?)?",
    "\\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?",
    "[\\x02\\x0f\\x11\\x16\\x1d\\x1e\\x1f]",
  ].join("|"),
  "g",
);

/**
 * What people say of themselves, or about going, as others are shown it: made harmless (protocol/text/safe_text.ts), but for formatting
 * codes, which IRC clients understand, and cut to a length.
 *
 * @param text What a peer wrote.
 * @param bytesMax Bytes of UTF-8 that the result may have; any number if left out.
 */
export function harmlessText(text: string, bytesMax = Infinity): string {
  let harmless = "";
  let at = 0;
  for (const { 0: code, index } of text.matchAll(formatting)) {
    harmless += safeText(text.slice(at, index)) + code;
    at = index + code.length;
  }
  return cutBytes(harmless + safeText(text.slice(at)), bytesMax);
}

/** A text without formatting codes. */
export function withoutFormatting(text: string): string {
  return text.replace(formatting, "");
}
