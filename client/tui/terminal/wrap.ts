/**
 * Breaks lines into rows that fit the terminal.
 *
 * @module
 */
import type { Span, Style, StyledLine } from "./style.ts";
import { clusterWidth, graphemes, isPlain, textWidth } from "./text_width.ts";

/** One row of the terminal. */
export interface WrappedRow {
  readonly spans: readonly Span[];
  /** How many columns it takes. */
  readonly width: number;
  /** The next row is the same word: the terminal goes on by itself, so that a copy has no break there. */
  readonly continues: boolean;
}

/** A piece that is not broken, if that can be avoided. */
interface Word {
  readonly pieces: readonly Span[];
  readonly width: number;
  readonly kind: "text" | "space" | "link";
}

/**
 * Wraps a line.
 *
 * @param line The line; its texts are safe and without line breaks.
 * @param columns How many columns a row may take; 1 or more.
 * @param indent Columns that rows after the first are indented by. Left out where less than 8 columns would be left.
 * @return One row or more, none wider than `columns`.
 */
export function wrap(line: StyledLine, columns: number, indent: number = 0): WrappedRow[] {
  if (line[0]?.style?.asTyped === true) {
    const wrapper = new Wrapper(columns, 0);
    wrapper.addTyped(line);
    return wrapper.finish();
  }
  const wrapper = new Wrapper(columns, columns - indent >= 8 ? indent : 0);
  for (const word of wordsOf(line)) wrapper.add(word);
  return wrapper.finish();
}

/** Takes words and makes rows. */
class Wrapper {
  readonly #rows: WrappedRow[] = [];
  readonly #columns: number;
  readonly #indent: number;
  #spans: Span[] = [];
  #width = 0;
  #space: Word | null = null;
  /** Whether the row holds something beside its indentation. */
  #begun = false;

  constructor(columns: number, indent: number) {
    this.#columns = columns;
    this.#indent = indent;
  }

  add(word: Word): void {
    // Spaces wait for what follows them: at the end of a row they are not shown.
    if (word.kind === "space") {
      if (this.#begun || this.#rows.length === 0) this.#space = joined(this.#space, word);
      return;
    }
    const spaceWidth = this.#space?.width ?? 0;
    if (this.#width + spaceWidth + word.width > this.#columns) {
      if (word.kind === "link" && word.width > this.#columns - this.#indent) {
        return this.#addLongLink(word);
      }
      if (word.width > this.#columns - this.#indent) return this.#addLongWord(word);
      this.#newRow();
    }
    this.#appendSpace();
    this.#append(word);
  }

  /** A whole line without a break of ours. */
  addTyped(pieces: readonly Span[]): void {
    this.#fill({ pieces }, true);
    if (this.#rows.length === 0 && !this.#begun) this.#spans.push(...pieces);
  }

  finish(): WrappedRow[] {
    if (this.#begun || this.#rows.length === 0) this.#push(false);
    return this.#rows;
  }

  #appendSpace(): void {
    if (this.#space !== null) this.#append(this.#space);
    this.#space = null;
  }

  #append(word: Word): void {
    this.#spans.push(...word.pieces);
    this.#width += word.width;
    this.#begun = true;
  }

  /** From the first column on and without a break of ours, so that the terminal copies it in one piece. */
  #addLongLink(word: Word): void {
    if (this.#begun) this.#push(false);
    this.#spans = [];
    this.#width = 0;
    this.#space = null;
    this.#fill(word, true);
  }

  #addLongWord(word: Word): void {
    if (this.#columns - this.#width - (this.#space?.width ?? 0) < 4) this.#newRow();
    this.#appendSpace();
    this.#fill(word, false);
  }

  #fill({ pieces }: Pick<Word, "pieces">, continues: boolean): void {
    for (const { text, style } of pieces) {
      for (const cluster of breakable(text, this.#columns - this.#indent)) {
        const width = clusterWidth(cluster);
        if (this.#width + width > this.#columns) this.#newRow(continues);
        this.#appendText(cluster, style);
        this.#width += width;
        this.#begun = true;
      }
    }
  }

  #appendText(text: string, style: Style | undefined): void {
    const last = this.#spans.at(-1);
    if (last !== undefined && last.style === style) {
      this.#spans[this.#spans.length - 1] = { ...last, text: last.text + text };
    } else this.#spans.push(style === undefined ? { text } : { text, style });
  }

  #newRow(continues: boolean = false): void {
    this.#push(continues);
    const indent = continues ? 0 : this.#indent;
    this.#space = null;
    this.#spans = indent === 0 ? [] : [{ text: " ".repeat(indent) }];
    this.#width = indent;
  }

  #push(continues: boolean): void {
    this.#rows.push({ spans: this.#spans, width: this.#width, continues });
    this.#begun = false;
  }
}

/** A cluster that is wider than a row (a chain of conjuncts) is taken apart, else no row could hold it. */
function breakable(text: string, columns: number): string[] {
  if (isPlain(text)) return text.split("");
  return graphemes(text).flatMap((cluster) =>
    clusterWidth(cluster) > columns
      ? [...cluster].filter((one) => clusterWidth(one) <= columns)
      : [cluster]
  );
}

/** Words and the spaces between them; a word may change its look in the middle. */
function wordsOf(line: StyledLine): Word[] {
  const words: Word[] = [];
  let pieces: Span[] = [];
  const end = () => {
    if (pieces.length > 0) words.push(wordOf(pieces, "text"));
    pieces = [];
  };
  for (const span of line) {
    if (span.style?.link !== undefined) {
      end();
      words.push(wordOf([span], "link"));
      continue;
    }
    for (const text of span.text.split(/( +)/)) {
      if (text === "") continue;
      const piece = span.style === undefined ? { text } : { text, style: span.style };
      if (text[0] === " ") {
        end();
        words.push(wordOf([piece], "space"));
      } else if (isPlain(text)) pieces.push(piece);
      else {
        for (const { text: part, wide } of wideApart(text)) {
          if (wide) end();
          pieces.push({ ...piece, text: part });
          if (wide) end();
        }
      }
    }
  }
  end();
  return words;
}

/** Spaces of different looks may follow each other. */
function joined(first: Word | null, second: Word): Word {
  if (first === null) return second;
  return {
    ...second,
    pieces: [...first.pieces, ...second.pieces],
    width: first.width + second.width,
  };
}

function wordOf(pieces: readonly Span[], kind: Word["kind"]): Word {
  const width = pieces.reduce((sum, { text }) => sum + textWidth(text), 0);
  return { pieces, width, kind };
}

/** Chinese and Japanese have no spaces: a line may break beside every wide character. */
function wideApart(text: string): { text: string; wide: boolean }[] {
  const parts: { text: string; wide: boolean }[] = [];
  for (const cluster of graphemes(text)) {
    const wide = clusterWidth(cluster) === 2 && !/\p{P}/u.test(cluster);
    const last = parts.at(-1);
    if (wide || last === undefined || last.wide) parts.push({ text: cluster, wide });
    else last.text += cluster;
  }
  return parts;
}
