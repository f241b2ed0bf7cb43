/**
 * Posts are taken one by one and shown together, so that a page which is told two hundred in a second draws ten times in it, and
 * never between a key and what it has typed.
 *
 * @module
 */
import type { ShownPost } from "../../core/e2e/message_view.ts";

/** How long after one batch the next one is shown, in milliseconds. After a pause the first post is shown at once. */
const batchMs = 100;
/** So long after a key nothing else is drawn: what was typed is there by then, in milliseconds. */
const keyMs = 32;
/** So long posts wait for somebody who types without a pause, in milliseconds. */
const waitMaxMs = 250;
/** More do not wait: in a tab that nobody sees, a browser may let a timer wait for a minute. */
const waitingMax = 1_000;

/** Collects posts. */
export class PostBatches {
  readonly #show: (posts: readonly ShownPost[]) => void;
  #waiting: ShownPost[] = [];
  /** Since when the first of them waits. */
  #sinceMs = 0;
  #lastMs = -Infinity;
  #keyMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param show Takes some, in order. */
  constructor(show: (posts: readonly ShownPost[]) => void) {
    this.#show = show;
    addEventListener("keydown", () => this.#keyMs = performance.now(), true);
  }

  /** Takes one. */
  add(post: ShownPost): void {
    const count = this.#waiting.push(post);
    if (count === waitingMax) this.flush();
    if (count > 1) return;
    this.#sinceMs = performance.now();
    this.#wait(this.#lastMs + batchMs);
  }

  /** Shows what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastMs = performance.now();
    if (this.#waiting.length > 0) this.#show(this.#waiting.splice(0));
  }

  #wait(untilMs: number): void {
    const leftMs = Math.max(0, untilMs - performance.now());
    this.#timer = setTimeout(() => {
      const freeMs = Math.min(this.#keyMs + keyMs, this.#sinceMs + waitMaxMs);
      if (freeMs > performance.now()) this.#wait(freeMs);
      else this.flush();
    }, leftMs);
  }
}
