/**
 * Messages in a stream of bytes between two threads: 8 bytes that begin with the length, the message, and as many bytes as are
 * missing to a multiple of 8. Copying to and from shared memory is ten times slower where that is not so.
 *
 * @module
 */

/** Bytes before each message. */
export const messageHeaderBytes = 8;
const alignmentBytes = 8;

/** The longest message. Lists of rooms and members are the longest ones. */
const messageBytesMax = 2 ** 30;

function aligned(length: number): number {
  return Math.ceil(length / alignmentBytes) * alignmentBytes;
}

/**
 * Makes a message ready to go.
 *
 * @param message The message, behind `messageHeaderBytes` bytes that are free, and at the beginning of its memory; may be empty.
 * @return The same memory as far as it is to go, or a copy where that ends too early.
 * @throws {RangeError} where the message is longer than 2³⁰ bytes.
 */
export function frameMessage(message: Uint8Array): Uint8Array {
  const length = message.length - messageHeaderBytes;
  if (length > messageBytesMax) {
    throw new RangeError(`A message between threads cannot have ${length} bytes.`);
  }
  const frameBytes = aligned(message.length);
  let frame: Uint8Array;
  if (message.byteOffset + frameBytes <= message.buffer.byteLength) {
    frame = new Uint8Array(message.buffer, message.byteOffset, frameBytes);
  } else {
    frame = new Uint8Array(frameBytes);
    frame.set(message);
  }
  new DataView(frame.buffer, frame.byteOffset).setUint32(0, length);
  return frame;
}

/** Takes messages out of the stream, whose chunks have multiples of 8 bytes. */
export class MessageCutter {
  /** A message that has begun and not ended, with its header and its end. */
  #partial: Uint8Array<ArrayBuffer> | null = null;
  #partialBytes = 0;

  /**
   * Takes the next bytes of the stream and yields each message that is complete, valid as long as they are. It must be run to its end.
   *
   * @param chunk The bytes.
   * @throws {RangeError} where they cannot be a message.
   */
  *cut(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    let at = 0;
    while (at < chunk.length) {
      if (this.#partial === null) {
        const length = view.getUint32(at);
        const frameBytes = frameBytesOf(length);
        if (chunk.length - at >= frameBytes) {
          yield messageOf(chunk.subarray(at, at += frameBytes), length);
          continue;
        }
        this.#partial = new Uint8Array(frameBytes);
        this.#partialBytes = 0;
      }
      at += this.#add(this.#partial, chunk.subarray(at));
      if (this.#partialBytes < this.#partial.length) return;
      const frame = this.#partial;
      this.#partial = null;
      yield messageOf(frame, new DataView(frame.buffer).getUint32(0));
    }
  }

  #add(partial: Uint8Array, bytes: Uint8Array): number {
    const part = bytes.subarray(0, partial.length - this.#partialBytes);
    partial.set(part, this.#partialBytes);
    this.#partialBytes += part.length;
    return part.length;
  }
}

function frameBytesOf(length: number): number {
  if (length <= messageBytesMax) return aligned(messageHeaderBytes + length);
  throw new RangeError(`A message between threads cannot have ${length} bytes.`);
}

function messageOf(frame: Uint8Array, length: number): Uint8Array {
  return frame.subarray(messageHeaderBytes, messageHeaderBytes + length);
}
