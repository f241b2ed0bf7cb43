/**
 * Addresses of web pages in texts.
 *
 * @module
 */
import type { Span, Style } from "./style.ts";

const address = /\b(?:https?|ftp|gemini):\/\/[^\s<>"`]+/giu;
/** What more often ends a sentence than an address. */
const sentenceEnds = ".,;:!?'*…。，";
const brackets: ReadonlyMap<string, string> = new Map([[")", "("], ["]", "["], ["}", "{"]]);
/** What a link may lead to; anything else could end the terminal's own sequence for it. */
const safeTarget = /^[\x21-\x7e]{1,2000}$/;

/**
 * Finds the addresses in a text.
 *
 * @param text A text of one line that is safe already.
 * @param style How the rest looks.
 * @return The text in spans; those of addresses have a `link`.
 */
export function withLinks(text: string, style: Style = {}): Span[] {
  const spans: Span[] = [];
  let done = 0;
  for (const match of text.matchAll(address)) {
    const found = trimmed(match[0]);
    if (match.index > done) spans.push({ text: text.slice(done, match.index), style });
    spans.push({ text: found, style: { ...style, underline: true, link: targetOf(found) } });
    done = match.index + found.length;
  }
  if (done < text.length || spans.length === 0) spans.push({ text: text.slice(done), style });
  return spans;
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

/** Where an address leads, in ASCII; empty where it cannot be written so. */
function targetOf(text: string): string {
  try {
    const target = new URL(text).href;
    return safeTarget.test(target) ? target : "";
  } catch {
    return "";
  }
}
