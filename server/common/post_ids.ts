/**
 * Ids of posts for peers that make none.
 *
 * @module
 */

/** Bytes that tell the ids of one run of the server from those of another. */
const runBytes = 6;

/**
 * Ids of one run of the server: the time, what is random in this run, a number. Like those that clients make
 * (protocol/wire/post_id.ts), they lie near each other in an index, but they cost nothing to speak of.
 */
export class PostIds {
  readonly #run: string;
  #count = 0;
  #timeMs = NaN;
  #start = "";

  /** @param random Fills an array with random bytes. */
  constructor(
    random: (bytes: Uint8Array) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
  ) {
    this.#run = random(new Uint8Array(runBytes)).toHex();
  }

  /**
   * Makes an id.
   *
   * @param nowMs Milliseconds since 1970.
   * @return See `postIdPattern`.
   */
  next(nowMs: number): string {
    if (nowMs !== this.#timeMs) {
      this.#timeMs = nowMs;
      this.#start = Math.trunc(nowMs).toString(36).padStart(10, "0") + this.#run;
    }
    return this.#start + (this.#count++).toString(36);
  }
}
