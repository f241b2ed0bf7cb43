/**
 * Posts are taken one by one and shown together, so that a page which is told two hundred in a second draws ten times in it.
 *
 * @module
 */
import type { ShownPost } from "../../core/e2e/message_view.ts";

/** How long after one batch the next one is shown, in milliseconds. After a pause the first post is shown at once. */
const batchMs = 100;

/** Collects posts. */
export class PostBatches {
  readonly #show: (posts: readonly ShownPost[]) => void;
  #waiting: ShownPost[] = [];
  #lastMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param show Takes some, in order. */
  constructor(show: (posts: readonly ShownPost[]) => void) {
    this.#show = show;
  }

  /** Takes one. */
  add(post: ShownPost): void {
    this.#waiting.push(post);
    const leftMs = this.#lastMs + batchMs - performance.now();
    this.#timer ??= setTimeout(() => this.flush(), Math.max(0, leftMs));
  }

  /** Shows what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastMs = performance.now();
    if (this.#waiting.length > 0) this.#show(this.#waiting.splice(0));
  }
}
