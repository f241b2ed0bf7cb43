/**
 * The classic wire's fields and messages.
 *
 * A client sends fields: a length of 4 bytes, big-endian and signed, then the content. The server sends messages: a
 * type and a body, each like a field.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { classicBodyBytesMax } from "../../../protocol/wire/limits.ts";
import { assert } from "../../common/assert.ts";

/** What a field may be. */
export interface FieldForm {
  /** The greatest length that may be announced. A text that is counted in characters may have four times as many bytes. */
  readonly lengthMax: number;
  /**
   * What the field holds. The classic client announces the length of a `text` in characters and not in bytes, so that
   * more bytes follow than it says where the text is not ASCII.
   */
  readonly holds: "text" | "bytes";
}

/** The types of messages to the client. */
export type MessageType = "key" | "Confirmation" | "LIST" | "BM" | "PM" | "CH";

const lengthBytes = 4;
const encoder = new TextEncoder();

/** Takes the bytes of a stream apart into fields. */
export class FieldDecoder {
  #buffer = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #undecided = false;

  /** Whether bytes wait for the rest of their field. */
  get partial(): boolean {
    return this.#end > this.#start;
  }

  /**
   * Whether the last `next()` found a whole field if the client counted bytes, and a part of one if it counted
   * characters. Where nothing more comes, it counted bytes: ask again with `settled`.
   */
  get undecided(): boolean {
    return this.#undecided;
  }

  /** Takes bytes, which are copied. */
  add(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next field.
   *
   * @param form What is expected.
   * @param options `settled`: an undecided field is taken to be whole.
   * @return The content; null where more bytes are wanted.
   * @throws {ChatError} `bad_frame` where the length is negative or above the limit, before any of it is kept.
   */
  next(form: FieldForm, options: { settled?: boolean } = {}): Uint8Array<ArrayBuffer> | null {
    this.#undecided = false;
    if (this.#end - this.#start < lengthBytes) return null;
    const length = new DataView(this.#buffer.buffer).getInt32(this.#start);
    if (length < 0 || length > form.lengthMax) {
      const message = `A field's length is ${length}: here 0 to ${form.lengthMax} are allowed.`;
      throw new ChatError("bad_frame", message);
    }
    const content = this.#buffer.subarray(this.#start + lengthBytes, this.#end);
    const bytes = form.holds === "bytes" ? length : this.#textBytes(content, length, options);
    if (bytes === null || content.length < bytes) return null;
    this.#start += lengthBytes + bytes;
    return content.slice(0, bytes);
  }

  /** How many bytes a text has: `length`, or as many as make that number of characters. Null where it cannot be told yet. */
  #textBytes(
    content: Uint8Array,
    length: number,
    options: { settled?: boolean },
  ): number | null {
    if (content.length < length) return null;
    const counted = content.subarray(0, length);
    if (counted.every((byte) => byte < 0x80)) return length;
    if (!endsInCharacter(counted)) {
      // A length in bytes ends with a character. And a length that follows begins with a zero byte, which no text holds.
      if (content.length > length) {
        if (content[length] === 0) return length;
      } else if (options.settled === true) {
        return length;
      } else {
        this.#undecided = true;
        return null;
      }
    }
    return bytesOfCharacters(content, length);
  }

  #makeRoom(bytes: number): void {
    const waiting = this.#buffer.subarray(this.#start, this.#end);
    const wanted = waiting.length + bytes;
    const buffer = wanted > this.#buffer.length ? new Uint8Array(wanted * 2) : this.#buffer;
    buffer.set(waiting);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = waiting.length;
  }
}

/** How many bytes a character has, by its first one (RFC 3629, section 3); 1 for what cannot be a first byte. */
function characterBytes(first: number): number {
  return first < 0xc0 || first > 0xf7 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** Whether the bytes end within a character. */
function endsInCharacter(bytes: Uint8Array): boolean {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return false;
    if (byte >= 0xc0) return characterBytes(byte) > back;
  }
  return false;
}

/** How many bytes the first characters have; null where not all of them are there. */
function bytesOfCharacters(bytes: Uint8Array, characters: number): number | null {
  let at = 0;
  for (let count = 0; count < characters; count++) {
    if (at >= bytes.length) return null;
    at += characterBytes(bytes[at]!);
  }
  return at > bytes.length ? null : at;
}

/**
 * Makes a message to the client.
 *
 * @param type Its type.
 * @param body At most `classicBodyBytesMax` bytes of UTF-8.
 * @return The bytes, which must leave in one write.
 */
export function encodeClassicMessage(type: MessageType, body: string): Uint8Array {
  const content = encoder.encode(body);
  assert(content.length <= classicBodyBytesMax, "a body fits one read of a classic client");
  const bytes = new Uint8Array(2 * lengthBytes + type.length + content.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, type.length);
  encoder.encodeInto(type, bytes.subarray(lengthBytes));
  view.setInt32(lengthBytes + type.length, content.length);
  bytes.set(content, 2 * lengthBytes + type.length);
  return bytes;
}

/** How long the first of some encoded messages is, in bytes. */
export function messageBytes(messages: Uint8Array): number {
  const view = new DataView(messages.buffer, messages.byteOffset, messages.byteLength);
  const bodyAt = lengthBytes + view.getInt32(0);
  return bodyAt + lengthBytes + view.getInt32(bodyAt);
}
