/**
 * Pages of one conversation for CHATHISTORY: posts, and between them what else happened, if a client wants that.
 *
 * @module
 */
import { pagePostsMax } from "../../../../protocol/wire/limits.ts";
import type { Page, StoredPost } from "../../../storage/post_storage.ts";
import type { ChannelEvent } from "../network/channel_events.ts";
import type { IrcLine } from "../format/line.ts";
import { sequenceOf } from "./annotations.ts";

/** A post, or something else that happened. */
export type HistoryItem =
  | { readonly place: number; readonly post: StoredPost }
  | { readonly place: number; readonly line: IrcLine };

/** Reads pages of posts. */
export type PostReader = (
  query: { before?: number; after?: number; limit: number },
) => Promise<Page>;

/** A conversation. */
export interface IrcConversation {
  readonly read: PostReader;
  /** Whether the client is shown a post. */
  readonly shows: (post: StoredPost) => boolean;
  /** The oldest first; none where the client does not want them. */
  readonly events: readonly ChannelEvent[];
}

/** A point in a conversation. */
export interface Point {
  /** Posts with a lower sequence are before the point. */
  readonly from: number;
  /** Posts with this sequence or a higher one are after it. */
  readonly past: number;
  readonly isBefore: (event: ChannelEvent) => boolean;
  readonly isAfter: (event: ChannelEvent) => boolean;
}

/** A stretch of a conversation, without the points themselves. */
export interface Stretch {
  readonly after?: Point;
  readonly before?: Point;
  readonly limit: number;
  /** Whether the newest items are wanted, where there are more than `limit`. */
  readonly newest: boolean;
}

/** The point at a message or an event; null where there is no such id. */
export function pointAtId({ events }: IrcConversation, msgid: string): Point | null {
  const event = events.find(({ line }) => line.tags.msgid === msgid);
  const place = event?.place ?? sequenceOf(msgid);
  if (place === null) return null;
  return {
    from: Math.ceil(place),
    past: Math.floor(place) + 1,
    isBefore: (other) => other.place < place,
    isAfter: (other) => other.place > place,
  };
}

/** The point at a time, in milliseconds since 1970. */
export async function pointAtTime({ read }: IrcConversation, timeMs: number): Promise<Point> {
  const timeOf = ({ line }: ChannelEvent) => line.tags.timeMs ?? 0;
  return {
    from: await firstAt(read, timeMs),
    past: await firstAt(read, timeMs + 1),
    isBefore: (event) => timeOf(event) < timeMs,
    isAfter: (event) => timeOf(event) > timeMs,
  };
}

/**
 * The first sequence whose post is not older than a time. The clock may have stepped back between two posts: then it is
 * the first one that a search by halves comes to.
 */
async function firstAt(read: PostReader, timeMs: number): Promise<number> {
  const newest = (await read({ limit: 1 })).posts.at(-1);
  if (newest === undefined || newest.timeMs < timeMs) return (newest?.sequence ?? 0) + 1;
  let low = 1;
  let high = newest.sequence;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const post = (await read({ after: middle - 1, limit: 1 })).posts[0];
    if (post === undefined || post.timeMs >= timeMs) high = middle;
    else low = post.sequence + 1;
  }
  return low;
}

/** Pages that are read for one of a client's, where there is much in them that it is not shown. */
const pagesReadMax = 10;

/** A page of those posts only that a client is shown: a client takes a page that is not full for the end. */
async function readShown(
  { read, shows }: IrcConversation,
  query: { before?: number; after?: number; limit: number },
): Promise<StoredPost[]> {
  const { limit } = query;
  const isForward = query.after !== undefined;
  let found: StoredPost[] = [];
  let next = query;
  for (let page = 0; page < pagesReadMax; page++) {
    const { posts, more } = await read(next);
    const some = posts.filter(shows);
    found = isForward ? [...found, ...some] : [...some, ...found];
    const last = posts.at(isForward ? -1 : 0)?.sequence;
    if (found.length >= limit || !more || last === undefined) break;
    next = { ...query, limit: pagePostsMax, ...(isForward ? { after: last } : { before: last }) };
  }
  return isForward ? found.slice(0, limit) : found.slice(-limit);
}

/** The items of a stretch, the oldest first. */
export async function readStretch(
  conversation: IrcConversation,
  { after, before, limit, newest }: Stretch,
): Promise<HistoryItem[]> {
  const posts = await readShown(conversation, {
    limit,
    // With `after` the store gives the oldest posts: where the newest are wanted, they are asked for without it.
    ...(after === undefined || newest ? {} : { after: after.past - 1 }),
    ...(before === undefined ? {} : { before: before.from }),
  });
  const items: HistoryItem[] = posts
    .filter(({ sequence }) => after === undefined || sequence >= after.past)
    .map((post) => ({ place: post.sequence, post }));
  for (const event of conversation.events) {
    if (after !== undefined && !after.isAfter(event)) continue;
    if (before !== undefined && !before.isBefore(event)) continue;
    items.push({ place: event.place, line: event.line });
  }
  items.sort((a, b) => a.place - b.place);
  return newest ? items.slice(-limit) : items.slice(0, limit);
}

/** The items around a point, the one at it among them. */
export async function readAround(
  conversation: IrcConversation,
  point: Point,
  limit: number,
): Promise<HistoryItem[]> {
  const at: Point = {
    from: point.past,
    past: point.from,
    isBefore: (event) => !point.isAfter(event),
    isAfter: (event) => !point.isBefore(event),
  };
  const half = Math.ceil(limit / 2);
  const later = await readStretch(conversation, { after: at, limit: half, newest: false });
  const missing = limit - later.length;
  if (missing === 0) return later;
  const earlier = await readStretch(conversation, { before: point, limit: missing, newest: true });
  return [...earlier, ...later];
}
