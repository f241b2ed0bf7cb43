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
  #waitingBytes = 0;

  /**
   * @param tell Takes each event. Must not throw.
   * @param ready Until then events wait. Must not reject.
   */
  constructor(tell: (event: Event) => void, ready?: Promise<void>) {
    this.#tell = tell;
    if (ready === undefined) return;
    this.#waiting++;
    this.#tail = ready.then(() => void this.#waiting--);
  }

  /** How much waits. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /**
   * Tells an event: at once where nothing waits.
   *
   * @param bytes What it counts in {@linkcode EventPipe.waitingBytes} while it waits.
   */
  push(event: Event, bytes: number): void {
    if (this.#waiting === 0) this.#tell(event);
    else this.pushLater(() => Promise.resolve(event), bytes);
  }

  /**
   * Tells an event that takes time to make. It is made when everything before it was told.
   *
   * @param make Makes it. Must not reject.
   * @param bytes See {@linkcode EventPipe.push}.
   */
  pushLater(make: () => Promise<Event>, bytes: number): void {
    this.#waiting++;
    this.#waitingBytes += bytes;
    this.#tail = this.#tail.then(make).then((event) => {
      this.#waiting--;
      this.#waitingBytes -= bytes;
      this.#tell(event);
    });
  }

  /** Resolves when everything that was pushed so far was told. */
  drained(): Promise<void> {
    return this.#tail;
  }
}
