/**
 * Days as people type them, and what was said on one.
 *
 * @module
 */
import { pagePostsMax } from "../../protocol/wire/limits.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import type { ChatClient, ShownPage, ShownPost } from "../core/chat/chat_client.ts";
import type { NewestPosts } from "./newest_posts.ts";

/** A day where the person is. */
export interface Day {
  /** When it begins, in milliseconds since 1970. */
  readonly fromMs: number;
  /** When the next one does. */
  readonly untilMs: number;
}

/**
 * The day that a word means.
 *
 * @param word `today`, `yesterday`, or a date such as `2026-11-23`.
 * @param nowMs Milliseconds since 1970.
 * @return Null where it is something else.
 * @throws {ChatError} `bad_message` for a date that the calendar does not have.
 */
export function dayOf(word: string, nowMs: number): Day | null {
  const now = new Date(nowMs);
  const midnight = (daysAgo: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo);
  const said = word.toLowerCase();
  if (said === "today") return dayFrom(midnight(0));
  if (said === "yesterday") return dayFrom(midnight(1));
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(word) ?? [];
  if (year === undefined) return null;
  const day = new Date(Number(year), Number(month) - 1, Number(date));
  if (day.getMonth() !== Number(month) - 1 || day.getDate() !== Number(date)) {
    throw new ChatError("bad_message", `There is no ${word}: a day is written like 2026-11-23.`);
  }
  return dayFrom(day);
}

/** Days do not all have 24 hours. */
function dayFrom(from: Date): Day {
  const until = new Date(from.getFullYear(), from.getMonth(), from.getDate() + 1);
  return { fromMs: from.getTime(), untilMs: until.getTime() };
}

/**
 * What was said on a day. The first post of the day is looked for by halves: some twenty short questions.
 *
 * @param client The signed-in client.
 * @param filter Of one room or with one user; all where neither is given.
 * @param day The day.
 * @param countMax How many posts at the most.
 * @return The oldest first; `more` where there are more of that day.
 */
export async function postsOfDay(
  client: ChatClient,
  filter: NewestPosts["filter"],
  { fromMs, untilMs }: Day,
  countMax: number,
): Promise<ShownPage> {
  const posts: ShownPost[] = [];
  const annotations: ShownPost[] = [];
  let after = await lastBefore(client, filter, fromMs);
  for (;;) {
    const limit = Math.min(pagePostsMax, countMax - posts.length + 1);
    const page = await client.history({ ...filter, after, limit });
    const ofDay = page.posts.filter(({ timeMs }) => timeMs < untilMs);
    posts.push(...ofDay);
    annotations.push(...page.annotations);
    if (posts.length > countMax) {
      return { posts: posts.slice(0, countMax), annotations, more: true };
    }
    const isLast = !page.more || page.posts.length === 0 || ofDay.length < page.posts.length;
    if (isLast) return { posts, annotations, more: false };
    after = page.posts.at(-1)!.sequence;
  }
}

/** A sequence before which everything was said before a time, and after which nothing was. Servers' clocks go forward, by and large. */
async function lastBefore(
  client: ChatClient,
  filter: NewestPosts["filter"],
  timeMs: number,
): Promise<number> {
  const newest = (await client.history({ ...filter, limit: 1 })).posts.at(-1);
  let [before, notBefore] = [0, (newest?.sequence ?? 0) + 1];
  while (notBefore - before > 1) {
    const middle = Math.floor((before + notBefore) / 2);
    const { posts: [next] } = await client.history({ ...filter, after: middle - 1, limit: 1 });
    if (next === undefined || next.timeMs >= timeMs) notBefore = middle;
    else before = Math.max(middle, next.sequence);
  }
  return before;
}
