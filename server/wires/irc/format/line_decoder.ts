/**
 * Lines out of a stream of bytes, however it was cut. No peer can make it hold more than one line of the allowed length.
 *
 * @module
 */

/** Bytes of a line without its tags, with CR LF (RFC 2812, section 2.3). */
export const lineBytesMax = 512;
/** Bytes of the tags that a client may send, with `@` and the space (IRCv3 message-tags). */
export const clientTagsBytesMax = 4096;
/** Bytes of a line that is too long after which its sender is not a client. */
export const overlongBytesMax = 64 * 1024;

const lineFeed = 10;
const carriageReturn = 13;
const at = 64;
const space = 32;

/** What the decoder found. */
export type Decoded =
  /** A line without its end; may be empty. Valid until the next call. */
  | { readonly type: "line"; readonly bytes: Uint8Array }
  /** A line, or its tags, had too many bytes; it was passed over. */
  | { readonly type: "too_long" }
  /** No end of line came within `overlongBytesMax`: the connection is to be closed. */
  | { readonly type: "endless" };

const nothing = new Uint8Array();
/** Bytes for the beginning of an ordinary line; a longer one gets all that is allowed. */
const usualBytes = 1024;
const heldBytesMax = clientTagsBytesMax + lineBytesMax;

/** Takes the stream apart into lines. */
export class LineDecoder {
  /** The beginning of a line; there only while one has begun, because most connections are idle. */
  #held: Uint8Array = nothing;
  #heldLength = 0;
  #skippedBytes = 0;

  /** Whether a line has begun and not ended. */
  get partial(): boolean {
    return this.#heldLength > 0 || this.#skippedBytes > 0;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @param chunk Any number of bytes.
   * @return What ended in this chunk, in order.
   */
  decode(chunk: Uint8Array): Decoded[] {
    const found: Decoded[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(lineFeed, start);
      if (end < 0) break;
      const isUsual = !this.partial && end - start <= lineBytesMax - 2 && chunk[start] !== at;
      found.push(isUsual ? lineIn(chunk, start, end) : this.#finish(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    if (this.#skippedBytes > overlongBytesMax) found.push({ type: "endless" });
    return found;
  }

  #finish(rest: Uint8Array): Decoded {
    let line = rest;
    if (this.partial) {
      this.#hold(rest);
      line = this.#held.subarray(0, this.#heldLength);
    }
    const tooLong = this.#skippedBytes > 0 || isTooLong(line);
    this.#heldLength = 0;
    this.#skippedBytes = 0;
    this.#held = nothing;
    if (tooLong) return { type: "too_long" };
    return lineIn(line, 0, line.length);
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const length = this.#heldLength + bytes.length;
    if (this.#skippedBytes > 0 || length > heldBytesMax) {
      this.#skippedBytes += bytes.length;
      this.#held = nothing;
      return;
    }
    if (length > this.#held.length) this.#grow(length > usualBytes ? heldBytesMax : usualBytes);
    this.#held.set(bytes, this.#heldLength);
    this.#heldLength = length;
  }

  #grow(length: number): void {
    const grown = new Uint8Array(length);
    grown.set(this.#held.subarray(0, this.#heldLength));
    this.#held = grown;
  }
}

/** The line between two places, of which the second one is its line feed. */
function lineIn(bytes: Uint8Array, start: number, end: number): Decoded {
  const hasReturn = end > start && bytes[end - 1] === carriageReturn;
  return { type: "line", bytes: bytes.subarray(start, hasReturn ? end - 1 : end) };
}

/** Tags and the rest of the line have caps of their own; the line feed is not in `line` any more. */
function isTooLong(line: Uint8Array): boolean {
  let tagsLength = 0;
  if (line[0] === at) {
    const end = line.indexOf(space);
    tagsLength = end < 0 ? line.length : end + 1;
  }
  const ending = line.at(-1) === carriageReturn ? 1 : 2;
  return tagsLength > clientTagsBytesMax || line.length - tagsLength + ending > lineBytesMax;
}
