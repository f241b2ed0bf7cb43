/**
 * Values between two threads, over a ring of bytes each way (byte_ring.ts): in order, each of them whole.
 *
 * A round trip takes a tenth of what one by `postMessage` takes, and of its processor time. A value may be longer than a
 * ring: it goes through in pieces. The one end never waits: it listens. The other has nothing else to do: it stops until
 * something comes.
 *
 * @module
 */

import { ByteRing } from "./byte_ring.ts";
import { frameMessage, MessageCutter, messageHeaderBytes } from "./message_frames.ts";
import { decodeValue, ValueEncoder } from "./value_codec.ts";

/** Bytes of each ring: what is stored or read in one go under load. */
const ringBytes = 256 * 1024;

/**
 * How long the blocking end waits without letting its event loop go on, in milliseconds. V8 gives back memory that is
 * not needed only there, and only while nothing else is to be done.
 */
const blockingTimeoutMs = 1_000;

const nothing = new Uint8Array();

/** What the other thread makes its end of, once it has been posted there. */
export interface PipeMemory {
  readonly toBlocking: SharedArrayBuffer;
  readonly toListening: SharedArrayBuffer;
}

/** What a {@linkcode ListeningEnd} calls; neither must throw. */
export interface PipeListener {
  /** Takes a value. */
  readonly onValue: (value: unknown) => void;
  /** Called when what comes makes no sense: the pipe cannot be used any more. */
  readonly onFailure: (error: unknown) => void;
}

/** The end that never waits. */
export class ListeningEnd {
  /** To be posted to the other thread. */
  readonly memory: PipeMemory;
  readonly #incoming: ByteRing;
  readonly #outgoing: ByteRing;
  readonly #listener: PipeListener;
  readonly #encoder = new ValueEncoder();
  /** What has found no room, from `#first` on. */
  #waiting: Uint8Array[] = [];
  #first = 0;
  #waitingBytes = 0;
  #closed = false;

  /**
   * @param listener See {@linkcode PipeListener}.
   * @param capacity Bytes of each ring, a power of two and at least 8.
   */
  constructor(listener: PipeListener, capacity: number = ringBytes) {
    this.#incoming = ByteRing.withCapacity(capacity);
    this.#outgoing = ByteRing.withCapacity(capacity);
    this.memory = { toBlocking: this.#outgoing.memory, toListening: this.#incoming.memory };
    this.#listener = listener;
    this.#listen().catch((error: unknown) => {
      if (!this.#closed) listener.onFailure(error);
    });
  }

  /** Bytes that wait for room. Whoever sends must see to it that they do not become too many. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /**
   * Sends a value. What finds no room follows as soon as there is some.
   *
   * @param value What {@linkcode ValueEncoder.encode} can encode.
   * @throws {TypeError | RangeError} where it cannot be encoded, or is too long.
   */
  send(value: unknown): void {
    if (this.#closed) return;
    const frame = frameMessage(this.#encoder.encode(value, messageHeaderBytes));
    const isFirst = this.#waiting.length === 0;
    const taken = isFirst ? this.#outgoing.write(frame) : 0;
    if (taken === frame.length) return;
    this.#waiting.push(frame.slice(taken));
    this.#waitingBytes += frame.length - taken;
    if (isFirst) void this.#sendWaiting();
  }

  /** Sends and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#incoming.wake();
    this.#outgoing.wake();
  }

  async #listen(): Promise<void> {
    const cutter = new MessageCutter();
    while (!this.#closed) {
      for (const message of cutter.cut(this.#incoming.read())) {
        if (!this.#closed) this.#listener.onValue(decodeValue(message));
      }
      await this.#incoming.bytesCome();
    }
  }

  async #sendWaiting(): Promise<void> {
    while (this.#first < this.#waiting.length) {
      await this.#outgoing.roomComes();
      if (this.#closed) return;
      this.#fill();
    }
    this.#waiting = [];
    this.#first = 0;
  }

  #fill(): void {
    for (; this.#first < this.#waiting.length; this.#first++) {
      const bytes = this.#waiting[this.#first]!;
      const taken = this.#outgoing.write(bytes);
      this.#waitingBytes -= taken;
      this.#waiting[this.#first] = taken < bytes.length ? bytes.subarray(taken) : nothing;
      if (taken < bytes.length) return;
    }
  }
}

/** The end that stops its thread until something comes. */
export class BlockingEnd {
  readonly #incoming: ByteRing;
  readonly #outgoing: ByteRing;
  readonly #encoder = new ValueEncoder();

  /** @param memory The other end's. */
  constructor({ toBlocking, toListening }: PipeMemory) {
    this.#incoming = new ByteRing(toBlocking);
    this.#outgoing = new ByteRing(toListening);
  }

  /**
   * Answers values. Never resolves: its thread is ended from outside.
   *
   * @param answer Takes all values that have come, and gives the answers, each of which is sent before the next one is asked for.
   * @param timeoutMs How long to wait before the thread's event loop goes on meanwhile, in milliseconds.
   */
  async serve(
    answer: (values: readonly unknown[]) => Iterable<unknown>,
    timeoutMs: number = blockingTimeoutMs,
  ): Promise<never> {
    const cutter = new MessageCutter();
    for (;;) {
      const values = Array.from(cutter.cut(this.#incoming.read()), decodeValue);
      for (const one of answer(values)) this.send(one);
      if (!this.#incoming.waitForBytes(timeoutMs)) await this.#incoming.bytesCome();
    }
  }

  /** Sends a value, and stops this thread while there is no room for it. */
  send(value: unknown): void {
    let rest = frameMessage(this.#encoder.encode(value, messageHeaderBytes));
    for (;;) {
      rest = rest.subarray(this.#outgoing.write(rest));
      if (rest.length === 0) return;
      this.#outgoing.waitForRoom();
    }
  }
}
