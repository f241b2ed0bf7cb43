/**
 * What stood around a post.
 *
 * @module
 */
import type { ChatClient } from "../core/chat/chat_client.ts";
import { isPrivate } from "../core/e2e/message_view.ts";
import { folded, type FoldedPost } from "./folded_posts.ts";

/** Posts that are shown before it, and after it. */
const postsEachSide = 5;

/**
 * Fetches what stood around a post.
 *
 * @param client The signed-in client.
 * @param post The post; of a reply that is not known to be about another place, what it answers is meant.
 * @return The posts, oldest first, the one that is meant among them where it is still there.
 */
export async function surroundings(
  client: ChatClient,
  { from, to, sequence }: Pick<FoldedPost, "from" | "to" | "sequence">,
): Promise<FoldedPost[]> {
  const peer = from === client.name ? to : from;
  const filter = isPrivate({ to }) ? { with: peer } : { room: to };
  const limit = postsEachSide;
  const before = await client.history({ ...filter, before: sequence + 1, limit: limit + 1 });
  const after = await client.history({ ...filter, after: sequence, limit });
  return folded({
    posts: [...before.posts, ...after.posts],
    annotations: [...before.annotations, ...after.annotations],
  });
}

/**
 * Which post somebody means who asks for what stood around one: of the newest reply what it answers, of anything else the post itself.
 *
 * @param post What was pointed at.
 */
export function meantBy(post: FoldedPost): Pick<FoldedPost, "from" | "to" | "sequence"> {
  if (post.kind !== "reply" || post.target === undefined) return post;
  return post.answered ?? { ...post, sequence: post.target };
}
