/**
 * One conversation of a page: a room, or the private messages with somebody.
 *
 * @module
 */
import { batch, signal } from "@preact/signals";
import { changesTarget } from "../../../protocol/content.ts";
import type { ShownPost } from "../../core/e2e/message_view.ts";
import type { Protection } from "../../core/chat/chat_client.ts";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import { type FetchPage, Timeline } from "./timeline.ts";

/** What the next message is about. */
export interface About {
  readonly kind: "reply" | "edit";
  readonly post: FoldedPost;
}

/** One conversation. */
export class PageConversation {
  /** A room with its `#`, or the other user's name. */
  readonly title: string;
  readonly timeline: Timeline;
  readonly topic = signal("");
  readonly unread = signal(0);
  readonly mentions = signal(0);
  /** The first unread post; null where all is read. */
  readonly firstUnread = signal<number | null>(null);
  /** Where the line stands above which all was read when the conversation was opened; null for nowhere. */
  readonly unreadLine = signal<number | null>(null);
  readonly muted = signal(false);
  /** Whether it is a room that one is not in any more. */
  readonly left = signal(false);
  readonly draft = signal("");
  readonly about = signal<About | null>(null);
  /** How it is protected; null where that is not known, and for rooms. */
  readonly protection = signal<Protection | null>(null);
  /** Who of the room is online; null where that was not asked yet. */
  readonly present = signal<readonly string[] | null>(null);
  /** The post that the person has been led to, by its sequence. */
  readonly target = signal<number | null>(null);
  /** When something was last said, in milliseconds since 1970. */
  readonly lastMs = signal(0);
  /** The newest post that is known. */
  newest = 0;
  /** When the draft came from another session, or was back by itself, by `performance.now()`; null where it was typed here. */
  cameMs: number | null = null;
  /** What was being written before a message was to be edited. */
  #aside = "";

  /**
   * @param title A room with its `#`, or a user's name.
   * @param fetchPage Fetches a page of history.
   */
  constructor(title: string, fetchPage: FetchPage) {
    this.title = title;
    this.timeline = new Timeline(title, fetchPage);
  }

  /** Whether it is a room. */
  get isRoom(): boolean {
    return this.title.startsWith("#");
  }

  /** Counts a post that was not seen. @param concerns Whether it is meant for the person. */
  countUnread(post: ShownPost, concerns: boolean): void {
    if (changesTarget(post.kind)) return;
    this.unread.value++;
    this.firstUnread.value ??= post.sequence;
    if (concerns) this.mentions.value++;
  }

  /** All of it was seen. */
  markRead(): void {
    this.unread.value = 0;
    this.mentions.value = 0;
    this.firstUnread.value = null;
  }

  /** What is being written for a new message, also while another one is edited. */
  get written(): string {
    return this.about.value?.kind === "edit" ? this.#aside : this.draft.value;
  }

  /** The next message replaces this one; what was being written is put aside until then. */
  edit(post: FoldedPost): void {
    batch(() => {
      if (this.about.value?.kind !== "edit") this.#aside = this.draft.value;
      this.about.value = { kind: "edit", post };
      this.draft.value = post.message.text ?? "";
    });
  }

  /** Something was typed for it in another session of the account. */
  takeDraft(text: string): void {
    if (this.about.value?.kind === "edit") this.#aside = text;
    else this.#bring(text);
  }

  /** Nothing is answered or edited any more, and what was put aside is there again. */
  forgetAbout(): void {
    batch(() => {
      if (this.about.value?.kind === "edit") this.#bring(this.#aside);
      this.about.value = null;
    });
  }

  #bring(text: string): void {
    this.draft.value = text;
    this.cameMs = text === "" ? null : performance.now();
  }

  /** Who spoke lately, the last one first. */
  speakers(): string[] {
    return [...new Set(this.timeline.posts.value.map(({ from }) => from).reverse())];
  }
}
