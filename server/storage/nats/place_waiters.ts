/**
 * Those who wait until the log has been followed up to a place.
 *
 * @module
 */

interface Waiting {
  readonly place: number;
  end(isReached: boolean): void;
}

/** Those who wait. */
export class PlaceWaiters {
  readonly #waiting = new Set<Waiting>();
  #place: number;

  /** @param place How far the log has been followed already. */
  constructor(place: number) {
    this.#place = place;
  }

  /**
   * Waits for a place.
   *
   * @param place Which one.
   * @param timeoutMs For how long at the most.
   * @returns Whether it was reached.
   */
  wait(place: number, timeoutMs: number): Promise<boolean> {
    if (place <= this.#place) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiting.end(false), timeoutMs);
      const waiting: Waiting = {
        place,
        end: (isReached) => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          resolve(isReached);
        },
      };
      this.#waiting.add(waiting);
    });
  }

  /** The log has been followed up to a place, and everyone who follows was told. */
  advance(place: number): void {
    this.#place = place;
    for (const waiting of this.#waiting) if (waiting.place <= place) waiting.end(true);
  }

  /** Nothing more will be followed. */
  end(): void {
    for (const waiting of this.#waiting) waiting.end(false);
  }
}
