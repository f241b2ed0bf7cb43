/**
 * Draws inline: what was said is printed once and belongs to the terminal from then on; below it a few live rows (what is
 * pending, the status, the input) are drawn again whenever something changes.
 *
 * Every move is relative to the cursor, so nothing depends on where on the screen we are. The column of the cursor is
 * reached by printing what stands before it, so nothing depends on how wide this terminal draws a character.
 *
 * @module
 */
import { headOf, paint, paintEnd, type PaintOptions, unstyledText } from "./paint.ts";
import { isPlain, textWidth } from "./text_width.ts";
import type { WrappedRow } from "./wrap.ts";

/** The live rows, and where the cursor is in them. */
export interface LiveRows {
  readonly rows: readonly WrappedRow[];
  readonly cursorRow: number;
  /** How many UTF-16 units of the row's text stand before the cursor. */
  readonly cursorAt: number;
}

/** What was drawn last. */
interface Drawn {
  readonly widths: readonly number[];
  readonly cursorRow: number;
  /** How many columns stand before the cursor. */
  readonly cursorColumn: number;
  readonly columns: number;
  /** Rows that the cursor is below the first one of its own row, after a narrower terminal has broken that. */
  readonly broken: number;
}

/** How many columns there are. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Begin and end of a frame that terminals show at once (mode 2026); those that do not know it ignore it. */
const frameBegin = "\x1b[?2026h\x1b[?25l";
const frameEnd = "\x1b[?25h\x1b[?2026l";
const eraseLine = "\x1b[K";
const eraseBelow = "\x1b[J";
const wrapOff = "\x1b[?7l";
const wrapOn = "\x1b[?7h";

/** Makes frames: text for the terminal. It writes nothing itself. */
export class Screen {
  readonly #options: PaintOptions;
  #drawn: Drawn | null = null;
  #printed: WrappedRow[] = [];

  /** @param options What the terminal can show. */
  constructor(options: PaintOptions) {
    this.#options = options;
  }

  /** Prints rows above the live ones with the next frame. */
  print(rows: readonly WrappedRow[]): void {
    for (const row of rows) this.#printed.push(row);
  }

  /** Whether rows wait to be printed. */
  get printing(): boolean {
    return this.#printed.length > 0;
  }

  /**
   * The next frame.
   *
   * @param live The live rows; fewer than the terminal has.
   * @param size The terminal's size.
   * @return What to write.
   */
  frame(live: LiveRows, size: Size): string {
    const parts = [frameBegin, this.#toTop(size.columns), this.#paintPrinted(size.columns)];
    live.rows.forEach((row, index) => {
      const last = index === live.rows.length - 1;
      parts.push(last ? eraseBelow : eraseLine, this.#paintLive(row), last ? "" : "\r\n");
    });
    parts.push(this.#toCursor(live), frameEnd);
    this.#drawn = {
      widths: live.rows.map(({ width }) => width),
      cursorRow: live.cursorRow,
      cursorColumn: textWidth(
        unstyledText(live.rows[live.cursorRow]!.spans).slice(0, live.cursorAt),
      ),
      columns: size.columns,
      broken: 0,
    };
    return parts.join("");
  }

  /** What to write so that the live rows are gone and the cursor is where they began; printed rows are written. */
  leave(size: Size): string {
    const text = this.#toTop(size.columns) + eraseBelow + this.#paintPrinted(size.columns);
    this.#drawn = null;
    return text;
  }

  /**
   * What to write to make the screen empty; the terminal keeps what has scrolled out of it. Some keep what is cleared, too: the live rows
   * go first, or they would stand among the messages.
   */
  clear({ columns }: Size): string {
    const withoutLive = this.#toTop(columns) + eraseBelow;
    this.#drawn = null;
    return `${withoutLive}\x1b[H\x1b[2J`;
  }

  /** The live rows are gone, for example after another program had the terminal. */
  forget(): void {
    this.#drawn = null;
  }

  /**
   * Whether the terminal must be asked where the cursor is: some break the cursor's own row when they get narrower, some
   * cut it, and that decides over how many rows are above it.
   */
  isCursorDoubtful(columns: number): boolean {
    return this.#drawn !== null && columns < this.#drawn.columns &&
      this.#drawn.cursorColumn >= columns;
  }

  /** The terminal has answered: the cursor is in this column, from 1. */
  noteCursor(column: number, columns: number): void {
    if (this.#drawn === null || !this.isCursorDoubtful(columns)) return;
    const { cursorColumn } = this.#drawn;
    const wasBroken = column === cursorColumn % columns + 1;
    const broken = wasBroken ? Math.floor(cursorColumn / columns) : 0;
    this.#drawn = { ...this.#drawn, broken };
  }

  /** To the first column of the first live row, also where a narrower terminal has broken rows anew. */
  #toTop(columns: number): string {
    if (this.#drawn === null) return "\r";
    const { widths, cursorRow, broken } = this.#drawn;
    const narrower = columns < this.#drawn.columns;
    const above = widths.slice(0, cursorRow).reduce(
      (sum, width) => sum + (narrower ? Math.max(1, Math.ceil(width / columns)) : 1),
      broken,
    );
    return above === 0 ? "\r" : `\r\x1b[${above}A`;
  }

  #paintPrinted(columns: number): string {
    const parts: string[] = [];
    let continues = false;
    for (const row of this.#printed) {
      if (!continues) parts.push(eraseLine);
      parts.push(paint(row.spans, this.#options));
      // A row that goes on is full: the terminal itself breaks it, and knows that it is one line. At the end of a full
      // row the cursor still stands on its last character, which must not be erased.
      if (row.width < columns) {
        if (continues) parts.push(eraseLine);
        parts.push(paintEnd(row.spans, this.#options));
      }
      if (!row.continues) parts.push("\r\n");
      continues = row.continues;
    }
    this.#printed = [];
    return parts.join("");
  }

  /** A terminal that draws a character wider than we think must not break a live row in two. */
  #paintLive(row: WrappedRow): string {
    const text = paint(row.spans, this.#options);
    return row.spans.every((span) => isPlain(span.text)) ? text : wrapOff + text + wrapOn;
  }

  #toCursor({ rows, cursorRow, cursorAt }: LiveRows): string {
    const up = rows.length - 1 - cursorRow;
    const move = up === 0 ? "\r" : `\r\x1b[${up}A`;
    const row = rows[cursorRow]!;
    return move + this.#paintLive({ ...row, spans: headOf(row.spans, cursorAt) });
  }
}
