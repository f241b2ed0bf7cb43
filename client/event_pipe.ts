/**
 * Keeps events in order while some of them have to be opened first.
 *
 * @module
 */

/** Tells events one after the other. */
export class EventPipe<Event> {
  readonly #tell: (event: Event) => void;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** @param tell Takes each event. Must not throw. */
  constructor(tell: (event: Event) => void) {
    this.#tell = tell;
  }

  /** Tells an event: at once where nothing waits. */
  push(event: Event): void {
    if (this.#waiting === 0) this.#tell(event);
    else this.pushLater(() => Promise.resolve(event));
  }

  /**
   * Tells an event that takes time to make. It is made when everything before it was told.
   *
   * @param make Makes it. Must not reject.
   */
  pushLater(make: () => Promise<Event>): void {
    this.#waiting++;
    this.#tail = this.#tail.then(make).then((event) => {
      this.#waiting--;
      this.#tell(event);
    });
  }

  /** Resolves when everything that was pushed so far was told. */
  drained(): Promise<void> {
    return this.#tail;
  }
}
