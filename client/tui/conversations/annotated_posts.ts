/**
 * What was said about an earlier post: the post is changed where it is kept, and a line says so on the screen, which stays as it was.
 *
 * @module
 */
import type { ShownPost } from "../../core/chat/chat_client.ts";
import { annotated, isChangedBy, targetAmong, unfolded } from "../../talk/folded_posts.ts";
import type { Conversation } from "./conversations.ts";
import type { PrintedPost } from "./post_lines.ts";
import { shownPost } from "./shown_post.ts";

/**
 * A post that has come, ready to be drawn.
 *
 * @param post The post. Where it changes an earlier one that is kept, that is changed.
 * @param conversation Where it belongs.
 */
export function arrivedPost(post: ShownPost, conversation: Conversation): PrintedPost {
  const kept = conversation.posts.flatMap(({ folded }) => folded ?? []);
  const target = targetAmong(kept, post);
  const before = kept.find((one) => isChangedBy(one, post));
  if (before === undefined) return shownPost(unfolded(post, target));
  const changed = annotated(before, post);
  conversation.replace(shownPost(changed));
  // With a reaction, all who have reacted so are named.
  return shownPost(unfolded(post, post.kind === "reaction" ? changed : target));
}
