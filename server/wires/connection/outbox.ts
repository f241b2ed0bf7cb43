/**
 * The queue toward one connection.
 *
 * 1. `push` never waits and never throws.
 * 2. Bytes leave in the order in which they were pushed.
 * 3. There is one writer: a write begins only when the one before it has ended.
 * 4. What was pushed in one turn, or while a write was under way, leaves in one write. What lies side by side in memory is not
 *    copied for that.
 * 5. The queue is bounded in bytes, a write in time. Whoever exceeds either is cut, because what was promised in order
 *    cannot be left out; the client fetches what it missed when it is back.
 * 6. All queues together are bounded, too: above that, those that hold most are cut.
 * 7. What waits takes little more memory than its bytes, however small the pieces are in which it was pushed.
 *
 * @module
 */
import { queueBytesMax, writeTimeoutMs } from "../../../protocol/wire/limits.ts";
import type { Outboxes, SharingOutbox } from "./outboxes.ts";

/** Pieces that wait one by one; with more they are put together, because each takes some hundred bytes beside its own. */
const loosePiecesMax = 128;

/** What an outbox writes to. */
export interface Sink {
  /** Gives how many bytes were written. Rejects where it cannot write, and never throws. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Why an outbox gave up. */
export type OutboxFailure = "queue_full" | "all_queues_full" | "write_timeout" | "write_failed";

/** What an outbox is made with. */
export interface OutboxOptions {
  /** Called once, when the connection is to be cut. Must not throw. */
  readonly onFailure: (reason: OutboxFailure) => void;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
  readonly queueBytesMax?: number;
}

/** The queue toward one connection. See the contract at the top of this file. */
export class Outbox implements SharingOutbox {
  readonly #all: Outboxes;
  readonly #sink: Sink;
  readonly #onFailure: (reason: OutboxFailure) => void;
  readonly #nowMs: () => number;
  readonly #bytesMax: number;
  #chunks: Uint8Array[] = [];
  /** Where the last piece lies, while more may come to it. */
  #lastBuffer: ArrayBufferLike | null = null;
  #lastEnd = 0;
  /** How many of the last chunks have not been put together. */
  #loose = 0;
  #bytes = 0;
  #writeBeganMs: number | null = null;
  /** What the write under way has not written yet. */
  #writing: Uint8Array | null = null;
  /** Whether a write is under way, or will begin at the end of the turn. */
  #busy = false;
  /** There while someone waits for the end of all writes. */
  #rested: PromiseWithResolvers<void> | null = null;
  #closed = false;

  /**
   * @param all All outboxes of the server.
   * @param sink Where the bytes go.
   * @param options See {@linkcode OutboxOptions}.
   */
  constructor(all: Outboxes, sink: Sink, options: OutboxOptions) {
    this.#all = all;
    this.#sink = sink;
    this.#onFailure = options.onFailure;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#bytesMax = options.queueBytesMax ?? queueBytesMax;
    all.add(this);
  }

  /** Bytes that wait, without those of the write that is under way. */
  get queuedBytes(): number {
    return this.#bytes;
  }

  /** Whether everything that was pushed has been written. */
  get isIdle(): boolean {
    return !this.#busy;
  }

  /** In how many pieces of memory it waits. */
  get queuedPieces(): number {
    return this.#chunks.length;
  }

  /** Takes bytes that must not change any more. They may be shared with other outboxes. */
  push(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#bytesMax) return this.#fail("queue_full");
    if (!this.#continues(bytes)) this.#add(bytes);
    if (this.#busy) return;
    this.#busy = true;
    this.#all.beginLater(this);
  }

  /** Cuts the connection if its write takes too long. To be called now and then. */
  checkDeadline(): void {
    if (this.#writeBeganMs === null || this.#closed) return;
    if (this.#nowMs() - this.#writeBeganMs > writeTimeoutMs) this.#fail("write_timeout");
  }

  /** Resolves when nothing waits any more, or the connection was given up. Never rejects. */
  async drained(): Promise<void> {
    while (this.#busy && !this.#closed) {
      this.#rested ??= Promise.withResolvers();
      await this.#rested.promise;
    }
  }

  /** Forgets what waits and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.#all.delete(this);
    this.#takeAll();
  }

  /** See {@linkcode SharingOutbox.heldBytes}. */
  get heldBytes(): number {
    return this.#bytes + (this.#writing?.length ?? 0);
  }

  /** See {@linkcode SharingOutbox.held}. */
  *held(): Generator<Uint8Array> {
    this.#endLast();
    yield* this.#chunks;
    if (this.#writing !== null) yield this.#writing;
  }

  /** See {@linkcode SharingOutbox.cut}. */
  cut(): void {
    this.#fail("all_queues_full");
  }

  /** Whether the bytes lie behind the last piece in memory: then they are a part of it from now on. */
  #continues({ buffer, byteOffset, length }: Uint8Array): boolean {
    if (buffer !== this.#lastBuffer || byteOffset !== this.#lastEnd) return false;
    this.#lastEnd += length;
    return true;
  }

  #add(bytes: Uint8Array): void {
    this.#endLast();
    this.#lastBuffer = bytes.buffer;
    this.#lastEnd = bytes.byteOffset + bytes.length;
    this.#chunks.push(bytes);
    if (++this.#loose > loosePiecesMax) this.#putTogether();
  }

  /** Nothing more comes to the last piece: it becomes as long as what has been pushed. */
  #endLast(): void {
    const last = this.#chunks.at(-1);
    if (this.#lastBuffer === null || last === undefined) return;
    const length = this.#lastEnd - last.byteOffset;
    if (length > last.length) {
      this.#chunks[this.#chunks.length - 1] = new Uint8Array(last.buffer, last.byteOffset, length);
    }
    this.#lastBuffer = null;
  }

  #putTogether(): void {
    this.#endLast();
    const loose = this.#chunks.splice(-this.#loose);
    this.#chunks.push(this.#all.joined(loose, loose.reduce((sum, { length }) => sum + length, 0)));
    this.#loose = 0;
  }

  #takeAll(): Uint8Array[] {
    this.#endLast();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#loose = 0;
    this.#bytes = 0;
    return chunks;
  }

  /** See {@linkcode SharingOutbox.begin}. Plain calls instead of async functions: a broadcast comes here a thousand times. */
  begin(): void {
    if (this.#chunks.length === 0) return this.#rest();
    const length = this.#bytes;
    const chunks = this.#takeAll();
    this.#writeBeganMs = this.#nowMs();
    this.#write(chunks.length === 1 ? chunks[0]! : this.#all.joined(chunks, length));
  }

  #write(bytes: Uint8Array): void {
    this.#writing = bytes;
    this.#sink.write(bytes).then(
      (count) => this.#written(bytes, count),
      () => {
        this.#fail("write_failed");
        this.#rest();
      },
    );
  }

  #written(bytes: Uint8Array, count: number): void {
    if (count < bytes.length && !this.#closed) return this.#write(bytes.subarray(count));
    this.#writeBeganMs = null;
    this.#writing = null;
    this.begin();
  }

  #rest(): void {
    this.#busy = false;
    this.#rested?.resolve();
    this.#rested = null;
  }

  #fail(reason: OutboxFailure): void {
    if (this.#closed) return;
    this.close();
    this.#onFailure(reason);
  }
}
