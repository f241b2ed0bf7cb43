/**
 * Keeps posts in the order of their sequences, each once, across reconnects: while what was missed is being fetched, what
 * arrives live has to wait.
 *
 * @module
 */
import type { Post } from "../protocol/messages.ts";

/** The order of posts for one client. */
export class CatchUp {
  readonly #show: (post: Post, missed: boolean) => void;
  #sequence: number;
  #live: Post[] = [];
  #finished = false;

  /**
   * @param sequence The last post that counts as shown.
   * @param show Takes each post, in order.
   */
  constructor(sequence: number, show: (post: Post, missed: boolean) => void) {
    this.#sequence = sequence;
    this.#show = show;
  }

  /** The last post that was shown. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether nothing has to be fetched any more. */
  get finished(): boolean {
    return this.#finished;
  }

  /** The connection was lost: live posts wait from now on. */
  begin(): void {
    this.#finished = false;
    this.#live = [];
  }

  /** A post arrived live. */
  take(post: Post): void {
    if (this.#finished) this.#showOnce(post, false);
    else this.#live.push(post);
  }

  /** A post was fetched. */
  takeMissed(post: Post): void {
    this.#showOnce(post, true);
  }

  /** Everything that was missed was fetched: what waited is shown, the rest comes through. */
  finish(): void {
    this.#finished = true;
    for (const post of this.#live) this.#showOnce(post, false);
    this.#live = [];
  }

  #showOnce(post: Post, missed: boolean): void {
    if (post.sequence <= this.#sequence) return;
    this.#sequence = post.sequence;
    this.#show(post, missed);
  }
}
