/**
 * What people write, read as a small markup: fences, quotes, lists as they are, and in lines `code`, *bold*, _italic_, addresses
 * and mentions. It becomes data, never HTML: whatever a peer writes can only ever be shown.
 *
 * @module
 */
import { mentionPattern } from "../../talk/mentions.ts";
import { partsByAddress } from "../../talk/web_addresses.ts";

/** A part of a line. */
export type Inline =
  | { readonly kind: "text" | "code" | "bold" | "italic" | "mention"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly target: string };

/** A part of a message. */
export type Block =
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "lines" | "quote"; readonly lines: readonly (readonly Inline[])[] };

const fence = /^```[^`]*$/;
const quoteMark = /^> ?/;
/** Marks stand at the edge of words; what is between them begins and ends with ink. One pass, no nesting: cheap for any text. */
const marked =
  /`([^`\n]+)`|(?<![\p{L}\p{N}*])(\*{1,2})(?=[^\s*])([^*\n]+?)(?<=\S)\2(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]+?)(?<=\S)_(?![\p{L}\p{N}_])/gu;

/**
 * Reads a message.
 *
 * @param text It is safe already, with its lines.
 * @param name Whose mentions are marked.
 */
export function messageBlocks(text: string, name: string): Block[] {
  const pattern = mentionPattern(name);
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length;) {
    const closing = fence.test(lines[at]!) ? closingFence(lines, at) : -1;
    if (closing > 0) {
      blocks.push({ kind: "code", text: lines.slice(at + 1, closing).join("\n") });
      at = closing + 1;
      continue;
    }
    const isQuote = quoteMark.test(lines[at]!);
    const from = at;
    do at++; while (at < lines.length && continues(lines, at, isQuote));
    const shown = lines.slice(from, at).map((line) => isQuote ? line.replace(quoteMark, "") : line);
    blocks.push({
      kind: isQuote ? "quote" : "lines",
      lines: shown.map((line) => inlines(line, pattern)),
    });
  }
  return blocks;
}

function continues(lines: readonly string[], at: number, isQuote: boolean): boolean {
  const line = lines[at]!;
  return quoteMark.test(line) === isQuote && !(fence.test(line) && closingFence(lines, at) > 0);
}

function closingFence(lines: readonly string[], opening: number): number {
  return lines.findIndex((line, at) => at > opening && line.trimEnd() === "```");
}

function inlines(line: string, pattern: RegExp): Inline[] {
  return partsByAddress(line).flatMap(({ text, target }): Inline[] => {
    if (target === undefined) return marks(text, pattern);
    return /^https?:/.test(target) ? [{ kind: "link", text, target }] : [{ kind: "text", text }];
  });
}

function marks(text: string, pattern: RegExp): Inline[] {
  const parts: Inline[] = [];
  let done = 0;
  for (const match of text.matchAll(marked)) {
    const [all, code, , bold, italic] = match;
    parts.push(...withMentions(text.slice(done, match.index), pattern));
    if (code !== undefined) parts.push({ kind: "code", text: code });
    else if (bold !== undefined) parts.push({ kind: "bold", text: bold });
    else parts.push({ kind: "italic", text: italic! });
    done = match.index + all.length;
  }
  parts.push(...withMentions(text.slice(done), pattern));
  return parts.length === 0 ? [{ kind: "text", text: "" }] : parts;
}

function withMentions(text: string, pattern: RegExp): Inline[] {
  const parts: Inline[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    parts.push({ kind: "text", text: text.slice(done, index) }, { kind: "mention", text: found });
    done = index + found.length;
  }
  parts.push({ kind: "text", text: text.slice(done) });
  return parts.filter((part) => part.text !== "");
}
