/**
 * SHA-256 piece by piece (FIPS 180-4, section 6.2): a browser's own takes only all of a file at once.
 *
 * @module
 */
import type { Hasher } from "../../core/files/file_ports.ts";

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2), and of square roots (5.3.3). */
const [roundKeys, firstState] = constants();
const blockBytes = 64;

function constants(): [Uint32Array<ArrayBuffer>, Uint32Array<ArrayBuffer>] {
  const primes: number[] = [];
  for (let number = 2; primes.length < 64; number++) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  const fraction = (root: number) => (root - Math.floor(root)) * 2 ** 32;
  const cubes = primes.map((prime) => fraction(Math.cbrt(prime)));
  const squares = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  return [new Uint32Array(cubes), new Uint32Array(squares)];
}

/** A hash under way. */
export class Sha256 implements Hasher {
  readonly #state = firstState.slice();
  readonly #words = new Uint32Array(64);
  readonly #block = new Uint8Array(blockBytes);
  #filled = 0;
  #bytes = 0;

  /** See {@linkcode Hasher}. */
  update(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(blockBytes - this.#filled, bytes.length);
      this.#block.set(bytes.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < blockBytes) return;
      this.#mix(this.#block, 0);
    }
    for (; at + blockBytes <= bytes.length; at += blockBytes) this.#mix(bytes, at);
    this.#block.set(bytes.subarray(at));
    this.#filled = bytes.length - at;
  }

  /** See {@linkcode Hasher}. */
  digest(): Uint8Array<ArrayBuffer> {
    const bits = this.#bytes * 8;
    const end = new Uint8Array((this.#filled < blockBytes - 8 ? 1 : 2) * blockBytes - this.#filled);
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(end.length - 4, bits >>> 0);
    this.update(end);
    const digest = new DataView(new ArrayBuffer(32));
    this.#state.forEach((word, at) => digest.setUint32(at * 4, word));
    return new Uint8Array(digest.buffer);
  }

  #mix(bytes: Uint8Array, from: number): void {
    const words = this.#words;
    for (let at = 0; at < 16; at++) {
      const byte = from + at * 4;
      words[at] = bytes[byte]! << 24 | bytes[byte + 1]! << 16 | bytes[byte + 2]! << 8 |
        bytes[byte + 3]!;
    }
    for (let at = 16; at < 64; at++) {
      const early = words[at - 15]!;
      const late = words[at - 2]!;
      const small0 = turned(early, 7) ^ turned(early, 18) ^ early >>> 3;
      const small1 = turned(late, 17) ^ turned(late, 19) ^ late >>> 10;
      words[at] = words[at - 16]! + small0 + words[at - 7]! + small1;
    }
    let [a, b, c, d, e, f, g, h] = this.#state as unknown as Eight;
    for (let at = 0; at < 64; at++) {
      const big1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const first = h + big1 + (e & f ^ ~e & g) + roundKeys[at]! + words[at]! | 0;
      const big0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const second = big0 + (a & b ^ a & c ^ b & c) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, d + first | 0, c, b, a, first + second | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => this.#state[at]! += word);
  }
}

type Eight = [number, number, number, number, number, number, number, number];

/** To the right, in a ring. */
function turned(word: number, bits: number): number {
  return word >>> bits | word << 32 - bits;
}

/** See {@linkcode Sha256}. */
export function newPageHasher(): Hasher {
  return new Sha256();
}
