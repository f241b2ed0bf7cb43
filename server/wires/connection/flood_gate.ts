/**
 * Slows down a client that sends without pause. What it sends is not lost: it is read later.
 *
 * @module
 */

/** What a gate lets through. */
export interface FloodGateOptions {
  /** Commands a second in the long run; 0 for any number. */
  readonly perSecond: number;
  /** Commands at once. */
  readonly burst: number;
}

/** One connection's gate. */
export class FloodGate {
  readonly #options: FloodGateOptions;
  #tokens: number;
  #refilledMs: number;

  /**
   * @param options See {@linkcode FloodGateOptions}.
   * @param nowMs Milliseconds on a clock that only goes forward.
   */
  constructor(options: FloodGateOptions, nowMs: number) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#refilledMs = nowMs;
  }

  /**
   * Lets a command through.
   *
   * @param cost How many ordinary commands it counts for.
   * @param nowMs Milliseconds on the same clock.
   * @return How long to wait before the next one is read, in milliseconds; usually 0.
   */
  take(cost: number, nowMs: number): number {
    const { perSecond, burst } = this.#options;
    if (perSecond === 0) return 0;
    const gained = (nowMs - this.#refilledMs) / 1000 * perSecond;
    this.#tokens = Math.min(burst, this.#tokens + gained) - cost;
    this.#refilledMs = nowMs;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / perSecond * 1000);
  }
}
