/**
 * How fast something may be done by one user or from one address.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";

/** A bucket of tokens. */
interface Bucket {
  tokens: number;
  refilledMs: number;
}

/** When there are this many buckets, those that are full again are forgotten, */
const bucketsMax = 10_000;
/** but not more often than this: looking through all of them takes its time. */
const forgetIntervalMs = 1_000;

/** What a rate allows. */
export interface RateOptions {
  /** How many a second in the long run; 0 means any number. */
  readonly perSecond: number;
  /** How many at once. */
  readonly burst: number;
  /** What a peer is told that exceeds it. */
  readonly message: string;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
}

/** A token bucket for each key. */
export class Rate {
  readonly #options: RateOptions;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();
  #forgotMs = -Infinity;

  /** @param options See {@linkcode RateOptions}. */
  constructor(options: RateOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes one from the allowance of a key.
   *
   * @param key A folded name or an address.
   * @throws {ChatError} `slow_down`, with the time after which one more is allowed.
   */
  take(key: string): void {
    this.takeMany(key, 1);
  }

  /**
   * Takes many at once, or none.
   *
   * @param key A folded name or an address.
   * @param count How many, `burst` at the most.
   * @throws {ChatError} `slow_down`, with the time after which so many are allowed.
   */
  takeMany(key: string, count: number): void {
    const { perSecond, message } = this.#options;
    if (perSecond === 0) return;
    const bucket = this.#refilled(key);
    if (bucket.tokens < count) {
      const retryAfterMs = Math.ceil((count - bucket.tokens) / perSecond * 1000);
      throw new ChatError("slow_down", message, { retryAfterMs });
    }
    bucket.tokens -= count;
  }

  #refilled(key: string): Bucket {
    const nowMs = this.#nowMs();
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= bucketsMax) this.#forgetFull(nowMs);
      bucket = { tokens: this.#options.burst, refilledMs: nowMs };
      this.#buckets.set(key, bucket);
    }
    bucket.tokens = this.#tokensAt(bucket, nowMs);
    bucket.refilledMs = nowMs;
    return bucket;
  }

  #tokensAt({ tokens, refilledMs }: Bucket, nowMs: number): number {
    const gained = (nowMs - refilledMs) / 1000 * this.#options.perSecond;
    return Math.min(this.#options.burst, tokens + gained);
  }

  #forgetFull(nowMs: number): void {
    if (nowMs - this.#forgotMs < forgetIntervalMs) return;
    this.#forgotMs = nowMs;
    for (const [key, bucket] of this.#buckets) {
      if (this.#tokensAt(bucket, nowMs) >= this.#options.burst) this.#buckets.delete(key);
    }
  }
}
