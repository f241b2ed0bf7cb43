/**
 * Lets accounts take turns at something that one thread does for all of them, such as reading history.
 *
 * @module
 */

/** How much may be under way. */
export interface AccountTurnsOptions {
  /** Of all accounts: enough that whoever does it never waits for the next one to be brought. */
  readonly underWayMax: number;
  /** Of one account. */
  readonly perAccountMax: number;
}

/** A queue for each account. Those in which somebody waits take turns, however much waits in each. */
export class AccountTurns {
  readonly #options: AccountTurnsOptions;
  /** What waits, by account; the next to have its turn stands first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  /** How much is under way, by account. */
  readonly #underWay = new Map<string, number>();
  #underWayCount = 0;

  /** @param options See {@linkcode AccountTurnsOptions}. */
  constructor(options: AccountTurnsOptions) {
    this.#options = options;
  }

  /**
   * Does something when the account has its turn.
   *
   * @param key Whose turn: a folded name.
   * @param work What to do. Where it fails, only its own caller is told.
   * @return What the work returned.
   */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#mayBegin(key)) this.#begin(key);
    else await this.#turn(key);
    try {
      return await work();
    } finally {
      this.#end(key);
    }
  }

  #mayBegin(key: string): boolean {
    const { underWayMax, perAccountMax } = this.#options;
    return this.#underWayCount < underWayMax && (this.#underWay.get(key) ?? 0) < perAccountMax;
  }

  #turn(key: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const queue = this.#waiting.get(key);
    if (queue === undefined) this.#waiting.set(key, [resolve]);
    else queue.push(resolve);
    return promise;
  }

  #begin(key: string): void {
    this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
    this.#underWayCount++;
  }

  #end(key: string): void {
    const left = this.#underWay.get(key)! - 1;
    if (left === 0) this.#underWay.delete(key);
    else this.#underWay.set(key, left);
    this.#underWayCount--;
    this.#beginNext();
  }

  /** Those that stand before the one that may begin have as much under way as they may: there are few of them. */
  #beginNext(): void {
    for (const [key, queue] of this.#waiting) {
      if (!this.#mayBegin(key)) continue;
      this.#waiting.delete(key);
      const begin = queue.shift()!;
      if (queue.length > 0) this.#waiting.set(key, queue);
      this.#begin(key);
      return begin();
    }
  }
}
