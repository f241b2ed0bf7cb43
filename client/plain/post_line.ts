/**
 * How posts look in the line-by-line interface: one line each.
 *
 * @module
 */
import { fallbackOf } from "../../protocol/content.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import { isPrivate, type ShownPost } from "../core/e2e/message_view.ts";
import {
  annotationWords,
  answeredText,
  reactionsText,
  readableMark,
  takenBackText,
} from "../talk/annotation_text.ts";
import type { FoldedPost } from "../talk/folded_posts.ts";
import { inCapitals, remarkText } from "../talk/remark_text.ts";

/** Local date and time, for example `2026-11-23 14:05:07`. */
export function timeText(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** How posts look. */
export interface LineLook {
  /** Whether each is shown with its number. */
  readonly withNumber?: boolean;
}

/**
 * A post in the history: its line, and before it a line with what has to be said about it, if anything.
 *
 * @param post The post.
 * @param look See {@linkcode LineLook}.
 */
export function historyLines(post: FoldedPost, look: LineLook = {}): string[] {
  const time = `${numberOf(post, look)}${timeText(post.timeMs)}`;
  const from = safeText(post.from);
  const to = safeText(post.to);
  const words = annotationWords(post, post.answered);
  if (words !== null) {
    const where = isPrivate(post) ? `PM ${from} -> ${to}` : to;
    const said = words.said === null ? "" : `: ${words.said}`;
    return [...problemOf(post), `${time} ${where} (${words.what}${said})`];
  }
  if (isPrivate(post)) {
    return privateLines(post, (text) => `${time} PM ${from} -> ${to} ${withKind(post, text)}`);
  }
  const text = textOf(post);
  const { kind } = fallbackOf(post);
  if (kind === "action" && post.kind !== "retracted") return [`${time} ${to} * ${from} ${text}`];
  return [`${time} ${to} ${kind === "notice" ? `-${from}-` : `<${from}>`} ${text}`];
}

/** Where a post is shown. */
export interface IncomingLook extends LineLook {
  /** The room that BM goes to. */
  readonly currentRoom: string;
  /** The room that everyone is in. */
  readonly lobby: string;
  /** Whether it was sent by this account, by another program. */
  readonly own: boolean;
}

/**
 * A post that has just arrived, in the same form.
 *
 * @param post The post.
 * @param look See {@linkcode IncomingLook}.
 */
export function incomingLines(post: FoldedPost, look: IncomingLook): string[] {
  const { currentRoom, lobby, own } = look;
  const what = post.kind === "notice" ? "notice" : post.kind === "reply" ? "reply" : "message";
  const from = safeText(post.from);
  const to = safeText(post.to);
  const where = post.to === lobby && currentRoom === lobby ? "" : ` in ${to}`;
  const words = annotationWords(post, post.answered);
  if (words !== null) {
    const said = words.said === null ? "" : `: ${words.said}`;
    return [...problemOf(post), `**** ${numberOf(post, look)}${words.what} ****${said}`];
  }
  if (isPrivate(post)) {
    const head = own
      ? `Your own private ${what} to ${to}, from elsewhere`
      : `Incoming private ${what} from ${from}`;
    const number = numberOf(post, look);
    return privateLines(post, (text) => `**** ${number}${head} ****: ${withKind(post, text)}`);
  }
  const head = own
    ? `Your own public ${what}${where}, from elsewhere`
    : `Incoming public ${what} from ${from}${where}`;
  return [`**** ${numberOf(post, look)}${head} ****: ${withKind(post, textOf(post))}`];
}

/** What commands name it by. */
function numberOf({ sequence }: FoldedPost, { withNumber }: LineLook): string {
  return withNumber === true ? `${sequence} ` : "";
}

/** What a post says now, in one line, with what people think of it. */
function textOf(post: FoldedPost): string {
  if (post.kind === "retracted") return takenBackText;
  const answer = post.kind === "reply" ? `(to ${answeredText(post)}) ` : "";
  const reactions = reactionsText(post.reactions);
  const marks = `${post.edits.length > 0 ? " (edited)" : ""}${
    reactions === "" ? "" : ` [${reactions}]`
  }`;
  return `${answer}${safeText(post.message.text ?? "")}${marks}`;
}

/** An action reads as a sentence about who does it. */
function withKind({ kind, from }: ShownPost, text: string): string {
  return kind === "action" || kind === "file" ? `* ${safeText(from)} ${text}` : text;
}

function privateLines(post: FoldedPost, line: (text: string) => string): string[] {
  const { message: { text, encrypted }, kind } = post;
  if (kind === "retracted") return [line(takenBackText)];
  const problem = problemOf(post);
  if (text === null) return [line(problem[0] ?? "")];
  return [...problem, line(textOf(post) + (encrypted ? "" : readableMark))];
}

/** A line with what the person must be told with a post, if anything. */
function problemOf({ message: { problem } }: ShownPost): string[] {
  return problem === null ? [] : [`(${remarkText(problem, inCapitals)})`];
}
