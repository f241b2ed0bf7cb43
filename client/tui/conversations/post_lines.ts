/**
 * How posts look.
 *
 * @module
 */
import type { PlainKind } from "../../../protocol/wire/post_kinds.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import {
  annotationWords,
  answeredText,
  reactionsText,
  takenBackText,
} from "../../talk/annotation_text.ts";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import { mentions } from "../../talk/mentions.ts";
import { textBlocks } from "../../talk/marked_text.ts";
import { textSpans } from "./text_spans.ts";
import { named, plain, type Span, type StyledLine, toned } from "../terminal/style.ts";
import { textWidth } from "../terminal/text_width.ts";

/** How times of posts are shown. */
export type TimeForm = "off" | "minutes" | "seconds";

/** A post as it is shown: what was sealed is opened already. */
export interface PrintedPost {
  readonly sequence: number;
  readonly timeMs: number;
  readonly from: string;
  /** A room with its `#`, or the recipient. */
  readonly to: string;
  readonly id: string;
  /** How it looks. */
  readonly kind: PlainKind;
  /** Not yet safe. */
  readonly text: string;
  /** What the person must be told with it, for example why there is no text; not yet safe. */
  readonly problem: string | null;
  /** Whether it is private, but the server could have read it, or made it up. */
  readonly readable: boolean;
  /** The post as it was given; left out where nothing can be said about it. */
  readonly folded?: FoldedPost;
}

/** What a post is drawn with. */
export interface PostLook {
  readonly time: TimeForm;
  /** The own name: own posts and mentions look different. */
  readonly ownName: string;
  readonly ownMention: RegExp;
  /** Says to which room or user it went: in lists over several conversations. */
  readonly withPlace?: boolean;
  /** Shows its number, by which commands name it. */
  readonly withNumber?: boolean;
  /** Stands before each line of code, where no shade tells it from a message of somebody. */
  readonly codeMargin?: string;
}

/** Lines to print, and by how much rows after the first of each are indented. */
export interface PostLines {
  readonly lines: readonly StyledLine[];
  readonly indent: number;
}

/** Longer beginnings of lines would leave too little room for what follows. */
const indentMax = 24;
const two = (value: number) => String(value).padStart(2, "0");

/**
 * The lines of a post.
 *
 * Own posts have a `>` in front, those that mention the reader a `!`: colours are not for everyone.
 */
export function postLines(post: PrintedPost, look: PostLook): PostLines {
  const { folded } = post;
  const words = folded === undefined ? null : annotationWords(folded, folded.answered);
  if (words !== null) {
    const line = [toned("dim", `↳ ${words.line}`)];
    if (post.problem !== null) line.push(toned("warning", ` (${safeText(post.problem)})`));
    return { lines: [line], indent: 2 };
  }
  const head = headOf(post, look);
  const indent = Math.min(indentMax, widthOf(head));
  const pattern = post.from === look.ownName ? null : look.ownMention;
  const margin = plain(" ".repeat(indent));
  const lines = textLines(post.text, pattern, { margin, look });
  if (lines[0]?.[0] === margin) lines[0].shift();
  else lines.unshift([]);
  lines[0]!.unshift(...head);
  if (folded?.kind === "retracted") lines[0] = [...head, toned("dim", takenBackText)];
  else if ((folded?.edits ?? []).length > 0) lines.at(-1)!.push(toned("dim", " (edited)"));
  if (post.problem !== null) {
    const problem = toned("warning", `(${safeText(post.problem)})`);
    if (post.text === "") lines[0]!.push(problem);
    else lines.push([margin, problem]);
  }
  if (folded?.kind === "reply") lines.unshift(answerLine(folded, look));
  const reactions = reactionsText(folded?.reactions ?? []);
  if (reactions !== "") lines.push([margin, toned("dim", `↳ ${reactions}`)]);
  return { lines, indent };
}

/**
 * The lines of a text: those of code begin in the first column, without anything that a copy would have, too. Only a line that could be taken
 * for something that this program says has a bar before it.
 */
