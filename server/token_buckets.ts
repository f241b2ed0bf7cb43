/**
 * Token buckets by key, in bounded memory. Unlike server/rate.ts, a token can be given back.
 *
 * @module
 */
import { assert } from "./assert.ts";

/** What every bucket holds, and how many buckets there may be. */
export interface BucketPolicy {
  /** Tokens in a full bucket: tries at once. */
  readonly burst: number;
  /** Tokens that come back in a minute. */
  readonly perMinute: number;
  /** Buckets that are kept; above it all further keys share one bucket, so that memory and tries stay bounded. */
  readonly entriesMax: number;
}

/** The bucket that all keys share for which there is no room. No other key is empty. */
const sharedKey = "";

/**
 * A token bucket for each key. All buckets begin full; full ones are not kept.
 *
 * A bucket is one number: the time at which it will be full again. Each token taken moves it on by one interval.
 * Entries stand in the order of their last taking, so those at the front are full first.
 */
export class TokenBuckets {
  readonly #burst: number;
  readonly #intervalMs: number;
  readonly #entriesMax: number;
  readonly #fullAtMs = new Map<string, number>();

  /**
   * Makes the buckets, all full.
   *
   * @param policy What every bucket holds.
   */
  constructor(policy: BucketPolicy) {
    this.#burst = policy.burst;
    this.#intervalMs = 60_000 / policy.perMinute;
    this.#entriesMax = policy.entriesMax;
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#fullAtMs.size;
  }

  /**
   * How long until a token can be taken.
   *
   * @param key Whose bucket; not empty.
   * @param nowMs The time in milliseconds; never less than at an earlier call.
   * @return Milliseconds; 0 if there is a token now.
   */
  waitMs(key: string, nowMs: number): number {
    this.#dropFull(nowMs);
    const fullAtMs = Math.max(this.#fullAtMs.get(this.#kept(key)) ?? nowMs, nowMs);
    return Math.max(0, fullAtMs - nowMs - (this.#burst - 1) * this.#intervalMs);
  }

  /**
   * Takes a token. There must be one: see {@linkcode waitMs}.
   *
   * @param key Whose bucket; not empty.
   * @param nowMs The time in milliseconds; never less than at an earlier call.
   * @return Gives the token back, as far as time has not brought it back already; to be called at most once.
   */
  take(key: string, nowMs: number): (nowMs: number) => void {
    assert(this.waitMs(key, nowMs) === 0, "a token is taken only where there is one");
    const kept = this.#kept(key);
    const fullAtMs = Math.max(this.#fullAtMs.get(kept) ?? nowMs, nowMs) + this.#intervalMs;
    this.#fullAtMs.delete(kept);
    this.#fullAtMs.set(kept, fullAtMs);
    return (laterMs) => this.#giveBack(kept, Math.min(this.#intervalMs, fullAtMs - laterMs));
  }

  #giveBack(key: string, missingMs: number): void {
    const fullAtMs = this.#fullAtMs.get(key);
    if (fullAtMs === undefined || missingMs <= 0) return;
    this.#fullAtMs.set(key, fullAtMs - missingMs);
  }

  #kept(key: string): string {
    return this.#fullAtMs.has(key) || this.#fullAtMs.size < this.#entriesMax ? key : sharedKey;
  }

  #dropFull(nowMs: number): void {
    for (const [key, fullAtMs] of this.#fullAtMs) {
      if (fullAtMs > nowMs) return;
      this.#fullAtMs.delete(key);
    }
  }
}
