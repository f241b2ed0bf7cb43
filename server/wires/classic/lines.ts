/**
 * Posts as a classic client prints them: lines that are harmless to a terminal and short enough for one message.
 *
 * @module
 */
import { fallbackOf } from "../../../protocol/content.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { StoredPost } from "../../storage/post_storage.ts";

/** Who a broadcast goes to, in history. Nobody can have this name. */
const everyone = "everyone";

/**
 * What a post says, in one line.
 *
 * @param post Anything but a sealed post.
 */
export function classicText(post: StoredPost): string {
  const { from } = post;
  const { kind, body } = fallbackOf(post);
  return safeText(kind === "action" ? `* ${from} ${body}` : body);
}

/**
 * How a line of history begins, before the text.
 *
 * @param post The post.
 * @param reader The name of who reads the history.
 */
export function historyPrefix({ roomId, from, to, timeMs }: StoredPost, reader: string): string {
  const what = roomId === null ? "PM" : "BM";
  const start = `At ${localTime(timeMs)}, ${safeText(reader)}`;
  if (from !== reader) return `${start} receives a ${what} message from ${safeText(from)}: `;
  const whom = roomId === null ? safeText(to) : everyone;
  return `${start} sends ${whom} a ${what} message: `;
}

function localTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (number: number) => String(number).padStart(2, "0");
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}

/**
 * Cuts a text into pieces: between words where that is possible, and never between a letter and its marks.
 *
 * @param prefix What each piece begins with; shorter than `bytesMax` by far.
 * @param text The text.
 * @param bytesMax Bytes of UTF-8 in a piece with its prefix.
 * @return At least one piece.
 */
export function pieces(prefix: string, text: string, bytesMax: number): string[] {
  const roomBytes = bytesMax - utf8Bytes(prefix);
  const found: string[] = [];
  let rest = text;
  do {
    const end = cutAt(rest, roomBytes);
    found.push(prefix + rest.slice(0, end));
    rest = rest.slice(end);
  } while (rest !== "");
  return found;
}

const mark = /^\p{M}/u;

/** Where to cut, in code units: more than 0 unless the text is empty. */
function cutAt(text: string, bytesMax: number): number {
  if (text.length * 3 <= bytesMax || utf8Bytes(text) <= bytesMax) return text.length;
  let at = 0;
  let bytes = 0;
  let afterSpace = 0;
  let beforeLetter = 0;
  for (const character of text) {
    if (!mark.test(character)) beforeLetter = at;
    bytes += characterBytes(character.codePointAt(0)!);
    // A very long word is cut rather than leave a piece half empty.
    if (bytes > bytesMax) return afterSpace > at / 2 ? afterSpace : beforeLetter || at;
    at += character.length;
    if (character === " ") afterSpace = at;
  }
  return at;
}

/** RFC 3629, section 3. */
function characterBytes(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
