/**
 * Own posts that the server has not acknowledged yet.
 *
 * @module
 */
import { pendingLine } from "./post_lines.ts";
import type { StyledLine } from "../terminal/style.ts";

/** A post on its way. */
export interface PendingPost {
  readonly title: string;
  readonly text: string;
}

/** Own posts on their way, in order. */
export class PendingPosts {
  readonly #posts = new Map<string, PendingPost & { stored: boolean }>();

  /** A post was sent. */
  add(id: string, title: string, text: string): void {
    this.#posts.set(id, { title, text, stored: false });
  }

  /** The server has stored it; it is still to come. */
  noteStored(id: string): void {
    const post = this.#posts.get(id);
    if (post !== undefined) post.stored = true;
  }

  /** It is there, or was refused. @return Whether it was on its way. */
  delete(id: string): boolean {
    return this.#posts.delete(id);
  }

  /** Those that the server has not stored, in order. */
  get unstored(): readonly PendingPost[] {
    return [...this.#posts.values()].filter(({ stored }) => !stored);
  }

  /** How they are shown in a conversation. */
  linesIn(title: string, online: boolean): StyledLine[] {
    const state = online ? "sending" : "waiting";
    return [...this.#posts.values()].filter((post) => post.title === title)
      .map(({ text }) => pendingLine(text, state));
  }
}
