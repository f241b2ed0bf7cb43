/**
 * Which posts of a conversation begin a day, a group of one person, or what is unread.
 *
 * @module
 */
import type { FoldedPost } from "../../talk/folded_posts.ts";
import { dayName, isSameDay } from "../text/moments.ts";

/** A post with what stands above it. */
export interface FeedRow {
  readonly post: FoldedPost;
  /** Whether the name stands above it: it is by somebody else than the one before, or was said much later. */
  readonly isFirst: boolean;
  /** The day that begins; empty for none. */
  readonly day: string;
  /** Whether all above it was read. */
  readonly isUnreadLine: boolean;
}

/** Messages of one person within this time stand together, in milliseconds. */
const togetherMs = 5 * 60 * 1_000;

/**
 * The rows of a conversation.
 *
 * @param posts In order.
 * @param unreadLine The sequence of the first post that was unread; null for none.
 * @param nowMs Now, in milliseconds since 1970.
 */
export function feedRows(
  posts: readonly FoldedPost[],
  unreadLine: number | null,
  nowMs: number,
): FeedRow[] {
  const firstUnread = unreadLine === null
    ? undefined
    : posts.find(({ sequence }) => sequence >= unreadLine);
  return posts.map((post, at) => {
    const before = posts[at - 1];
    const isNewDay = before === undefined || !isSameDay(before.timeMs, post.timeMs);
    const isUnreadLine = post === firstUnread && before !== undefined;
    const isFirst = isNewDay || isUnreadLine || !goesOn(before, post);
    return { post, isFirst, isUnreadLine, day: isNewDay ? dayName(post.timeMs, nowMs) : "" };
  });
}

function goesOn(before: FoldedPost, post: FoldedPost): boolean {
  return before.from === post.from && post.kind !== "reply" &&
    post.timeMs - before.timeMs < togetherMs &&
    before.kind !== "action" && post.kind !== "action";
}
