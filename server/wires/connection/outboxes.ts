/**
 * What all outboxes of a server share: their turn to write, what they may hold together, and copies.
 *
 * @module
 */
import { allQueuesBytesMax } from "../../../protocol/wire/limits.ts";

/** An outbox as the others see it. */
export interface SharingOutbox {
  /** Bytes that it holds, with those of the write that is under way. */
  readonly heldBytes: number;
  /** The same, in pieces. */
  held(): Iterable<Uint8Array>;
  /** Begins a write of all that waits. */
  begin(): void;
  /** Cuts the connection, because all of them hold too much. */
  cut(): void;
}

/** All outboxes of a server, on all wires. */
export class Outboxes {
  /** All that are not closed. */
  readonly #open = new Set<SharingOutbox>();
  /** Those whose write begins at the end of the turn, so that everything pushed in it leaves together. */
  #due: SharingOutbox[] = [];
  /** What was put together last. In a broadcast a thousand outboxes hold the same chunks: they share one copy. */
  #lastChunks: readonly Uint8Array[] = [];
  #lastBytes = new Uint8Array();

  /** Takes one in. */
  add(outbox: SharingOutbox): void {
    this.#open.add(outbox);
  }

  /** Lets one go that is closed. */
  delete(outbox: SharingOutbox): void {
    this.#open.delete(outbox);
  }

  /** Lets one begin its write at the end of the turn. */
  beginLater(outbox: SharingOutbox): void {
    if (this.#due.push(outbox) === 1) queueMicrotask(this.#beginDue);
  }

  /**
   * Puts chunks together.
   *
   * @param chunks The chunks, which do not change any more.
   * @param length How many bytes they hold.
   * @return Bytes that others may have got, too.
   */
  joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
    if (!sameChunks(chunks, this.#lastChunks)) {
      this.#lastBytes = copied(chunks, length);
      this.#lastChunks = chunks;
    }
    return this.#lastBytes;
  }

  /**
   * Cuts the connections for which most waits, until the others hold no more than they may together, and forgets what was put
   * together. To be called about once a second, and by nobody who pushes: a broadcast is to cost nothing more.
   *
   * @param bytesMax What all may hold: memory that they keep. What several of them share counts once.
   */
  checkBudget(bytesMax: number = allQueuesBytesMax): void {
    this.#lastChunks = [];
    this.#lastBytes = new Uint8Array();
    const holding = [...this.#open].filter((one) => one.heldBytes > 0);
    if (holding.reduce((sum, one) => sum + one.heldBytes, 0) <= bytesMax) return;
    const counted = new Set<ArrayBufferLike>();
    let held = 0;
    for (const outbox of holding.sort((one, other) => one.heldBytes - other.heldBytes)) {
      for (const { buffer } of outbox.held()) {
        if (!counted.has(buffer)) held += buffer.byteLength;
        counted.add(buffer);
      }
      if (held > bytesMax) outbox.cut();
    }
  }

  readonly #beginDue = (): void => {
    const due = this.#due;
    this.#due = [];
    for (const outbox of due) outbox.begin();
  };
}

function sameChunks(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) {
    if (!isSame(some[at]!, others[at]!)) return false;
  }
  return true;
}

/** Whether it is the same memory. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one === other || (one.buffer === other.buffer && one.byteOffset === other.byteOffset &&
    one.length === other.length);
}

function copied(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
