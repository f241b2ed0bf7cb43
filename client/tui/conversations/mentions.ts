/**
 * Where a text speaks to somebody.
 *
 * @module
 */
import type { Span, Style } from "../terminal/style.ts";
import { withLinks } from "../terminal/links.ts";

/**
 * Makes what finds a name in texts: whole words only, in any letter case, also `name's` and `@name`.
 *
 * @param name A user's name.
 * @return A regular expression with the flag `g`.
 */
export function mentionPattern(name: string): RegExp {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  // A hyphen or a dot belongs to a longer name only if that goes on behind it.
  const before = "(?<![\\p{L}\\p{N}_]|[\\p{L}\\p{N}_][-.])";
  const after = "(?![\\p{L}\\p{N}\\p{M}_]|[-.][\\p{L}\\p{N}_])";
  return new RegExp(`${before}@?${escaped}${after}`, "giu");
}

/** Whether a text mentions a name. */
export function mentions(text: string, pattern: RegExp): boolean {
  // Not test(): that would leave a position in the expression, where the next search began.
  return text.search(pattern) >= 0;
}

const mentionStyle: Style = { tone: "mention", bold: true };

/**
 * A text with its links and mentions.
 *
 * @param text One line, safe already.
 * @param pattern From {@linkcode mentionPattern}; null where mentions are not marked.
 */
export function textSpans(text: string, pattern: RegExp | null): Span[] {
  const spans = withLinks(text);
  if (pattern === null) return spans;
  return spans.flatMap((span) => span.style?.link === undefined ? marked(span, pattern) : [span]);
}

function marked(span: Span, pattern: RegExp): Span[] {
  const spans: Span[] = [];
  let done = 0;
  for (const { 0: found, index } of span.text.matchAll(pattern)) {
    spans.push({ ...span, text: span.text.slice(done, index) }, {
      text: found,
      style: mentionStyle,
    });
    done = index + found.length;
  }
  spans.push({ ...span, text: span.text.slice(done) });
  return spans.filter(({ text }) => text !== "");
}
