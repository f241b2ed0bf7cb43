/**
 * How posts look in the line-by-line interface: one line each.
 *
 * @module
 */
import type { Post } from "../../protocol/messages.ts";
import { safeText } from "../../protocol/safe_text.ts";

/** Local date and time, for example `2026-11-23 14:05:07`. */
export function timeText(timeMs: number): string {
  const date = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Whether a post went to a room. */
export function isPublic(post: Post): boolean {
  return post.to.startsWith("#");
}

/**
 * A post in the history.
 *
 * @param post The post.
 * @param text What it says; not yet safe.
 */
export function historyLine(post: Post, text: string): string {
  const time = timeText(post.timeMs);
  const from = safeText(post.from);
  const to = safeText(post.to);
  return isPublic(post)
    ? `${time} ${to} <${from}> ${safeText(text)}`
    : `${time} PM ${from} -> ${to} ${safeText(text)}`;
}

/** A post that has just arrived. */
export function incomingLine(post: Post, text: string, currentRoom: string): string {
  const from = safeText(post.from);
  if (!isPublic(post)) {
    return `**** Incoming private message from ${from} ****: ${safeText(text)}`;
  }
  const where = post.to === "#lobby" && currentRoom === "#lobby" ? "" : ` in ${safeText(post.to)}`;
  return `**** Incoming public message from ${from}${where} ****: ${safeText(text)}`;
}
