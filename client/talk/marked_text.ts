/**
 * What people mark in what they write: code between fences, `code`, *bold*. The marks stay where they are: what is shown is
 * what was typed.
 *
 * @module
 */

/** A part of a text, in whole lines. */
export interface TextBlock {
  /** Whether it stood between fences, and is shown just as it was typed. */
  readonly isCode: boolean;
  /** What stood behind the first fence, often the name of a language; empty otherwise. */
  readonly label: string;
  readonly lines: readonly string[];
}

/** A part of a line. */
export interface MarkedPart {
  readonly text: string;
  readonly look: "plain" | "code" | "bold" | "mark";
}

/** A line of three or more backticks, with something else behind them. */
const fenceLine = /^\s{0,3}(`{3,})([^`]*)$/u;
/** What may stand there. */
const fenceLabel = /^\S{0,40}$/u;

/**
 * Takes a text apart. A fence without a second one is a line like any other.
 *
 * @param text Any text; LF ends lines.
 * @return Its blocks, in order; neighbours differ, but for two blocks of code.
 */
export function textBlocks(text: string): TextBlock[] {
  const lines = text.split("\n");
  const blocks: TextBlock[] = [];
  let plain: string[] = [];
  const endPlain = () => {
    if (plain.length > 0) blocks.push({ isCode: false, label: "", lines: plain });
    plain = [];
  };
  // Each fence is looked for once from the end: many that are not closed must not cost a look at all lines each.
  const closings = closingFences(lines);
  for (let at = 0; at < lines.length; at++) {
    const end = closings.get(at);
    if (end === undefined) {
      plain.push(lines[at]!);
      continue;
    }
    endPlain();
    const { label } = fenceOf(lines[at]!)!;
    blocks.push({ isCode: true, label, lines: lines.slice(at + 1, end) });
    at = end;
  }
  endPlain();
  return blocks;
}

/** For each fence that begins a block, the line of the one that ends it. */
function closingFences(lines: readonly string[]): Map<number, number> {
  const closings = new Map<number, number>();
  let opening: { at: number; mark: string } | null = null;
  for (const [at, line] of lines.entries()) {
    const fence = fenceOf(line);
    if (fence === null) continue;
    const { mark, label } = fence;
    if (opening === null) opening = { at, mark };
    else if (mark.length >= opening.mark.length && label === "") {
      closings.set(opening.at, at);
      opening = null;
    }
  }
  return closings;
}

/** The backticks of a fence, with a label behind the first one of a block. In two steps: a row of spaces is to be looked at once only. */
function fenceOf(line: string): { readonly mark: string; readonly label: string } | null {
  const [, mark, rest = ""] = fenceLine.exec(line) ?? [];
  const label = rest.trim();
  return mark === undefined || !fenceLabel.test(label) ? null : { mark, label };
}

const codeMark = /(?<!`)`([^`]+)`(?!`)/gu;
const boldMark = /(?<![\p{L}\p{N}*])\*(?![\s*])([^*]*[^\s*])\*(?![\p{L}\p{N}*])/gu;

/**
 * Finds `code` in a line.
 *
 * @param line Any text of one line.
 * @return Its parts, which joined are the line again.
 */
export function codeParts(line: string): MarkedPart[] {
  return split(line, codeMark, "code");
}

/** Finds *bold* in a text without addresses, which may have such marks; otherwise as {@linkcode codeParts}. */
export function boldParts(text: string): MarkedPart[] {
  return split(text, boldMark, "bold");
}

function split(text: string, pattern: RegExp, look: "code" | "bold"): MarkedPart[] {
  const parts: MarkedPart[] = [];
  let done = 0;
  for (const { 0: whole, 1: inner = "", index } of text.matchAll(pattern)) {
    const mark = whole.slice(0, 1);
    parts.push(
      { text: text.slice(done, index), look: "plain" },
      { text: mark, look: "mark" },
      { text: inner, look },
      { text: mark, look: "mark" },
    );
    done = index + whole.length;
  }
  parts.push({ text: text.slice(done), look: "plain" });
  return parts.filter((part) => part.text !== "");
}
