/**
 * What a person is told of posts that are not on the screen.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { View } from "./view.ts";
import type { Conversation, Conversations } from "../conversations/conversations.ts";
import type { Notifications } from "../conversations/notifications.ts";
import type { PrintedPost } from "../conversations/post_lines.ts";

/** Counts and tells. */
export class PostNews {
  readonly #view: View;
  readonly #conversations: Conversations;
  readonly #notifications: Notifications;

  /**
   * @param view Where it is told.
   * @param conversations Where it is counted.
   * @param notifications What rings.
   */
  constructor(view: View, conversations: Conversations, notifications: Notifications) {
    this.#view = view;
    this.#conversations = conversations;
    this.#notifications = notifications;
  }

  /** A post has come that is not shown. */
  countUnread(post: PrintedPost, conversation: Conversation): void {
    // Whoever answers on another machine has read there what came before.
    if (post.from === this.#conversations.ownName) return conversation.markRead();
    this.#conversations.countUnread(post, conversation);
    if (conversation.isRoom || conversation.unread !== 1 || conversation.muted) return;
    const key = `Alt-${conversation.number}`;
    this.#view.notice(`${safeText(post.from)} has sent you a private message: ${key} shows it.`);
  }

  /** A post has come, shown or not. */
  ring(post: PrintedPost, conversation: Conversation): void {
    if (post.from === this.#conversations.ownName || conversation.muted) return;
    const concerns = this.#conversations.concerns(post);
    const sequence = this.#notifications.sequenceFor(concerns, post.from, post.text);
    if (sequence !== "") this.#view.send(sequence);
  }
}