function textLines(
  text: string,
  pattern: RegExp | null,
  { margin, look }: { readonly margin: Span; readonly look: PostLook },
): Span[][] {
  return textBlocks(safeText(text, { lines: "keep" })).flatMap(({ isCode, label, lines }) => {
    if (!isCode) return lines.map((line) => [margin, ...textSpans(line, pattern)]);
    const named = label === "" ? "" : ` ${label}`;
    return [
      [toned("dim", `┌── code${named}`)],
      ...lines.map((line) => [codeSpan(line, look)]),
      [toned("dim", "└──")],
    ];
  });
}

/** Without a shade that goes along, a row that the terminal begins could be taken for a message: such code is wrapped as any other text. */
function codeSpan(line: string, look: PostLook): Span {
  const { codeMargin = "" } = look;
  if (codeMargin !== "") return toned("code", codeMargin + line);
  const text = isMistakable(line, look) ? codeBar + line : line;
  return { text, style: { tone: "code", asTyped: true } };
}

/** Before a line of code. */
export const codeBar = "│ ";
/** How the program's own lines begin: frames and marks, warnings, dividers, times. */
const ownBeginning =
  /^[\s\u061c\u200e\u200f]*(?:[\u2500-\u257f↳…]|!! |--- .* ---$|\p{Nd}{1,2}[:：∶꞉]\p{Nd}{2})/u;
/** How messages begin without a time, with a number or not. */
const headBeginning = /^(?:\p{Nd}+ )?[ >!](?:\* \S|-?\S{1,64}: )/u;

/** Whether a line could be taken for one of the program's own, or for a message of somebody. */
function isMistakable(line: string, { time }: PostLook): boolean {
  return ownBeginning.test(line) || (time === "off" && headBeginning.test(line));
}

/** What a reply answers, above it. */
function answerLine(folded: FoldedPost, { time }: PostLook): Span[] {
  const margin = time === "off" ? "" : " ".repeat(time === "seconds" ? 9 : 6);
  return [toned("dim", `${margin} ╭ ${answeredText(folded)}`)];
}

/** The line of a post that is not acknowledged yet. */
export function pendingLine(text: string, state: "sending" | "waiting"): StyledLine {
  const words = state === "sending" ? "sending" : "waiting for the connection";
  return [toned("dim", `… (${words}) ${safeText(text)}`)];
}

function headOf(post: PrintedPost, look: PostLook): Span[] {
  const { time, ownName, ownMention, withPlace } = look;
  const own = post.from === ownName;
  const marked = !own && mentions(post.text, ownMention);
  const spans: Span[] = [];
  if (time !== "off") spans.push(toned("dim", `${clockText(post.timeMs, time)} `));
  if (look.withNumber === true) spans.push(toned("dim", `${post.sequence} `));
  const isRoom = post.to.startsWith("#");
  if (withPlace === true) spans.push(toned("dim", isRoom ? `${safeText(post.to)} ` : "PM "));
  spans.push(own ? toned("accent", ">") : marked ? { text: "!", style: bell } : plain(" "));
  const name = safeText(post.from);
  const to = withPlace === true && !isRoom ? [toned("dim", ` -> ${safeText(post.to)}`)] : [];
  const mark = post.readable ? [toned("warning", " (not encrypted)")] : [];
  if (post.kind === "action") {
    return [...spans, plain("* "), named(post.from, name), ...to, ...mark, plain(" ")];
  }
  if (post.kind === "notice") {
    return [...spans, plain("-"), named(post.from, name), ...to, ...mark, plain("- ")];
  }
  return [...spans, named(post.from, name), ...to, ...mark, toned("dim", ": ")];
}

const bell = { tone: "mention", bold: true } as const;

function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** The local time of day. */
export function clockText(timeMs: number, form: TimeForm): string {
  const date = new Date(timeMs);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return form === "seconds" ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

/** The local day, for example `2026-11-23`. */
export function dayText(timeMs: number): string {
  const date = new Date(timeMs);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The local day as a separator shows it, for example `Monday, 2026-11-23`. */
export function longDayText(timeMs: number): string {
  const weekday = new Date(timeMs).toLocaleDateString("en", { weekday: "long" });
  return `${weekday}, ${dayText(timeMs)}`;
}

/** A line across the conversation: a new day, the first unread post, another conversation. */
export function divider(text: string, tone: "dim" | "warning" | "accent" = "dim"): StyledLine {
  return [toned(tone, `--- ${text} ---`)];
}
