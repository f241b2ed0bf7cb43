/**
 * Which drafts still count: by their times, as far as those are known. Whoever passes drafts on could keep them, and give them again.
 *
 * @module
 */

/** Conversations of which it is known; of more the one whose draft has changed longest ago is forgotten. */
const timesMax = 500;
/** Nobody takes up a draft of another session that is older, in milliseconds. */
const oldestMs = 7 * 24 * 3600_000;
/** So far a clock may be ahead of another one, in milliseconds. */
const aheadMs = 24 * 3600_000;

/** The newest time of each conversation's draft that others have had. */
export class DraftTimes {
  readonly #nowMs: () => number;
  readonly #times = new Map<string, number>();

  /** @param nowMs Milliseconds since 1970. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** All of them, by conversation. */
  get all(): ReadonlyMap<string, number> {
    return this.#times;
  }

  /** A time as it counts here: one that a wrong clock has made, far ahead of this one, is none, for nothing could be newer. */
  counted(timeMs: number): number {
    return timeMs > this.#nowMs() + aheadMs ? 0 : timeMs;
  }

  /** The time of a draft of which nothing is known but that it was kept: nearly any other one wins. */
  get unknown(): number {
    return Math.max(1, this.#nowMs() - oldestMs + aheadMs);
  }

  /** Whether a draft that has come may be taken. */
  isUsable(key: string, timeMs: number): boolean {
    const nowMs = this.#nowMs();
    if (timeMs < nowMs - oldestMs || timeMs > nowMs + aheadMs) return false;
    return timeMs >= this.newest(key);
  }

  /** The newest time of a conversation's draft; 0 where none is known. */
  newest(key: string): number {
    return this.counted(this.#times.get(key) ?? 0);
  }

  /** Others have a draft of that time, or had it. */
  note(key: string, timeMs: number): void {
    const newest = Math.max(timeMs, this.newest(key));
    this.#times.delete(key);
    this.#times.set(key, newest);
    const [oldest] = this.#times.keys();
    if (this.#times.size > timesMax) this.#times.delete(oldest!);
  }
}
