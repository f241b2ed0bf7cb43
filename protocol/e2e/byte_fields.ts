/**
 * Bytes put together and taken apart, so that there is one way to read them and one way to write them.
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";

/** Bytes that own their memory, as WebCrypto wants them. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Puts bytes one after the other.
 *
 * @param parts The bytes.
 * @return New bytes.
 */
export function concatenate(...parts: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Puts fields one after the other, each with its length before it: two lists that differ never give the same bytes.
 * For what is signed or authenticated.
 *
 * @param fields Texts, as UTF-8, and bytes.
 * @return For each field 4 bytes of length, big-endian, and the field.
 */
export function joinFields(...fields: readonly (string | Uint8Array)[]): Bytes {
  const parts = fields.flatMap((field) => {
    const bytes = typeof field === "string" ? encoder.encode(field) : field;
    return [uint32(bytes.length), bytes];
  });
  return concatenate(...parts);
}

/**
 * A number in 4 bytes, big-endian.
 *
 * @param value 0 to 2³²-1.
 */
export function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/**
 * A number in 8 bytes, big-endian.
 *
 * @param value 0 to 2⁵³-1.
 */
export function uint64(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** Takes bytes apart, from the first to the last. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /**
   * Begins at the first byte.
   *
   * @param bytes What is read.
   */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * The next bytes, copied.
   *
   * @param length How many.
   * @throws {ChatError} `bad_message` where there are fewer.
   */
  take(length: number): Bytes {
    if (length > this.#bytes.length - this.#at) {
      throw new ChatError("bad_message", "There is less of it than there should be.");
    }
    return this.#bytes.slice(this.#at, this.#at += length);
  }

  /**
   * The next 4 bytes as a big-endian number.
   *
   * @throws {ChatError} `bad_message` where there are fewer.
   */
  uint32(): number {
    return new DataView(this.take(4).buffer).getUint32(0);
  }

  /**
   * The next 8 bytes as a big-endian number.
   *
   * @throws {ChatError} `bad_message` where there are fewer, or the number is above 2⁵³-1.
   */
  uint64(): number {
    const value = Number(new DataView(this.take(8).buffer).getBigUint64(0));
    if (Number.isSafeInteger(value)) return value;
    throw new ChatError("bad_message", "A number of it is too large.");
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** All that is left, copied. */
  rest(): Bytes {
    return this.take(this.#bytes.length - this.#at);
  }

  /**
   * Says that nothing may be left.
   *
   * @throws {ChatError} `bad_message` where something is.
   */
  end(): void {
    if (this.isAtEnd) return;
    throw new ChatError("bad_message", "There is more of it than there should be.");
  }
}

/**
 * Reads UTF-8.
 *
 * @param bytes The bytes.
 * @throws {ChatError} `bad_message` where they are no UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ChatError("bad_message", "It is not UTF-8.", { cause });
  }
}

/**
 * Reads base64 (RFC 4648, section 4) in its one canonical form: two texts never mean the same bytes.
 *
 * @param text The text, with padding.
 * @param charactersMax The most characters, judged before anything is decoded.
 * @throws {ChatError} `bad_message`.
 */
export function decodeCanonicalBase64(text: string, charactersMax: number): Bytes {
  if (text.length > charactersMax) throw new ChatError("bad_message", "It is too long.");
  try {
    const bytes = Uint8Array.fromBase64(text);
    if (bytes.toBase64() === text) return bytes;
  } catch {
    // Told below, as everything else that is no base64.
  }
  throw new ChatError("bad_message", "Its base64 is wrong.");
}
