/**
 * ML-KEM-768 (FIPS 203): a secret for the holder of a key, which no quantum computer finds, as far as anyone knows.
 *
 * @module
 */
import type { Bytes } from "./byte_fields.ts";

/** Bytes of an encapsulation key, which is public (FIPS 203, table 3). */
export const encapsulationKeyBytes = 1_184;
/** Bytes of a ciphertext. */
export const encapsulationBytes = 1_088;
/** Bytes of the seed that a pair is made of: `d` and `z` of FIPS 203, algorithm 16. */
export const kemSeedBytes = 64;

/** A secret for the holder of a key, and what tells it to that one alone. */
export interface Encapsulation {
  /** `encapsulationBytes` bytes. */
  readonly ciphertext: Bytes;
  /** 32 bytes. */
  readonly secret: Bytes;
}

/** The private half of a pair. */
export interface DecapsulationKey {
  /** The public half: `encapsulationKeyBytes` bytes. */
  readonly encapsulationKey: Bytes;
  /**
   * The secret that a ciphertext tells: another one, which nobody knows, where the ciphertext was not made for this key.
   *
   * @param ciphertext `encapsulationBytes` bytes.
   */
  decapsulate(ciphertext: Bytes): Promise<Bytes>;
}

/** A program for ML-KEM-768. */
export interface MlKem {
  /**
   * Makes the pair of a seed, always the same one.
   *
   * @param seed `kemSeedBytes` bytes that nobody can guess.
   */
  openSeed(seed: Bytes): Promise<DecapsulationKey>;
  /**
   * Makes a secret for the holder of a key.
   *
   * @param encapsulationKey A key that `isEncapsulationKey` finds to be one.
   */
  encapsulate(encapsulationKey: Bytes): Promise<Encapsulation>;
}

const prime = 3_329;

/**
 * Whether bytes are an encapsulation key: each number in them below 3,329 (FIPS 203, section 7.2). Not every platform looks.
 *
 * @param bytes Any bytes.
 */
export function isEncapsulationKey(bytes: Bytes): boolean {
  if (bytes.length !== encapsulationKeyBytes) return false;
  // Two numbers of 12 bits in 3 bytes; the last 32 bytes are a seed and may be anything.
  for (let at = 0; at < encapsulationKeyBytes - 32; at += 3) {
    const [low, middle, high] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
    if ((low | (middle & 0x0f) << 8) >= prime || (middle >> 4 | high << 4) >= prime) return false;
  }
  return true;
}
