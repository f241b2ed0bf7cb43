/**
 * How posts look in the line-by-line interface: one line each.
 *
 * @module
 */
import { fallbackOf } from "../../protocol/content.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import { isPrivate, type ShownPost } from "../core/e2e/message_view.ts";
import { inCapitals, remarkText } from "../talk/remark_text.ts";

/** Local date and time, for example `2026-11-23 14:05:07`. */
export function timeText(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** What stands behind a private message that its two ends are not alone with. */
const readableMark = " (not end-to-end encrypted)";

/**
 * A post in the history: its line, and before it a line with what has to be said about it, if anything.
 *
 * @param post The post.
 */
export function historyLines(post: ShownPost): string[] {
  const time = timeText(post.timeMs);
  const from = safeText(post.from);
  const to = safeText(post.to);
  if (isPrivate(post)) {
    return privateLines(post, (text) => `${time} PM ${from} -> ${to} ${withKind(post, text)}`);
  }
  const text = safeText(post.message.text ?? "");
  const said = {
    action: `* ${from} ${text}`,
    notice: `-${from}- ${text}`,
    text: `<${from}> ${text}`,
    sealed: `<${from}> ${text}`,
  };
  return [`${time} ${to} ${said[fallbackOf(post).kind]}`];
}

/** Where a post is shown. */
export interface IncomingLook {
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
export function incomingLines(
  post: ShownPost,
  { currentRoom, lobby, own }: IncomingLook,
): string[] {
  const what = post.kind === "notice" ? "notice" : "message";
  const from = safeText(post.from);
  const to = safeText(post.to);
  if (isPrivate(post)) {
    const head = own
      ? `Your own private ${what} to ${to}, from elsewhere`
      : `Incoming private ${what} from ${from}`;
    return privateLines(post, (text) => `**** ${head} ****: ${withKind(post, text)}`);
  }
  const where = post.to === lobby && currentRoom === lobby ? "" : ` in ${to}`;
  const head = own
    ? `Your own public ${what}${where}, from elsewhere`
    : `Incoming public ${what} from ${from}${where}`;
  return [`**** ${head} ****: ${withKind(post, safeText(post.message.text ?? ""))}`];
}

/** An action reads as a sentence about who does it. */
function withKind({ kind, from }: ShownPost, text: string): string {
  return kind === "action" ? `* ${safeText(from)} ${text}` : text;
}

function privateLines({ message }: ShownPost, line: (text: string) => string): string[] {
  const { text, encrypted, problem } = message;
  const said = problem === null ? null : `(${remarkText(problem, inCapitals)})`;
  if (text === null) return [line(said ?? "")];
  const shown = line(safeText(text) + (encrypted ? "" : readableMark));
  return said === null ? [shown] : [said, shown];
}
