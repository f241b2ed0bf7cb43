/**
 * How posts look in the line-by-line interface: one line each.
 *
 * @module
 */
import { safeText } from "../../protocol/safe_text.ts";
import { isPrivate, type ShownPost } from "../message_view.ts";

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
  if (!isPrivate(post)) return [`${time} ${to} <${from}> ${safeText(post.message.text ?? "")}`];
  return privateLines(post, (text) => `${time} PM ${from} -> ${to} ${text}`);
}

/** A post that has just arrived, in the same form. */
export function incomingLines(post: ShownPost, currentRoom: string): string[] {
  const from = safeText(post.from);
  if (isPrivate(post)) {
    return privateLines(post, (text) => `**** Incoming private message from ${from} ****: ${text}`);
  }
  const text = safeText(post.message.text ?? "");
  const where = post.to === "#lobby" && currentRoom === "#lobby" ? "" : ` in ${safeText(post.to)}`;
  return [`**** Incoming public message from ${from}${where} ****: ${text}`];
}

function privateLines({ message }: ShownPost, line: (text: string) => string): string[] {
  const { text, encrypted, problem } = message;
  const said = problem === null ? null : `(${safeText(problem)})`;
  if (text === null) return [line(said ?? "")];
  const shown = line(safeText(text) + (encrypted ? "" : readableMark));
  return said === null ? [shown] : [said, shown];
}
