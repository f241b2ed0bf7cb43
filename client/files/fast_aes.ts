/**
 * AES-256-GCM (NIST SP 800-38D) by parts of Deno's that are fast: its own GCM encrypts 180 MB for a second of processor time, but its ECB 1,600, and
 * its authentication of what is not encrypted (GMAC) 1,100 (measured with 2.9.6). Of these two, all of GCM can be made; docs/decisions/fast-files.md
 * has the reasons, and when this goes.
 *
 * - What is encrypted is the plain text XOR the encrypted counter blocks (GCTR, section 6.5): that is what ECB is for, and nothing else.
 * - GMAC gives `E(J0) ^ GHASH(C || len(C) || 0)`; GCM wants `E(J0) ^ GHASH(C || 0 || len(C))` (section 7.1). GHASH is linear, so the two differ by
 *   `(len(C) || len(C)) * H`, which depends on the length only.
 *
 * @module
 */
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { createCipheriv } from "node:crypto";
import type { Bytes } from "../../protocol/e2e/byte_fields.ts";
import { type ChunkAes, chunkBytes, type OpenChunkAes } from "../../protocol/files/chunk_cipher.ts";

const blockBytes = 16;
const tagBytes = 16;
/** Words of 32 bits in a block: three of the nonce, and the counter. */
const blockWords = 4;
/** The counter of the first block that is encrypted (section 7.1, step 3): the one before belongs to the tag. */
const firstCounter = 2;
/** So much is encrypted at once: memory of more is asked for from the system each time, which costs as much again. */
const pieceBytes = 64 * 1024;

/** Makes it for a key. What is given to it is a chunk at most, which it changes. */
export const openFastAes: OpenChunkAes = async (raw) => {
  const authentication = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  return new FastAes(raw, authentication);
};

class FastAes implements ChunkAes {
  readonly #key: Bytes;
  readonly #authentication: CryptoKey;
  /** H, as a number: the encrypted block of zeros. */
  readonly #hashKey: bigint;
  readonly #counters: Bytes = new Uint8Array(chunkBytes);
  readonly #counterWords: Int32Array<ArrayBuffer> = new Int32Array(this.#counters.buffer);
  /** By the length of what is encrypted: see above. */
  readonly #differences = new Map<number, Bytes>();

  constructor(raw: Bytes, authentication: CryptoKey) {
    this.#key = raw;
    this.#authentication = authentication;
    this.#hashKey = numberOf(this.#encrypted(new Uint8Array(blockBytes)));
    const view = new DataView(this.#counters.buffer);
    for (let at = 0; at < chunkBytes; at += blockBytes) {
      view.setUint32(at + blockBytes - 4, firstCounter + at / blockBytes);
    }
  }

  async seal(nonce: Bytes, chunk: Bytes): Promise<readonly Bytes[]> {
    this.#crypt(nonce, chunk);
    return [chunk, await this.#tagOf(nonce, chunk)];
  }

  async open(nonce: Bytes, sealed: Bytes): Promise<Bytes> {
    const end = sealed.length - tagBytes;
    if (end < 0) throw new RangeError("This is too short for a tag.");
    const text = sealed.subarray(0, end);
    // Nothing is decrypted that was altered.
    const isRight = timingSafeEqual(await this.#tagOf(nonce, text), sealed.subarray(end));
    if (!isRight) throw new TypeError("The tag is not right.");
    this.#crypt(nonce, text);
    return text;
  }

  /** GCTR: encrypts and decrypts in place. */
  #crypt(nonce: Bytes, text: Bytes): void {
    // What has no counter would stay as it is.
    if (text.length > chunkBytes) throw new RangeError("This is more than a chunk.");
    const blocks = Math.ceil(text.length / blockBytes);
    this.#setNonce(nonce, blocks);
    for (let from = 0; from < text.length; from += pieceBytes) {
      const end = Math.min(from + pieceBytes, blocks * blockBytes);
      const stream = this.#encrypted(this.#counters.subarray(from, end));
      mix(text.subarray(from, end), stream);
      // Hundreds of megabytes a second would wait for the garbage collection otherwise.
      stream.buffer.transfer(0);
    }
  }

  #setNonce(nonce: Bytes, blocks: number): void {
    const words = this.#counterWords;
    this.#counters.set(nonce);
    const [first, second, third] = words as unknown as [number, number, number];
    for (let at = 0; at < blocks * blockWords; at += blockWords) {
      words[at] = first;
      words[at + 1] = second;
      words[at + 2] = third;
    }
  }

  /** In a buffer of its own. */
  #encrypted(blocks: Bytes): Bytes {
    const cipher = createCipheriv("aes-256-ecb", this.#key, null).setAutoPadding(false);
    const given = cipher.update(blocks);
    cipher.final();
    const isOwn = given.byteOffset === 0 && given.length === given.buffer.byteLength;
    return isOwn ? new Uint8Array(given.buffer as ArrayBuffer) : new Uint8Array(given);
  }

  async #tagOf(iv: Bytes, text: Bytes): Promise<Bytes> {
    const options = { name: "AES-GCM", iv, additionalData: text };
    const nothing = new Uint8Array(0);
    const tag = new Uint8Array(
      await crypto.subtle.encrypt(options, this.#authentication, nothing),
    );
    const difference = this.#differenceFor(text.length);
    for (let at = 0; at < tagBytes; at++) tag[at]! ^= difference[at]!;
    return tag;
  }

  #differenceFor(length: number): Bytes {
    let found = this.#differences.get(length);
    if (found === undefined) {
      const bits = BigInt(length * 8);
      found = bytesOf(product(bits << 64n | bits, this.#hashKey));
      this.#differences.set(length, found);
    }
    return found;
  }
}

/** XOR, by words as far as they begin where words can. */
function mix(text: Bytes, stream: Bytes): void {
  let at = 0;
  if (text.byteOffset % 4 === 0) {
    const count = text.length >> 2;
    const words = new Int32Array(text.buffer, text.byteOffset, count);
    const others = new Int32Array(stream.buffer, 0, count);
    for (let word = 0; word < count; word++) words[word]! ^= others[word]!;
    at = count * 4;
  }
  for (; at < text.length; at++) text[at]! ^= stream[at]!;
}

/** The field's polynomial (section 6.3). The first bit of a block is the lowest power, and the highest bit of the number. */
const reduction = 0xe1n << 120n;

/** The product of two blocks in GF(2^128) (section 6.3, algorithm 1). It takes the longer the more bits the first one has set: that is a length. */
function product(length: bigint, hashKey: bigint): bigint {
  let sum = 0n;
  let power = hashKey;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((length >> bit & 1n) === 1n) sum ^= power;
    power = (power & 1n) === 1n ? power >> 1n ^ reduction : power >> 1n;
  }
  return sum;
}

function numberOf(block: Bytes): bigint {
  return BigInt(`0x${block.toHex()}`);
}

function bytesOf(block: bigint): Bytes {
  return Uint8Array.fromHex(block.toString(16).padStart(2 * blockBytes, "0"));
}
