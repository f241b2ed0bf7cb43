/**
 * The token bucket: how often something may be done in the long run, and how often at once. One for everything that is counted.
 *
 * @module
 */
import { Groups } from "./groups.ts";

/** What a bucket holds. */
export interface BucketPolicy {
  /** Tokens that come back in a second; 0 means that any number may be taken. */
  readonly perSecond: number;
  /** Tokens in a full bucket: how many may be taken at once. */
  readonly burst: number;
}

/** Times that differ by less are the same: fractions of a millisecond are not exact. */
const roundingMs = 0.001;

/**
 * One bucket, which begins full. It is one number: the time at which it will be full again. Each token taken moves it on by one
 * interval.
 */
export class TokenBucket {
  readonly #policy: BucketPolicy;
  #fullAtMs = -Infinity;

  /** @param policy See {@linkcode BucketPolicy}. */
  constructor(policy: BucketPolicy) {
    this.#policy = policy;
  }

  /**
   * How long until some tokens can be taken.
   *
   * @param nowMs Milliseconds on a clock that only goes forward.
   * @param count How many, `burst` at the most; 0 asks when none are owed any more.
   * @return Whole milliseconds; 0 where they can be taken now.
   */
  waitMs(nowMs: number, count = 1): number {
    const usableMs = (this.#policy.burst - count) * this.#intervalMs;
    return Math.max(0, Math.ceil(this.#fullAtMs - nowMs - usableMs - roundingMs));
  }

  /**
   * Takes tokens. Those that are not there are owed: the next ones come later for it.
   *
   * @param nowMs Milliseconds on the same clock.
   * @param count How many.
   * @return When the bucket will be full again: for {@linkcode TokenBucket.giveBack}.
   */
  take(nowMs: number, count = 1): number {
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + count * this.#intervalMs;
    return this.#fullAtMs;
  }

  /**
   * Gives tokens back, as far as time has not brought them back already. To be called once at most for what was taken.
   *
   * @param nowMs Milliseconds on the same clock.
   * @param count How many were taken.
   * @param fullAtMs What taking them returned.
   * @return How many it was, in parts of tokens, too.
   */
  giveBack(nowMs: number, count: number, fullAtMs: number): number {
    const untilMs = Math.min(fullAtMs, this.#fullAtMs);
    const missingMs = Math.min(count * this.#intervalMs, untilMs - nowMs);
    if (missingMs <= 0) return 0;
    this.#fullAtMs -= missingMs;
    return missingMs / this.#intervalMs;
  }

  /** Whether any number may be taken at any time. */
  get isUnlimited(): boolean {
    return this.#policy.perSecond === 0;
  }

  /** Whether it is full, as a new one would be. */
  isFull(nowMs: number): boolean {
    return this.#fullAtMs <= nowMs;
  }

  /** Where any number may be taken, no time passes. */
  get #intervalMs(): number {
    const { perSecond } = this.#policy;
    return perSecond === 0 ? 0 : 1_000 / perSecond;
  }
}

/** What each of many buckets holds, and how many there may be. */
export interface TokenBucketsOptions extends BucketPolicy {
  /** Buckets that are kept. For a further one the oldest of the group that has most is forgotten, which is as if it were full. */
  readonly entriesMax: number;
}

/** Full buckets are looked for whenever there is a new one, until so many that are not full have been met: none stays for long. */
const lookedAtMax = 2;

/** A bucket that is kept. */
class KeptBucket extends TokenBucket {
  readonly group: string;

  constructor(policy: BucketPolicy, group: string) {
    super(policy);
    this.group = group;
  }
}

/**
 * What is counted by key. Several servers can count together: each tells the others what it takes, and takes what they tell. So
 * nobody may do more on all of them than on one, but for what is under way between them.
 */
export interface SharedCount {
  /**
   * Called with what was taken here: whose it is, who loses it where there are too many, and how many tokens; fewer than 0 were given
   * back. Null where nobody shares it.
   */
  onTake: ((key: string, group: string, tokens: number) => void) | null;
  /** Takes what another server has taken, or gives it back; those that are not there are owed. */
  takeElsewhere(key: string, group: string, nowMs: number, tokens: number): void;
}

/** A bucket for each key, in bounded memory. Full ones are not kept. */
export class TokenBuckets implements SharedCount {
  readonly #options: TokenBucketsOptions;
  /** Stands for all that are not kept. */
  readonly #full: TokenBucket;
  /** The next to be looked at stands first. */
  readonly #entries = new Map<string, KeptBucket>();
  readonly #groups = new Groups<string>();
  /** See {@linkcode SharedCount.onTake}. */
  onTake: SharedCount["onTake"] = null;

  /** @param options See {@linkcode TokenBucketsOptions}. */
  constructor(options: TokenBucketsOptions) {
    this.#options = options;
    this.#full = new TokenBucket(options);
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * How long until some tokens can be taken.
   *
   * @param key Whose bucket.
   * @param nowMs Milliseconds on a clock that only goes forward.
   * @param count How many, `burst` at the most.
   * @return Whole milliseconds; 0 where they can be taken now.
   */
  waitMs(key: string, nowMs: number, count = 1): number {
    return (this.#entries.get(key) ?? this.#full).waitMs(nowMs, count);
  }

  /**
   * Takes tokens: see {@linkcode TokenBucket.take}.
   *
   * @param key Whose bucket.
   * @param group Who may have many keys, and loses buckets where there are too many.
   * @param nowMs Milliseconds on the same clock.
   * @param count How many.
   * @return For {@linkcode TokenBuckets.giveBack}.
   */
  take(key: string, group: string, nowMs: number, count = 1): number {
    this.onTake?.(key, group, count);
    return (this.#entries.get(key) ?? this.#add(key, group, nowMs)).take(nowMs, count);
  }

  /**
   * Takes tokens where they are there.
   *
   * @return 0, or how long until they can be taken: see {@linkcode TokenBuckets.waitMs}.
   */
  takeNow(key: string, group: string, nowMs: number, count = 1): number {
    const kept = this.#entries.get(key);
    const waitMs = (kept ?? this.#full).waitMs(nowMs, count);
    if (waitMs > 0) return waitMs;
    (kept ?? this.#add(key, group, nowMs)).take(nowMs, count);
    this.onTake?.(key, group, count);
    return 0;
  }

  /**
   * Gives tokens back: see {@linkcode TokenBucket.giveBack}.
   *
   * @param key Whose bucket; one that is not kept any more is full.
   */
  giveBack(key: string, nowMs: number, count: number, fullAtMs: number): void {
    const bucket = this.#entries.get(key);
    const given = bucket?.giveBack(nowMs, count, fullAtMs) ?? 0;
    if (given > 0) this.onTake?.(key, bucket!.group, -given);
  }

  /** See {@linkcode SharedCount.takeElsewhere}. */
  takeElsewhere(key: string, group: string, nowMs: number, tokens: number): void {
    const kept = this.#entries.get(key);
    if (tokens < 0) kept?.giveBack(nowMs, -tokens, Infinity);
    else (kept ?? this.#add(key, group, nowMs)).take(nowMs, tokens);
  }

  #add(key: string, group: string, nowMs: number): KeptBucket {
    this.#dropFull(nowMs);
    if (this.#entries.size >= this.#options.entriesMax) {
      this.#forget(this.#groups.oldestOfLargest()!);
    }
    const bucket = new KeptBucket(this.#options, group);
    this.#entries.set(key, bucket);
    this.#groups.add(group, key);
    return bucket;
  }

  #dropFull(nowMs: number): void {
    let left = lookedAtMax;
    for (const [key, bucket] of this.#entries) {
      if (bucket.isFull(nowMs)) {
        this.#forget(key);
        continue;
      }
      if (left-- === 0) return;
      // Looked at again after all others.
      this.#entries.delete(key);
      this.#entries.set(key, bucket);
    }
  }

  #forget(key: string): void {
    this.#groups.delete(this.#entries.get(key)!.group, key);
    this.#entries.delete(key);
  }
}
