/**
 * Addresses of web pages in texts.
 *
 * @module
 */

const address = /\b(?:https?|ftp|gemini):\/\/[^\s<>"`]+/giu;
/** What more often ends a sentence than an address. */
const sentenceEnds = ".,;:!?'*…。，";
const brackets: ReadonlyMap<string, string> = new Map([[")", "("], ["]", "["], ["}", "{"]]);
/** What a link may lead to; anything else could end a terminal's own sequence for it. */
const safeTarget = /^[\x21-\x7e]{1,2000}$/;

/** A part of a text: an address with where it leads, or what is between two. */
export interface AddressedPart {
  readonly text: string;
  /** In ASCII; empty where it cannot be written so; undefined for what is no address. */
  readonly target?: string;
}

/**
 * Finds the addresses in a text.
 *
 * @param text A text of one line that is safe already.
 * @return The text in parts, at least one.
 */
export function partsByAddress(text: string): AddressedPart[] {
  const parts: AddressedPart[] = [];
  let done = 0;
  for (const match of text.matchAll(address)) {
    const found = trimmed(match[0]);
    if (match.index > done) parts.push({ text: text.slice(done, match.index) });
    parts.push({ text: found, target: targetOf(found) });
    done = match.index + found.length;
  }
  if (done < text.length || parts.length === 0) parts.push({ text: text.slice(done) });
  return parts;
}

/** A closing bracket belongs to the address only if its opening one does. Each character is looked at once: anyone may send any text. */
function trimmed(found: string): string {
  const firsts = new Map(
    Array.from(brackets.values(), (opening) => [opening, found.indexOf(opening)]),
  );
  let end = found.length;
  for (; end > 0; end--) {
    const last = found[end - 1]!;
    const first = firsts.get(brackets.get(last) ?? "");
    const isStray = first !== undefined && (first < 0 || first >= end - 1);
    if (!isStray && !sentenceEnds.includes(last)) break;
  }
  return found.slice(0, end);
}

function targetOf(text: string): string {
  try {
    const target = new URL(text).href;
    return safeTarget.test(target) ? target : "";
  } catch {
    return "";
  }
}
