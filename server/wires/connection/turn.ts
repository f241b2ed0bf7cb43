/**
 * The turns of the event loop, which all connections share.
 *
 * Where more has come from a peer already, Deno reads on at once: a peer that sends without a pause would keep everyone else
 * waiting for seconds. So whoever handles what peers send asks after each piece whether the turn is over, and lets the
 * others go on then.
 *
 * @module
 */

/** How long what peers have sent may keep all else waiting, in milliseconds. */
const turnMsMax = 20;

/** The turns of one server: one object for all its connections. */
export class Turn {
  #beganMs: number | null = null;

  /** Whether what peers sent has taken its time in this turn: then {@linkcode Turn.next} is to be awaited. */
  isOver(): boolean {
    const nowMs = performance.now();
    if (this.#beganMs === null) {
      this.#beganMs = nowMs;
      setImmediate(() => this.#beganMs = null);
    }
    return nowMs - this.#beganMs >= turnMsMax;
  }

  /** Resolves in the next turn, when every other connection could go on. */
  next(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
