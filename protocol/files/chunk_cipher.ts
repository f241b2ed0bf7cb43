/**
 * Encrypts a file in chunks, so that neither end holds more than some of them, and any of them can be sent again.
 *
 * The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár: Online Authenticated-Encryption and its Nonce-Reuse
 * Misuse-Resistance, CRYPTO 2015, section 7) with AES-256-GCM (NIST SP 800-38D): the nonce of a chunk holds a prefix, the chunk's
 * place, and whether it is the last one. So a chunk opens in its own place only, and a file that was cut off does not open as a
 * shorter one.
 *
 * Each run of a sender makes a prefix of its own, which stands before each of its chunks: a run that goes on with the rest of
 * a file never uses a nonce again that an earlier one may have used, even where the file has changed meanwhile.
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of a file in each chunk but the last, which may have fewer. */
export const chunkBytes = 256 * 1024;
/** Bytes of a file's key. */
export const fileKeyBytes = 32;

const prefixBytes = 7;
const placeBytes = 4;
const nonceBytes: number = prefixBytes + placeBytes + 1;
const tagBytes = 16;

/** What a chunk has more than what it holds: the prefix of its nonce, and its tag. */
export const chunkOverheadBytes: number = prefixBytes + tagBytes;
/** Bytes of a whole chunk as it is stored. */
export const sealedChunkBytes: number = chunkBytes + chunkOverheadBytes;

/** The most bytes that a file may have: places are numbers of 32 bits, and this is less. */
export const fileBytesLimit: number = 2 ** 40;

/**
 * How many chunks a file has: at least one, since the end has to be there.
 *
 * @param bytes The file's size.
 */
export function chunkCount(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / chunkBytes));
}

/**
 * How many bytes a file has as it is stored.
 *
 * @param bytes The file's size.
 */
export function sealedFileBytes(bytes: number): number {
  return bytes + chunkCount(bytes) * chunkOverheadBytes;
}

/**
 * How many bytes of a file are in a chunk.
 *
 * @param bytes The file's size.
 * @param place The chunk's place, from 0.
 */
export function bytesInChunk(bytes: number, place: number): number {
  return Math.min(chunkBytes, bytes - place * chunkBytes);
}

/** A key for a new file, random. */
export function newFileKey(): Bytes {
  return crypto.getRandomValues(new Uint8Array(fileKeyBytes));
}

/** The chunks of one file, for one run of a sender or a recipient. */
export class ChunkCipher {
  readonly #key: CryptoKey;
  readonly #count: number;
  readonly #prefix: Bytes = crypto.getRandomValues(new Uint8Array(prefixBytes));

  private constructor(key: CryptoKey, count: number) {
    this.#key = key;
    this.#count = count;
  }

  /**
   * Makes a cipher for one run.
   *
   * @param key The file's key: `fileKeyBytes` bytes.
   * @param bytes The file's size.
   */
  static async open(key: Bytes, bytes: number): Promise<ChunkCipher> {
    const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, [
      "encrypt",
      "decrypt",
    ]);
    return new ChunkCipher(imported, chunkCount(bytes));
  }

  /**
   * Encrypts a chunk.
   *
   * @param place Its place, from 0.
   * @param chunk What it holds; of a length that {@linkcode bytesInChunk} gives.
   * @return What is stored, in two pieces that follow one another.
   */
  async seal(place: number, chunk: Bytes): Promise<[prefix: Bytes, sealed: Bytes]> {
    const iv = nonceOf(this.#prefix, place, place === this.#count - 1);
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.#key, chunk);
    return [this.#prefix, new Uint8Array(sealed)];
  }

  /**
   * Decrypts a chunk.
   *
   * @param place The place in which it was found.
   * @param stored What is stored.
   * @return What it holds.
   * @throws {ChatError} `cannot_open` where it is damaged, altered, of another place or of another file.
   */
  async open(place: number, stored: Bytes): Promise<Bytes> {
    try {
      const iv = nonceOf(stored.subarray(0, prefixBytes), place, place === this.#count - 1);
      const sealed = stored.subarray(prefixBytes);
      return new Uint8Array(
        await crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.#key, sealed),
      );
    } catch (cause) {
      throw new ChatError("cannot_open", "A chunk of the file does not open.", { cause });
    }
  }
}

function nonceOf(prefix: Uint8Array, place: number, isLast: boolean): Bytes {
  const nonce = new Uint8Array(nonceBytes);
  nonce.set(prefix);
  new DataView(nonce.buffer).setUint32(prefixBytes, place);
  nonce[nonceBytes - 1] = isLast ? 1 : 0;
  return nonce;
}
