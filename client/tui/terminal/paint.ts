/**
 * Rows as bytes for the terminal. Every escape sequence that the interface sends is made here or in `terminal.ts`;
 * texts cannot add one, whatever is in them.
 *
 * @module
 */
import type { ColorDepth, Span } from "./style.ts";
import { hasShades, sgrOf } from "./style.ts";

/** What the terminal can show. */
export interface PaintOptions {
  readonly depth: ColorDepth;
  /** Whether it knows OSC 8. */
  readonly links: boolean;
}

/** C0, DEL and C1. Texts have been through `safeText`; this is the last look, in case one was forgotten. */
// deno-lint-ignore no-control-regex -- it finds the control characters
const control = /[\u0000-\u001f\u007f-\u009f]/g;
const linkTarget = /^[\x21-\x7e]+$/;

/**
 * Paints spans of one row.
 *
 * @param spans The spans.
 * @param options What the terminal can show.
 * @return Text with SGR and OSC 8 sequences; the look is an ordinary one again at its end.
 */
export function paint(spans: readonly Span[], options: PaintOptions): string {
  return merged(spans).map((span) => paintSpan(span, options)).join("");
}

/**
 * What stands behind a row that is not full, up to the last column.
 *
 * @param spans The row's spans.
 * @param options What the terminal can show.
 */
export function paintEnd(spans: readonly Span[], { depth }: PaintOptions): string {
  const typed = spans.at(-1)?.style;
  return typed?.asTyped === true && hasShades(depth)
    ? `\x1b[${sgrOf(typed, depth)}m\x1b[K\x1b[0m`
    : "";
}

/** Wrapping takes spans apart: what looks alike is painted in one piece again. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last === undefined || last.style !== span.style) result.push(span);
    else result[result.length - 1] = { ...span, text: last.text + span.text };
  }
  return result;
}

function paintSpan({ text, style }: Span, { depth, links }: PaintOptions): string {
  const harmless = text.replace(control, "\ufffd");
  if (style === undefined) return harmless;
  const sgr = sgrOf(style, depth);
  const shown = sgr === "" ? harmless : `\x1b[${sgr}m${harmless}\x1b[0m`;
  const { link } = style;
  if (!links || link === undefined || !linkTarget.test(link)) return shown;
  return `\x1b]8;;${link}\x1b\\${shown}\x1b]8;;\x1b\\`;
}

/** The first grapheme clusters of spans, up to `length` UTF-16 units of text. */
export function headOf(spans: readonly Span[], length: number): Span[] {
  const head: Span[] = [];
  let left = length;
  for (const span of spans) {
    if (left <= 0) break;
    head.push(span.text.length <= left ? span : { ...span, text: span.text.slice(0, left) });
    left -= span.text.length;
  }
  return head;
}

/** The text of spans, without their look. */
export function unstyledText(spans: readonly Span[]): string {
  return spans.map(({ text }) => text).join("");
}
