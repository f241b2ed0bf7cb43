/**
 * A world whose time, chance and hashing depend on nothing but a seed: timers, clocks and WebCrypto of the process are
 * replaced while it exists. One thing happens after the other; everything that follows from it at once is done first.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import { setImmediate } from "node:timers";
import { crc32 } from "node:zlib";
import { Random } from "../random.ts";

interface Happening {
  readonly id: number;
  readonly dueMs: number;
  /** Orders what is due at the same time. */
  readonly tie: number;
  readonly run: () => void;
}

type Restore = () => void;

/** Numbers of timers are never used twice: what is left of an earlier world cannot cancel anything in this one. */
let nextId = 1;

/** The simulated world. */
export class World implements Disposable {
  readonly random: Random;
  /** What people call the time is ahead of or behind the time that passes. */
  wallOffsetMs = 0;
  /** How many things have happened. */
  happenings = 0;
  #nowMs = 1_000;
  #trace = 0;
  readonly #heap: Happening[] = [];
  readonly #cancelled = new Set<number>();
  readonly #restores: Restore[] = [];

  /** @param seed What everything depends on. */
  constructor(seed: number) {
    this.random = new Random(seed);
    this.#replaceClocks();
    this.#replaceCrypto();
  }

  /** Milliseconds on the clock that only goes forward. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** A number that two runs with one seed have in common. */
  get trace(): number {
    return this.#trace;
  }

  /** Mixes something into {@linkcode World.trace}. */
  note(what: string): void {
    this.#trace = crc32(`${this.#nowMs.toFixed(3)} ${what}`, this.#trace);
  }

  /**
   * Does something later.
   *
   * @return The number with which it can be cancelled.
   */
  schedule(delayMs: number, run: () => void): number {
    const id = nextId++;
    const dueMs = this.#nowMs + Math.max(0, delayMs);
    this.#push({ id, dueMs, tie: this.random.next(), run });
    return id;
  }

  /** Leaves out what was scheduled. */
  cancel(id: number): void {
    this.#cancelled.add(id);
  }

  /** Waits in simulated time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.schedule(ms, resolve));
  }

  /** Lets things happen until a time, or until a condition holds. Returns whether it does. */
  async runUntil(untilMs: number, done: () => boolean = () => false): Promise<boolean> {
    await settled();
    while (!done()) {
      const next = this.#heap[0];
      if (next === undefined || next.dueMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return done();
      }
      this.#pop();
      if (this.#cancelled.delete(next.id)) continue;
      this.#nowMs = next.dueMs;
      this.happenings++;
      next.run();
      await settled();
    }
    return true;
  }

  /** Gives the process back what was replaced. */
  [Symbol.dispose](): void {
    for (const restore of this.#restores.reverse()) restore();
  }

  #replace(target: object, replacements: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(replacements)) {
      const own = Object.getOwnPropertyDescriptor(target, name);
      Object.defineProperty(target, name, { value, configurable: true, writable: true });
      this.#restores.push(() => {
        if (own === undefined) Reflect.deleteProperty(target, name);
        else Object.defineProperty(target, name, own);
      });
    }
  }

  #replaceClocks(): void {
    const clear = (id?: number) => {
      if (id !== undefined) this.cancel(id);
    };
    this.#replace(globalThis, {
      setTimeout: (run: () => void, delayMs = 0) => this.schedule(delayMs, run),
      clearTimeout: clear,
      setImmediate: (run: () => void) => this.schedule(0, run),
      setInterval: (run: () => void, everyMs: number) => this.#repeat(run, everyMs),
      clearInterval: clear,
    });
    this.#replace(AbortSignal, { timeout: (ms: number) => this.#timeout(ms) });
    this.#replace(performance, { now: () => this.#nowMs });
    this.#replace(Date, { now: () => Math.floor(1.764e12 + this.#nowMs + this.wallOffsetMs) });
    // Ordinary refusals are errors too: thousands of stacks that nobody reads take a twentieth of the time.
    this.#replace(Error, { stackTraceLimit: 2 });
    this.#replace(Math, { random: () => this.random.next() });
  }

  #timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    const abort = () => controller.abort(new DOMException("Signal timed out.", "TimeoutError"));
    this.schedule(ms, abort);
    return controller.signal;
  }

  /** An interval keeps its number, so that it can be cancelled at any time. */
  #repeat(run: () => void, everyMs: number): number {
    const id = nextId++;
    const again = () => {
      this.#push({ id, dueMs: this.#nowMs + everyMs, tie: this.random.next(), run: once });
    };
    const once = () => {
      again();
      run();
    };
    again();
    return id;
  }

  /** WebCrypto answers from other threads, in no fixed order: the same functions, at once. */
  #replaceCrypto(): void {
    this.#replace(crypto, {
      getRandomValues: (bytes: Uint8Array) => {
        this.random.fill(bytes);
        return bytes;
      },
      randomUUID: () => this.#uuid(),
    });
    this.#replace(crypto.subtle, {
      digest: (_name: string, data: Uint8Array) =>
        Promise.resolve(exact(createHash("sha256").update(data).digest())),
      importKey: (_format: string, key: Uint8Array) => Promise.resolve(key),
      sign: (_name: string, key: Uint8Array, data: Uint8Array) =>
        Promise.resolve(exact(createHmac("sha256", key).update(data).digest())),
    });
  }

  #uuid(): string {
    const bytes = new Uint8Array(16);
    this.random.fill(bytes);
    return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.push(happening) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[parent]!)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

function isBefore(left: Happening, right: Happening): boolean {
  return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.tie < right.tie);
}

function exact(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** Everything that is ready to run has run: promises are settled before the next turn of the real event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
