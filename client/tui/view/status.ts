/**
 * The status line: where one is, what is unread elsewhere, how the connection is.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { Protection } from "../../core/chat/chat_client.ts";
import { plain, type Span, toned } from "../terminal/style.ts";
import { cutToWidth, textWidth } from "../terminal/text_width.ts";
import type { WrappedRow } from "../terminal/wrap.ts";

/** A conversation, as the status line shows it. */
export interface StatusConversation {
  /** What Alt and a digit switch to; from 1. */
  readonly number: number;
  readonly title: string;
  readonly unread: number;
  readonly mentions: number;
}

/** What the status line shows of the connection. */
export interface ConnectionStatus {
  readonly connection: "signing in" | "loading" | "moving" | "up" | "down";
  readonly roundTripMs: number | null;
  /** For how long the server has not answered, where that is long. */
  readonly silenceSeconds: number | null;
  /** While the connection is down: in how many seconds it is tried again, 0 where that is being done, and whether the person can have it sooner. */
  readonly retry: { readonly seconds: number; readonly mayHurry: boolean };
}

/** What the status line shows. */
export interface Status extends ConnectionStatus {
  /** Null before one is signed in. */
  readonly current: StatusConversation | null;
  /** Others with something unread. */
  readonly unread: readonly StatusConversation[];
  /** Which of several servers one is connected to; null where there is only one. */
  readonly server: string | null;
  /** How the current conversation is protected; null for a room. */
  readonly protection: Protection | null;
}

/** Conversations with something unread that are tried for their room: no terminal is wide enough for more. */
const unreadShownMax = 40;

/** One stretch between two bars, long and short. */
interface Part {
  readonly long: Span;
  readonly short: Span | null;
}

/**
 * The status line, in one row.
 *
 * @param status What to show.
 * @param columns The terminal's width.
 * @return A row narrower than the terminal, so that making the terminal narrower disturbs little.
 */
export function statusRow(status: Status, columns: number): WrappedRow {
  const parts = partsOf(status);
  // What does not fit is said shorter, from the end on; what still does not fit is left out, from the end on.
  const shown: (Span | null)[] = parts.map(({ long }) => long);
  const room = Math.max(1, columns - 1);
  for (let at = parts.length - 1; at >= 0 && widthOf(shown) > room; at--) {
    shown[at] = parts[at]!.short;
  }
  for (let at = parts.length - 1; at > 0 && widthOf(shown) > room; at--) shown[at] = null;
  const spans = joined(shown);
  if (widthOf(shown) > room) spans[0] = { ...spans[0]!, text: cutToWidth(spans[0]!.text, room) };
  return { spans, width: Math.min(room, widthOf(shown)), continues: false };
}

function partsOf(status: Status): Part[] {
  const { current, unread, protection } = status;
  const parts: Part[] = [];
  if (current !== null) {
    const text = `${current.number} ${current.title}`;
    parts.push({
      long: { text: ` ${text} `, style: { inverse: true, bold: true } },
      short: { text, style: { inverse: true, bold: true } },
    });
  }
  parts.push(...connectionParts(status));
  if (protection !== null) parts.push(protectionPart(protection));
  for (const conversation of unread.slice(0, unreadShownMax)) parts.push(unreadPart(conversation));
  return parts;
}

function protectionPart(protection: Protection): Part {
  const tone = protection === "readable" || protection === "changed" ? "warning" : "good";
  const [long, short] = protectionTexts[protection];
  return { long: toned(tone, long), short: toned(tone, short) };
}

const protectionTexts: Readonly<Record<Protection, readonly [long: string, short: string]>> = {
  verified: ["end-to-end encrypted, verified", "e2e+"],
  encrypted: ["end-to-end encrypted", "e2e"],
  readable: ["not end-to-end encrypted", "no e2e"],
  changed: ["key has changed", "key!"],
};

function connectionParts(status: Status): Part[] {
  const { connection, server, roundTripMs, silenceSeconds, retry } = status;
  if (connection === "down") return [retryPart(retry)];
  if (connection === "moving") {
    return [{ long: toned("dim", "moving to another server…"), short: toned("dim", "…") }];
  }
  if (connection !== "up") {
    return [{ long: toned("dim", `${connection}…`), short: toned("dim", "…") }];
  }
  if (silenceSeconds !== null) {
    const text = `no answer for ${silenceSeconds} s`;
    return [{ long: toned("warning", text), short: toned("warning", "no answer") }];
  }
  const where = server === null ? "" : ` to ${safeText(server)}`;
  const time = roundTripMs === null ? "" : `, ${Math.max(1, Math.round(roundTripMs))} ms`;
  return [{ long: toned("good", `connected${where}${time}`), short: toned("good", "up") }];
}

function retryPart({ seconds, mayHurry }: Status["retry"]): Part {
  const [when, short] = seconds === 0
    ? ["trying again…", "down"]
    : [`next try in ${seconds} s${mayHurry ? " (Enter: now)" : ""}`, `down, ${seconds} s`];
  return { long: toned("warning", `connection lost, ${when}`), short: toned("warning", short) };
}

/** Mentions are marked by `!` too: colours are not for everyone. */
function unreadPart({ number, title, unread, mentions }: StatusConversation): Part {
  const style = mentions > 0 ? { bold: true, tone: "mention" as const } : { bold: true };
  const count = mentions > 0 ? `${unread}!` : String(unread);
  return {
    long: { text: `${number} ${cutToWidth(title, 16)}: ${count}`, style },
    short: { text: `${number}:${count}`, style },
  };
}

const bar = " | ";

function joined(parts: readonly (Span | null)[]): Span[] {
  const spans: Span[] = [];
  for (const part of parts) {
    if (part === null) continue;
    if (spans.length > 0) spans.push(toned("dim", bar));
    spans.push(part);
  }
  return spans.length > 0 ? spans : [plain("")];
}

function widthOf(parts: readonly (Span | null)[]): number {
  return joined(parts).reduce((sum, { text }) => sum + textWidth(text), 0);
}
