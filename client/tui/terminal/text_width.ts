/**
 * How many columns a text takes on a terminal.
 *
 * Terminals differ over emoji made of several characters and over some scripts. Widths here decide where lines wrap; nothing
 * that must be exact (the column of the cursor) depends on them.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import stringWidth from "string-width";

const printableAscii = /^[\x20-\x7e]*$/;
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Widths of what was asked for before; emptied when full. */
const known = new Map<string, number>();
const knownMax = 4_096;
/** Longer ones are rare, and would only fill the memory. */
const knownLengthMax = 16;

/** Whether a text is printable ASCII: one column a character, on every terminal. */
export function isPlain(text: string): boolean {
  return printableAscii.test(text);
}

/**
 * Splits a text into what a person sees as characters.
 *
 * @param text Any text.
 * @return Its grapheme clusters; joined again they are the text.
 */
export function graphemes(text: string): string[] {
  if (isPlain(text)) return text.split("");
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/**
 * The columns of one grapheme cluster.
 *
 * @param cluster One element of {@linkcode graphemes}.
 * @return 0 for a lone combining mark, 1, 2, or more in scripts with conjuncts.
 */
export function clusterWidth(cluster: string): number {
  if (cluster.length === 1 && cluster >= " " && cluster <= "~") return 1;
  const before = known.get(cluster);
  if (before !== undefined) return before;
  const width = stringWidth(cluster, { countAnsiEscapeCodes: true });
  if (cluster.length > knownLengthMax) return width;
  if (known.size >= knownMax) known.clear();
  known.set(cluster, width);
  return width;
}

/** The columns of a text of one line. */
export function textWidth(text: string): number {
  if (isPlain(text)) return text.length;
  return graphemes(text).reduce((sum, cluster) => sum + clusterWidth(cluster), 0);
}

/**
 * Cuts a text so that it fits.
 *
 * @param text A text of one line.
 * @param columns How many it may take; 0 or more.
 * @return The text, or its beginning with `…` at the end.
 */
export function cutToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 0) return "";
  let cut = "";
  let width = 1;
  for (const cluster of graphemes(text)) {
    width += clusterWidth(cluster);
    if (width > columns) break;
    cut += cluster;
  }
  return cut + "…";
}

/** Columns of a text that a question is about. */
const excerptColumns = 40;

/**
 * The beginning of a text, to say which one is meant.
 *
 * @param text Any text.
 * @return Its first line, safe for a terminal, cut to 40 columns; with `…` at the end where there is more.
 */
export function excerpt(text: string): string {
  const [first = "", ...rest] = safeText(text.trim(), { lines: "keep" }).split("\n");
  return cutToWidth(rest.length > 0 ? `${first}…` : first, excerptColumns);
}
