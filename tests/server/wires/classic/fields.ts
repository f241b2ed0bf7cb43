/**
 * What tests of the classic wire send: fields with any length, and chance that can be repeated.
 *
 * @module
 */

/**
 * A field as a client sends it.
 *
 * @param content Text or bytes.
 * @param length What is announced; the number of bytes where nothing else is asked for.
 */
export function field(content: string | Uint8Array, length?: number): Uint8Array {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const whole = new Uint8Array(4 + bytes.length);
  new DataView(whole.buffer).setInt32(0, length ?? bytes.length);
  whole.set(bytes, 4);
  return whole;
}

/** Chance that gives the same again for the same seed. */
export interface Chance {
  /** To be told when a test fails. */
  readonly seed: number;
  /** A number from 0 to below a limit. */
  readonly random: (below: number) => number;
}

/**
 * Makes chance (mulberry32).
 *
 * @param seed The seed to repeat; a new one where none is given.
 */
export function randomFrom(seed = crypto.getRandomValues(new Uint32Array(1))[0]!): Chance {
  let state = seed;
  const random = (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296 * below);
  };
  return { seed, random };
}
