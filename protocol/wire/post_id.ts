/**
 * Ids of posts. The sender makes them, so that a post sent twice is stored once.
 *
 * @module
 */

/** What an id may look like: letters, digits, `-` and `_`, at most `postIdCharactersMax` of them. */
export const postIdPattern = /^[0-9A-Za-z_-]{1,36}$/;

/** One character for every five random bits. */
const alphabet = "0123456789abcdefghijklmnopqrstuv";

/**
 * Makes an id: the time, so that ids of one sender lie near each other in an index, and 80 random bits.
 *
 * @param nowMs Milliseconds since 1970.
 * @param random Fills an array with random bytes.
 * @return 26 characters; see {@linkcode postIdPattern}.
 */
export function newPostId(
  nowMs: number,
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
): string {
  const time = Math.trunc(nowMs).toString(36).padStart(10, "0");
  let id = time;
  for (const byte of random(new Uint8Array(16))) id += alphabet[byte & 31];
  return id;
}
