/**
 * Places for chunks that are being encrypted and opened, for all transfers together. Each takes a thread: with more of them than there are
 * cores nothing gets faster, and everything else on the machine waits for its turn among them.
 *
 * @module
 */

/** How many there are. */
export const cipherPlaces: number = navigator.hardwareConcurrency;

let free = cipherPlaces;
const waiting: (() => void)[] = [];

/**
 * Does something in a place, as soon as there is one: whoever has come first is the first.
 *
 * @param work What is done. What it throws is thrown here.
 * @return What it gives.
 */
export async function inCipherPlace<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }
}
