/**
 * How long the answer to a wrong password is held back. It slows whoever guesses from many addresses and refuses nobody.
 *
 * @module
 */
import type { SharedCount } from "../common/token_bucket.ts";

/** The answer to the first wrong try is held back this long; each further one twice as long as the one before. */
const firstDelayMs = 250;
/** No answer is held back longer. */
const delayMsMax = 2_000;
/** After so long without a wrong try the next one is a first one again. */
const quietMs = 60_000;

/** The wrong tries in a row for each account. Entries stand in the order of their last wrong try. */
export class WrongTryDelays implements SharedCount {
  /** See {@linkcode SharedCount.onTake}. */
  onTake: SharedCount["onTake"] = null;
  readonly #entriesMax: number;
  readonly #accounts = new Map<string, { readonly tries: number; readonly lastMs: number }>();

  /**
   * Begins with no wrong try.
   *
   * @param entriesMax Accounts that are kept; for any further one the longest delay holds.
   */
  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** How many accounts are kept. */
  get size(): number {
    return this.#accounts.size;
  }

  /**
   * Counts a wrong try.
   *
   * @param accountKey The account's folded name, whether it exists or not.
   * @param nowMs The time in milliseconds; never less than at an earlier call.
   * @return How long to hold the answer back, 250 to 2,000 milliseconds.
   */
  count(accountKey: string, nowMs: number): number {
    this.onTake?.(accountKey, accountKey, 1);
    return this.#count(accountKey, nowMs, 1);
  }

  /** See {@linkcode SharedCount.takeElsewhere}. */
  takeElsewhere(accountKey: string, _group: string, nowMs: number, tries: number): void {
    this.#count(accountKey, nowMs, tries);
  }

  #count(accountKey: string, nowMs: number, more: number): number {
    this.#dropQuiet(nowMs);
    const tries = (this.#accounts.get(accountKey)?.tries ?? 0) + more;
    if (tries === more && this.#accounts.size >= this.#entriesMax) return delayMsMax;
    this.#accounts.delete(accountKey);
    this.#accounts.set(accountKey, { tries, lastMs: nowMs });
    return Math.min(delayMsMax, firstDelayMs * 2 ** (tries - 1));
  }

  #dropQuiet(nowMs: number): void {
    for (const [accountKey, { lastMs }] of this.#accounts) {
      if (nowMs - lastMs < quietMs) return;
      this.#accounts.delete(accountKey);
    }
  }
}
