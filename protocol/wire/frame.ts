/**
 * Frames: a 4-byte big-endian length, then that many bytes of payload.
 *
 * @module
 */
import { ChatError } from "./errors.ts";

/** Bytes of the length before each payload. */
export const frameHeaderBytes = 4;

const encoder = new TextEncoder();

/**
 * Puts a payload into a frame.
 *
 * @param payload 1 to 2³²-1 bytes.
 * @return Header and payload in one array, so that they leave in one write.
 */
export function encodeFrame(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(frameHeaderBytes + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length);
  frame.set(payload, frameHeaderBytes);
  return frame;
}

/**
 * Puts a value into a frame, as JSON (RFC 8259).
 *
 * @param value What JSON can hold.
 * @return The frame.
 */
export function encodeMessage(value: unknown): Uint8Array<ArrayBuffer> {
  return encodeFrame(encoder.encode(JSON.stringify(value)));
}

/**
 * Takes frames out of a stream of bytes, however the stream is cut into chunks.
 *
 * @example
 * ```ts
 * const decoder = new FrameDecoder(1024);
 * const payloads = [...decoder.decode(new Uint8Array([0, 0, 0, 1, 65]))];
 * ```
 */
export class FrameDecoder {
  /** The most bytes of payload that are taken; may be changed between frames. */
  payloadBytesMax: number;
  /** What has come of the length: a number and no array, because each idle connection keeps it. */
  #length = 0;
  #headerBytes = 0;
  #payload: Uint8Array<ArrayBuffer> | null = null;
  #payloadBytes = 0;

  /**
   * Begins before a frame.
   *
   * @param payloadBytesMax The most bytes of payload that are taken, 1 or more.
   */
  constructor(payloadBytesMax: number) {
    this.payloadBytesMax = payloadBytesMax;
  }

  /** Whether a frame has begun and not ended. */
  get partial(): boolean {
    return this.#headerBytes > 0;
  }

  /**
   * Takes the next chunk of the stream and yields each payload that is complete. A payload may share the chunk's
   * memory: it is valid until the chunk is reused. The generator must be run to its end before the next chunk.
   *
   * @param chunk Any number of bytes.
   * @throws {ChatError} `bad_frame` for a length of 0 or above the limit, judged on the header alone: no memory is
   * taken for it. The decoder cannot be used after that, because the stream has lost its place.
   */
  *decode(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    let at = 0;
    while (at < chunk.length) {
      at = this.#takeHeader(chunk, at);
      if (this.#headerBytes < frameHeaderBytes) return;
      const length = this.#length;
      this.#checkLength(length);
      if (this.#payload === null && chunk.length - at >= length) {
        this.#headerBytes = 0;
        yield chunk.subarray(at, at += length);
        continue;
      }
      at = this.#takePayload(chunk, at, length);
      if (this.#payloadBytes < length) return;
      const payload = this.#payload!;
      this.#payload = null;
      this.#headerBytes = 0;
      yield payload;
    }
  }

  #takeHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    while (this.#headerBytes < frameHeaderBytes && at < chunk.length) {
      const before = this.#headerBytes++ === 0 ? 0 : this.#length * 256;
      this.#length = before + chunk[at++]!;
    }
    return at;
  }

  #checkLength(length: number): void {
    if (length === 0) throw new ChatError("bad_frame", "A frame must not be empty.");
    if (length > this.payloadBytesMax) {
      throw new ChatError(
        "bad_frame",
        `A frame of ${length} bytes is too long: at most ${this.payloadBytesMax} are allowed.`,
      );
    }
  }

  #takePayload(chunk: Uint8Array, from: number, length: number): number {
    if (this.#payload === null) {
      this.#payload = new Uint8Array(length);
      this.#payloadBytes = 0;
    }
    const part = chunk.subarray(from, from + length - this.#payloadBytes);
    this.#payload.set(part, this.#payloadBytes);
    this.#payloadBytes += part.length;
    return from + part.length;
  }
}
