/**
 * Keeps posts in the order of their sequences, each once, across reconnects: while what was missed is being fetched, what
 * arrives live has to wait.
 *
 * @module
 */
import type { Post } from "../../../protocol/wire/fields.ts";

/** The order of posts for one client. */
export class CatchUp {
  readonly #show: (post: Post, missed: boolean, bytes: number) => void;
  #sequence: number;
  #live: { readonly post: Post; readonly bytes: number }[] = [];
  #waitingBytes = 0;
  #finished = false;

  /**
   * @param sequence The last post that counts as shown.
   * @param show Takes each post, in order, with what it was said to count.
   */
  constructor(sequence: number, show: (post: Post, missed: boolean, bytes: number) => void) {
    this.#sequence = sequence;
    this.#show = show;
  }

  /** The last post that was shown. */
  get sequence(): number {
    return this.#sequence;
  }

  /** How much waits. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether nothing has to be fetched any more. */
  get finished(): boolean {
    return this.#finished;
  }

  /** The connection was lost: live posts wait from now on. */
  begin(): void {
    this.#finished = false;
    this.#forgetLive();
  }

  /**
   * A post arrived live.
   *
   * @param bytes What it counts in {@linkcode CatchUp.waitingBytes} while it waits.
   */
  take(post: Post, bytes: number): void {
    if (this.#finished) return this.#showOnce(post, false, bytes);
    this.#live.push({ post, bytes });
    this.#waitingBytes += bytes;
  }

  /** A post was fetched. Whoever fetches waits until it is shown: it counts nothing. */
  takeMissed(post: Post): void {
    this.#showOnce(post, true, 0);
  }

  /** Everything that was missed was fetched: what waited is shown, the rest comes through. */
  finish(): void {
    this.#finished = true;
    for (const { post, bytes } of this.#live) this.#showOnce(post, false, bytes);
    this.#forgetLive();
  }

  #forgetLive(): void {
    this.#live = [];
    this.#waitingBytes = 0;
  }

  #showOnce(post: Post, missed: boolean, bytes: number): void {
    if (post.sequence <= this.#sequence) return;
    this.#sequence = post.sequence;
    this.#show(post, missed, bytes);
  }
}
