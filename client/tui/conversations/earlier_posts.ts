/**
 * Gets what was said before: what was missed since the last time, and the last posts of a conversation.
 *
 * @module
 */
import { pagePostsMax } from "../../../protocol/wire/limits.ts";
import { changesTarget } from "../../../protocol/content.ts";
import type { ChatClient } from "../../core/chat/chat_client.ts";
import { folded } from "../../talk/folded_posts.ts";
import { newestPosts } from "../../talk/newest_posts.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import type { ReadMarks } from "./read_marks.ts";
import { shownPost } from "./shown_post.ts";

/** Missed posts that are looked at; of more, the older ones are not counted. */
const missedMax = 2_000;

/**
 * Counts what was missed since this account last read, in every conversation.
 *
 * @param client The signed-in client.
 * @param conversations Where it is counted.
 * @param marks What was read on this machine although something older is unread.
 */
export async function loadMissed(
  client: ChatClient,
  conversations: Conversations,
  marks: ReadMarks,
): Promise<void> {
  const { readSequence, lastSequence } = client.welcome;
  if (readSequence >= lastSequence) return;
  const wanted = { filter: {}, count: pagePostsMax, after: readSequence, countMax: missedMax };
  // What changes a post that is not among them is no news by itself; what has come since signing in is told live.
  const posts = folded(await newestPosts(client, wanted)).filter(({ sequence, kind }) =>
    sequence <= lastSequence && !changesTarget(kind)
  );
  for (const post of posts.map(shownPost)) {
    const mark = marks.of(conversations.titleOf(post));
    // A mark beyond the newest post is of a server that has lost some since: it says nothing.
    if (post.sequence <= Math.max(readSequence, mark <= lastSequence ? mark : 0)) continue;
    const conversation = conversations.of(post);
    conversation.keep([post]);
    conversations.countUnread(post, conversation);
  }
}

/**
 * Gets the last posts of a conversation: as many as are wanted, and all that are unread, as far as one page goes.
 *
 * @param client The signed-in client.
 * @param conversation Where they are kept.
 * @param count How many are wanted.
 */
export async function loadLast(
  client: ChatClient,
  conversation: Conversation,
  count: number,
): Promise<void> {
  const limit = Math.min(pagePostsMax, Math.max(count, conversation.unread));
  if (conversation.loaded || limit === 0) return;
  const { title, isRoom } = conversation;
  const page = await client.history({
    ...(isRoom ? { room: title } : { with: title }),
    limit,
  });
  conversation.keep(folded(page).map(shownPost));
  conversation.loaded = true;
}
