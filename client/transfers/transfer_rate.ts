/**
 * How fast something comes on: by what came within the last seconds.
 *
 * @module
 */

/** How far back is looked, in milliseconds. */
const windowMs = 5_000;
/** Before, nothing can be said. */
const knownAfterMs = 500;
/** How often it is noted, in milliseconds. */
const stepMs = 100;

/** The rate of one transfer. */
export class TransferRate {
  readonly #nowMs: () => number;
  /** How far it was at some moments of the last seconds, oldest first. */
  #marks: { readonly atMs: number; readonly done: number }[] = [];

  /** @param nowMs Milliseconds on a clock that only goes forward. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** It has come so far. What it had before its first word counts for nothing. */
  note(done: number): void {
    const atMs = this.#nowMs();
    const last = this.#marks.at(-1);
    // It goes on from further back: what came before says nothing of now.
    if (last !== undefined && done < last.done) this.#marks = [];
    if (last !== undefined && atMs - last.atMs < stepMs && this.#marks.length > 1) {
      this.#marks[this.#marks.length - 1] = { atMs: last.atMs, done };
      return;
    }
    this.#marks.push({ atMs, done });
    while (this.#marks.length > 2 && this.#marks[1]!.atMs < atMs - windowMs) this.#marks.shift();
  }

  /** Bytes a second; null where that is not known yet. */
  get perSecond(): number | null {
    const [first] = this.#marks;
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined) return null;
    const ms = this.#nowMs() - first.atMs;
    return ms < knownAfterMs ? null : (last.done - first.done) / ms * 1_000;
  }
}
