/**
 * Own posts that the server has not acknowledged yet.
 *
 * @module
 */
import { pendingLine } from "./post_lines.ts";
import type { Line } from "./style.ts";

/** A post on its way. */
export interface PendingPost {
  readonly title: string;
  readonly text: string;
}

/** Own posts on their way, in order. */
export class PendingPosts {
  readonly #posts = new Map<string, PendingPost>();

  /** A post was sent. */
  add(id: string, title: string, text: string): void {
    this.#posts.set(id, { title, text });
  }

  /** It is there, or was refused. @return Whether it was on its way. */
  delete(id: string): boolean {
    return this.#posts.delete(id);
  }

  /** All of them, in order. */
  get all(): readonly PendingPost[] {
    return [...this.#posts.values()];
  }

  /** How they are shown in a conversation. */
  linesIn(title: string, online: boolean): Line[] {
    const state = online ? "sending" : "waiting";
    return [...this.#posts.values()].filter((post) => post.title === title)
      .map(({ text }) => pendingLine(text, state));
  }
}
