/**
 * Work of which only so much is done at the same time.
 *
 * @module
 */

/** Lets some work be done at once; the rest waits, in the order in which it came. */
export class AtOnce {
  readonly #max: number;
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param max How much is done at once; at least 1. */
  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Does something when it is its turn.
   *
   * @param work What is done. The next one begins when it has ended.
   * @returns What it resolves or rejects with.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= this.#max) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#busy++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy--;
      else next();
    }
  }
}
