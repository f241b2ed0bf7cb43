/**
 * What people write, as data to draw: blocks of code, quotes, and lines with `code`, *bold*, addresses and mentions. It never becomes
 * HTML: whatever a peer writes can only ever be shown.
 *
 * @module
 */
import { boldParts, codeParts, textBlocks } from "../../talk/marked_text.ts";
import { mentionPattern } from "../../talk/mentions.ts";
import { partsByAddress } from "../../talk/web_addresses.ts";

/** A part of a line. */
export type Inline =
  | { readonly kind: "text" | "code" | "bold" | "mention"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly target: string };

/** A part of a message. */
export type Block =
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "lines" | "quote"; readonly lines: readonly (readonly Inline[])[] };

const quoteMark = /^> ?/;

/**
 * Reads a message.
 *
 * @param text It is safe already, with its lines.
 * @param name Whose mentions are marked.
 */
export function messageBlocks(text: string, name: string): Block[] {
  const pattern = mentionPattern(name);
  return textBlocks(text).flatMap(({ isCode, lines }) =>
    isCode ? [{ kind: "code" as const, text: lines.join("\n") }] : plainBlocks(lines, pattern)
  );
}

/** Lines that are quoted, and lines that are not. */
function plainBlocks(lines: readonly string[], pattern: RegExp): Block[] {
  const blocks: { kind: "lines" | "quote"; lines: Inline[][] }[] = [];
  for (const line of lines) {
    const kind = quoteMark.test(line) ? "quote" : "lines";
    if (blocks.at(-1)?.kind !== kind) blocks.push({ kind, lines: [] });
    blocks.at(-1)!.lines.push(
      inlines(kind === "quote" ? line.replace(quoteMark, "") : line, pattern),
    );
  }
  return blocks;
}

function inlines(line: string, pattern: RegExp): Inline[] {
  return codeParts(line).flatMap(({ look, text }): Inline[] => {
    if (look === "mark") return [];
    return look === "code" ? [{ kind: "code", text }] : withAddresses(text, pattern);
  });
}

function withAddresses(text: string, pattern: RegExp): Inline[] {
  return partsByAddress(text).flatMap(({ text, target }): Inline[] => {
    if (target === undefined) return withBold(text, pattern);
    return /^https?:/.test(target) ? [{ kind: "link", text, target }] : [{ kind: "text", text }];
  });
}

function withBold(text: string, pattern: RegExp): Inline[] {
  return boldParts(text).flatMap(({ look, text }): Inline[] => {
    if (look === "mark") return [];
    return look === "bold" ? [{ kind: "bold", text }] : withMentions(text, pattern);
  });
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
