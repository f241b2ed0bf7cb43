/**
 * What a fetched file is called on this machine. Its sender has said a name: nothing of it may lead anywhere, hide the file, or mean
 * something to a system.
 *
 * @module
 */
import { extname } from "node:path";

/** Bytes of UTF-8 in a name: with a number and `.part` behind it, it still fits every common file system (255). */
const nameBytesMax = 200;
/** Of these, for what stands behind the last full stop. */
const endBytesMax = 20;

/** What ends a path on some system, what Windows allows in no name, and what cannot be seen or reorders its surroundings. */
const forbidden =
  /[\\/:*?"<>|\p{Cc}\p{Cs}\p{Cn}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
/** Names of devices of Windows, whatever stands behind a full stop, and whatever spaces before it. */
const device = /^(con|conin\$|conout\$|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i;

/**
 * A name that is only a name.
 *
 * @param said What the sender has said.
 * @return At most 200 bytes of UTF-8, without separators; not hidden, no option of a program, no device.
 */
export function localFileName(said: string): string {
  const last = said.toWellFormed().split(/[\\/]/).at(-1) ?? "";
  const name = last.normalize("NFC").replace(forbidden, "_").trim().replace(/^[.\-\s]+/, "")
    .replace(/[.\s]+$/, "");
  if (name === "") return "file";
  return shortened(device.test(name) ? `_${name}` : name);
}

/**
 * The same name with a number, for where it is taken: `roses (2).jpg`.
 *
 * @param name What {@linkcode localFileName} has given.
 * @param number 1 for the name as it is.
 */
export function numberedName(name: string, number: number): string {
  if (number === 1) return name;
  const end = extname(name);
  return `${name.slice(0, name.length - end.length)} (${number})${end}`;
}

function shortened(name: string): string {
  if (bytesOf(name) <= nameBytesMax) return name;
  const end = bytesOf(extname(name)) <= endBytesMax ? extname(name) : "";
  let kept = "";
  for (const character of name.slice(0, name.length - end.length)) {
    if (bytesOf(kept + character + end) > nameBytesMax) break;
    kept += character;
  }
  return kept.replace(/[.\s]+$/, "") + end;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
