/**
 * A clock and timers that a test moves: nothing waits for real time. For code that takes the global timers.
 *
 * @module
 */

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  readonly everyMs: number | null;
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  now: performance.now,
};

/** Puts a fake clock in the place of the timers and of `performance.now()`, until it is disposed of. */
export class FakeTime implements Disposable {
  #nowMs = 1_000_000;
  #nextId = 1;
  readonly #timers = new Map<number, Timer>();

  constructor() {
    const set = (everyMs: boolean) => (callback: () => void, delayMs = 0) => {
      const id = this.#nextId++;
      const interval = everyMs ? Math.max(1, delayMs) : null;
      this.#timers.set(id, { dueMs: this.#nowMs + delayMs, callback, everyMs: interval });
      return id;
    };
    const clear = (id?: number) => void this.#timers.delete(id ?? 0);
    Object.assign(globalThis, {
      setTimeout: set(false),
      clearTimeout: clear,
      setInterval: set(true),
      clearInterval: clear,
    });
    performance.now = () => this.#nowMs;
  }

  /** The fake time, in milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Moves the clock; each timer runs at its time, and what follows from it before the next one. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#next(untilMs); next !== null; next = this.#next(untilMs)) {
      const [id, { dueMs, callback, everyMs }] = next;
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      if (everyMs === null) this.#timers.delete(id);
      else this.#timers.set(id, { dueMs: dueMs + everyMs, callback, everyMs });
      callback();
      await settled();
    }
    this.#nowMs = untilMs;
  }

  /** Moves the clock, a millisecond at a time, until the promise has settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const end = () => void (done = true);
    promise.then(end, end);
    while (!done) await this.advance(1);
    return await promise;
  }

  #next(untilMs: number): [number, Timer] | null {
    let first: [number, Timer] | null = null;
    for (const entry of this.#timers) {
      if (entry[1].dueMs > untilMs) continue;
      if (first === null || entry[1].dueMs < first[1].dueMs) first = entry;
    }
    return first;
  }

  /** Gives the real ones back. */
  [Symbol.dispose](): void {
    const { now, ...timers } = real;
    Object.assign(globalThis, timers);
    performance.now = now;
  }
}

/** Lets everything run that is ready to run: several turns of the event loop, without any waiting. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => real.setTimeout.call(globalThis, () => resolve(), 0));
  }
}
