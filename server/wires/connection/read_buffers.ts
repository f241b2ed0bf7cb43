/**
 * Buffers that connections read into, and give back: to make one costs more than to fill it.
 *
 * @module
 */

/** Buffers of one size that are kept for the next who needs one. */
const keptMax = 8;

/** Buffers that are not in use. */
export class ReadBuffers {
  readonly #kept = new Map<number, Uint8Array<ArrayBuffer>[]>();

  /**
   * Gives a buffer of another size. The old one must not be used any more.
   *
   * @param buffer The old one.
   * @param bytes The size that is wanted: one of few.
   */
  swap(buffer: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
    const old = this.#of(buffer.length);
    if (old.length < keptMax) old.push(buffer);
    return this.#of(bytes).pop() ?? new Uint8Array(bytes);
  }

  #of(bytes: number): Uint8Array<ArrayBuffer>[] {
    let kept = this.#kept.get(bytes);
    if (kept === undefined) this.#kept.set(bytes, kept = []);
    return kept;
  }
}
