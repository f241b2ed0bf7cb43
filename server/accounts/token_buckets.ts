/**
 * Token buckets by key, in bounded memory. Unlike server/common/rate.ts, a token can be given back.
 *
 * @module
 */
import { assert } from "../common/assert.ts";
import { Groups } from "../common/groups.ts";

/** What every bucket holds, and how many buckets there may be. */
export interface BucketPolicy {
  /** Tokens in a full bucket: tries at once. */
  readonly burst: number;
  /** Tokens that come back in a minute. */
  readonly perMinute: number;
  /** Buckets that are kept. For a further one the oldest of the group that has most is forgotten, which is as if it were full. */
  readonly entriesMax: number;
}

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
  readonly #entries = new Map<string, Entry>();
  readonly #groups = new Groups<string>();

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
    return this.#entries.size;
  }

  /**
   * How long until a token can be taken.
   *
   * @param key Whose bucket.
   * @param nowMs The time in milliseconds; never less than at an earlier call.
   * @return Milliseconds; 0 if there is a token now.
   */
  waitMs(key: string, nowMs: number): number {
    this.#dropFull(nowMs);
    return Math.max(0, this.#fullAtMs(key, nowMs) - nowMs - (this.#burst - 1) * this.#intervalMs);
  }

  /**
   * Takes a token. There must be one: see {@linkcode waitMs}.
   *
   * @param key Whose bucket.
   * @param group Who may have many keys; always the same for a key.
   * @param nowMs The time in milliseconds; never less than at an earlier call.
   * @return Gives the token back, as far as time has not brought it back already; to be called at most once.
   */
  take(key: string, group: string, nowMs: number): (nowMs: number) => void {
    assert(this.waitMs(key, nowMs) === 0, "a token is taken only where there is one");
    return this.owe(key, group, 1, nowMs);
  }

  /**
   * Takes tokens that may not be there yet: the next one comes later for it.
   *
   * @param key Whose bucket.
   * @param group See {@linkcode take}.
   * @param count How many.
   * @param nowMs The time in milliseconds; never less than at an earlier call.
   * @return Gives them back, as {@linkcode take} does.
   */
  owe(key: string, group: string, count: number, nowMs: number): (nowMs: number) => void {
    const takenMs = count * this.#intervalMs;
    const fullAtMs = this.#fullAtMs(key, nowMs) + takenMs;
    this.#forget(key);
    if (this.#entries.size >= this.#entriesMax) this.#forget(this.#groups.oldestOfLargest()!);
    this.#entries.set(key, { group, fullAtMs });
    this.#groups.add(group, key);
    return (laterMs) => this.#giveBack(key, Math.min(takenMs, fullAtMs - laterMs));
  }

  #fullAtMs(key: string, nowMs: number): number {
    return Math.max(this.#entries.get(key)?.fullAtMs ?? nowMs, nowMs);
  }

  #giveBack(key: string, missingMs: number): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined && missingMs > 0) entry.fullAtMs -= missingMs;
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#groups.delete(entry.group, key);
  }

  #dropFull(nowMs: number): void {
    for (const [key, { fullAtMs }] of this.#entries) {
      if (fullAtMs > nowMs) return;
      this.#forget(key);
    }
  }
}

/** A bucket that is not full. */
interface Entry {
  readonly group: string;
  /** When it will be full again. */
  fullAtMs: number;
}
