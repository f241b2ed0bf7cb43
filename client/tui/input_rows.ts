/**
 * The text under edit as rows, and where the cursor is in them.
 *
 * @module
 */
import { safeText } from "../../protocol/safe_text.ts";
import type { EditorState } from "./editor.ts";
import type { LiveRows } from "./screen.ts";
import type { Span } from "./style.ts";
import { cutToWidth, graphemes, textWidth } from "./text_width.ts";
import type { Row } from "./wrap.ts";

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
  const prompt = { ...input.prompt, text: cutToWidth(input.prompt.text, Math.max(2, room - 8)) };
  const { rows, cursorRow, cursorAt } = wrapped(input.state, prompt, room);
  const from = Math.max(0, Math.min(cursorRow - rowsMax + 1, rows.length - rowsMax));
  const shown = rows.slice(from, from + rowsMax).map((row) => finished(row));
  if (input.state.text === "") shown[0] = withHint(shown[0]!, input.hint, room);
  const indent = rows[cursorRow]!.indent.text.length;
  return { rows: shown, cursorRow: cursorRow - from, cursorAt: indent + cursorAt };
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

function finished({ text, width, indent }: OpenRow): Row {
  return { spans: [indent, { text }], width, continues: false };
}

function withHint(row: Row, hint: string, room: number): Row {
  const text = cutToWidth(hint, room - row.width);
  const spans = [...row.spans, { text, style: { tone: "dim" as const } }];
  return { spans, width: row.width + textWidth(text), continues: false };
}
