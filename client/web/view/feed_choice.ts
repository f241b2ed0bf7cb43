/**
 * Which message is chosen, and what a person is about to do with it.
 *
 * @module
 */
import { signal } from "@preact/signals";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import type { PageConversation } from "../state/page_conversation.ts";
import type { PageSession } from "../state/page_session.ts";

/** What is asked before something is done with a message. */
export type FeedQuestion = "reaction" | "take_back" | null;

/** The messages of one conversation, as they are chosen by keys, a mouse or a finger. */
export class FeedChoice {
  /** The chosen message, by its sequence; null for none. */
  readonly chosen = signal<number | null>(null);
  readonly question = signal<FeedQuestion>(null);
  readonly #session: PageSession;
  readonly #conversation: PageConversation;

  /**
   * @param session The session.
   * @param conversation Whose messages they are.
   */
  constructor(session: PageSession, conversation: PageConversation) {
    this.#session = session;
    this.#conversation = conversation;
  }

  /** Chooses a message. */
  choose(post: FoldedPost | null): void {
    const sequence = post?.sequence ?? null;
    if (this.chosen.value === sequence) return;
    this.chosen.value = sequence;
    this.question.value = null;
  }

  /** The mouse has gone elsewhere: nothing is chosen any more, unless keys have chosen it. */
  leave(): void {
    const hasFocus = (document.activeElement?.closest("article") ?? null) !== null;
    if (this.question.value === null && !hasFocus) this.choose(null);
  }

  /** What may be done with a message. */
  may(post: FoldedPost): { readonly answer: boolean; readonly change: boolean } {
    const isThere = post.kind !== "retracted" && !this.#conversation.left.value;
    const isOwn = post.from === this.#session.client.name;
    // What the server could have written itself is answered by nothing that is sealed.
    const isSafe = this.#conversation.isRoom || post.message.encrypted;
    return { answer: isThere && isSafe && post.kind !== "sealed", change: isThere && isOwn };
  }

  /** The next message answers this one. */
  readonly reply = (post: FoldedPost): void => {
    this.#conversation.about.value = { kind: "reply", post };
    this.#write();
  };

  /** The next message replaces this one. */
  readonly edit = (post: FoldedPost): void => {
    this.#conversation.edit(post);
    this.#write();
  };

  /** Reacts. */
  readonly react = (post: FoldedPost, emoji: string): void => {
    this.question.value = null;
    void this.#session.outgoing.react(this.#conversation, post, emoji);
  };

  /** Takes a message back. */
  readonly takeBack = (post: FoldedPost): void => {
    this.question.value = null;
    void this.#session.outgoing.takeBack(this.#conversation, post);
  };

  /** A key was pressed on a message. @return Whether it means something there. */
  onKey(key: string, post: FoldedPost): boolean {
    const { answer, change } = this.may(post);
    if (key === "r" && answer) this.reply(post);
    else if (key === "e" && change && answer) this.edit(post);
    else if (key === "+" && answer) this.question.value = "reaction";
    else if (key === "Delete" && change) this.question.value = "take_back";
    else if (key === "Escape" && this.question.value !== null) this.question.value = null;
    else if (key === "Escape") this.#write();
    else return false;
    return true;
  }

  #write(): void {
    this.choose(null);
    document.getElementById("message")?.focus();
  }
}
