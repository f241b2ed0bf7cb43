/**
 * How the text of a line looks: its links, what is marked in it, and where it speaks to the reader.
 *
 * @module
 */
import { boldParts, codeParts, type MarkedPart } from "../../talk/marked_text.ts";
import { withLinks } from "../terminal/links.ts";
import type { Span, Style } from "../terminal/style.ts";

const mentionStyle: Style = { tone: "mention", bold: true };
const looks: Readonly<Record<MarkedPart["look"], Style>> = {
  plain: {},
  code: { tone: "code" },
  bold: { bold: true },
  mark: { tone: "dim" },
};

/**
 * A text with its links, marks and mentions.
 *
 * @param text One line, safe already.
 * @param pattern From `mentionPattern`; null where mentions are not marked.
 */
export function textSpans(text: string, pattern: RegExp | null): Span[] {
  return codeParts(text).flatMap((part) => {
    if (part.look !== "plain") return [spanOf(part)];
    // What belongs to an address is no mark.
    return withLinks(part.text).flatMap((span) =>
      span.style?.link === undefined ? boldSpans(span.text, pattern) : [span]
    );
  });
}

function boldSpans(text: string, pattern: RegExp | null): Span[] {
  const spans = boldParts(text).map(spanOf);
  return pattern === null ? spans : spans.flatMap((span) => withMentions(span, pattern));
}

function spanOf({ text, look }: MarkedPart): Span {
  return look === "plain" ? { text } : { text, style: looks[look] };
}

function withMentions(span: Span, pattern: RegExp): Span[] {
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
