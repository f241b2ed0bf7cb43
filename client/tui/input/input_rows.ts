/**
 * The text under edit as rows, and where the cursor is in them.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { EditorState } from "./editor.ts";
import type { LiveRows } from "../terminal/screen.ts";
import type { Span } from "../terminal/style.ts";
import { cutToWidth, graphemes, textWidth } from "../terminal/text_width.ts";
import { wrap, type WrappedRow } from "../terminal/wrap.ts";

/** What is to be shown. */
export interface InputView {
  /** What stands before the first line, for example `> `. */
  readonly prompt: Span;
  readonly state: EditorState;
  /** What an empty input shows, dimmed, after the cursor. */
  readonly hint: string;
}

/** A row under construction. */
interface OpenRow {
  text: string;
  width: number;
  readonly indent: Span;
}

/**
 * Wraps the input, at any character: what is being typed should not jump about.
 *
 * @param input What to show.
 * @param columns The terminal's width; one column is left free for the cursor.
 * @param rowsMax The most rows; those around the cursor are shown.
 */
export function inputRows(input: InputView, columns: number, rowsMax: number): LiveRows {
  const room = Math.max(2, columns - 1);
  const { above, prompt } = wrappedPrompt(input.prompt, room, rowsMax);
  const { rows, cursorRow, cursorAt } = wrapped(input.state, prompt, room);
  const rowsLeft = rowsMax - above.length;
  const from = Math.max(0, Math.min(cursorRow - rowsLeft + 1, rows.length - rowsLeft));
  const shown = rows.slice(from, from + rowsLeft).map((row) => finished(row));
  if (input.state.text === "") shown[0] = withHint(shown[0]!, input.hint, room);
  const indent = rows[cursorRow]!.indent.text.length;
  return {
    rows: [...above, ...shown],
    cursorRow: above.length + cursorRow - from,
    cursorAt: indent + cursorAt,
  };
}

/** Columns that are left free for the answer, behind a question. */
const answerColumns = 8;

/** A long question takes rows of its own; where there is too little room for them, its end is shown. */
function wrappedPrompt(
  prompt: Span,
  room: number,
  rowsMax: number,
): { above: WrappedRow[]; prompt: Span } {
  if (textWidth(prompt.text) + answerColumns <= room) return { above: [], prompt };
  const rows = wrap([{ ...prompt, text: prompt.text.trimEnd() }], room);
  const last = rows.at(-1)!;
  const ends = last.width + 1 + answerColumns > room;
  const above = ends ? rows : rows.slice(0, -1);
  const text = ends ? "  " : `${last.spans.map((span) => span.text).join("")} `;
  return { above: rowsMax > 1 ? above.slice(1 - rowsMax) : [], prompt: { ...prompt, text } };
}

function wrapped(
  { text, cursor }: EditorState,
  prompt: Span,
  room: number,
): { rows: OpenRow[]; cursorRow: number; cursorAt: number } {
  const margin = { text: " ".repeat(textWidth(prompt.text) < 8 ? textWidth(prompt.text) : 2) };
  const rows: OpenRow[] = [opened(prompt)];
  let cursorRow = 0;
  let cursorAt = 0;
  let at = 0;
  for (const cluster of graphemes(text)) {
    const shown = cluster === "\n" ? "" : safeText(cluster);
    const width = textWidth(shown);
    if (cluster === "\n" || rows.at(-1)!.width + width > room) rows.push(opened(margin));
    const row = rows.at(-1)!;
    if (at < cursor) [cursorRow, cursorAt] = [rows.length - 1, row.text.length + shown.length];
    row.text += shown;
    row.width += width;
    at += cluster.length;
  }
  return { rows, cursorRow, cursorAt };
}

function opened(indent: Span): OpenRow {
  return { text: "", width: textWidth(indent.text), indent };
}

function finished({ text, width, indent }: OpenRow): WrappedRow {
  return { spans: [indent, { text }], width, continues: false };
}

function withHint(row: WrappedRow, hint: string, room: number): WrappedRow {
  const text = cutToWidth(hint, room - row.width);
  const spans = [...row.spans, { text, style: { tone: "dim" as const } }];
  return { spans, width: row.width + textWidth(text), continues: false };
}
