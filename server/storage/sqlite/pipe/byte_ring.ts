/**
 * Bytes on their way from one thread to another, in memory that both see: a ring, which one of them fills and the other empties.
 *
 * Two counters say how many bytes were ever written and read (modulo 2³²). Each side changes its own counter only, after it has
 * moved the bytes, and sleeps on the other's: so no wake-up can be missed, since a counter that has moved meanwhile ends the
 * sleep before it begins.
 *
 * @module
 */

/** Where the counters are, as indexes of 32-bit integers: each on a cache line of its own. */
const writtenIndex = 0;
const readIndex = 16;
const headerBytes = 128;

/** The largest ring: counters that differ by more could not be told apart. */
const capacityBytesMax = 2 ** 30;

/** A ring of bytes. One thread may write to it, one may read from it; the same one may do both. */
export class ByteRing {
  /** What the other thread makes its own {@linkcode ByteRing} of. */
  readonly memory: SharedArrayBuffer;
  /** How many bytes fit. */
  readonly capacity: number;
  readonly #counters: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  /** What was read last. */
  #taken = new Uint8Array();

  /** @param memory What {@linkcode ByteRing.withCapacity} has made, here or in another thread. */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.capacity = memory.byteLength - headerBytes;
    this.#counters = new Int32Array(memory, 0, headerBytes / 4);
    this.#bytes = new Uint8Array(memory, headerBytes);
  }

  /**
   * Makes an empty ring.
   *
   * @param bytes How many bytes fit: a power of two, at most 2³⁰.
   * @throws {RangeError} for any other number.
   */
  static withCapacity(bytes: number): ByteRing {
    if (bytes < 1 || bytes > capacityBytesMax || !Number.isInteger(Math.log2(bytes))) {
      throw new RangeError(`A ring cannot have ${bytes} bytes.`);
    }
    return new ByteRing(new SharedArrayBuffer(headerBytes + bytes));
  }

  /**
   * Puts in as many bytes as there is room for, and wakes the reader.
   *
   * @param bytes The bytes.
   * @return How many of them are in; 0 if the ring is full.
   */
  write(bytes: Uint8Array): number {
    const written = Atomics.load(this.#counters, writtenIndex);
    const used = (written - Atomics.load(this.#counters, readIndex)) | 0;
    const count = Math.min(this.capacity - used, bytes.length);
    if (count === 0) return 0;
    const from = written & (this.capacity - 1);
    const untilEnd = Math.min(count, this.capacity - from);
    this.#bytes.set(bytes.subarray(0, untilEnd), from);
    if (untilEnd < count) this.#bytes.set(bytes.subarray(untilEnd, count), 0);
    this.#move(writtenIndex, written, count);
    return count;
  }

  /**
   * Takes out all bytes that are there, and wakes the writer.
   *
   * @return The bytes, in memory of their own, valid until the next call; none if the ring is empty.
   */
  read(): Uint8Array<ArrayBuffer> {
    const read = Atomics.load(this.#counters, readIndex);
    const count = (Atomics.load(this.#counters, writtenIndex) - read) | 0;
    if (this.#taken.length < count) this.#taken = new Uint8Array(this.capacity);
    const bytes = this.#taken.subarray(0, count);
    if (count === 0) return bytes;
    const from = read & (this.capacity - 1);
    const untilEnd = Math.min(count, this.capacity - from);
    bytes.set(this.#bytes.subarray(from, from + untilEnd));
    if (untilEnd < count) bytes.set(this.#bytes.subarray(0, count - untilEnd), untilEnd);
    this.#move(readIndex, read, count);
    return bytes;
  }

  #move(index: number, counter: number, count: number): void {
    Atomics.store(this.#counters, index, (counter + count) | 0);
    Atomics.notify(this.#counters, index);
  }

  /**
   * Stops this thread while the ring is empty. Not for the main thread.
   *
   * @param timeoutMs How long at most, in milliseconds.
   * @return False if it was empty for so long.
   */
  waitForBytes(timeoutMs: number): boolean {
    const empty = Atomics.load(this.#counters, readIndex);
    return Atomics.wait(this.#counters, writtenIndex, empty, timeoutMs) !== "timed-out";
  }

  /** Stops this thread while the ring is full. Not for the main thread. */
  waitForRoom(): void {
    Atomics.wait(this.#counters, readIndex, this.#readWhenFull());
  }

  /** Resolves when the ring is not empty, or at {@linkcode ByteRing.wake}. It does not keep a program running. */
  async bytesCome(): Promise<void> {
    const empty = Atomics.load(this.#counters, readIndex);
    await Atomics.waitAsync(this.#counters, writtenIndex, empty).value;
  }

  /** Resolves when the ring is not full, or at {@linkcode ByteRing.wake}. It does not keep a program running. */
  async roomComes(): Promise<void> {
    await Atomics.waitAsync(this.#counters, readIndex, this.#readWhenFull()).value;
  }

  /** What the reader's counter is if the ring is full. */
  #readWhenFull(): number {
    return (Atomics.load(this.#counters, writtenIndex) - this.capacity) | 0;
  }

  /** Ends what waits for this ring, in all threads. Who waits must look by itself why. */
  wake(): void {
    Atomics.notify(this.#counters, writtenIndex);
    Atomics.notify(this.#counters, readIndex);
  }
}
