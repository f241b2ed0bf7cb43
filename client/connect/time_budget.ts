/**
 * One time limit for several steps, which does not run while a person thinks.
 *
 * @module
 */

/** The reason with which a step is aborted when the time is used up. */
export class TimeUsedUp extends Error {}

/** A time limit that steps share: each takes what the ones before it have left. */
export class TimeBudget {
  #leftMs: number;
  readonly #signal: AbortSignal | undefined;

  /**
   * Nothing runs yet.
   *
   * @param totalMs Milliseconds for all steps together, above 0.
   * @param signal Aborts every step from outside.
   */
  constructor(totalMs: number, signal: AbortSignal | undefined) {
    this.#leftMs = totalMs;
    this.#signal = signal;
  }

  /**
   * Does one step.
   *
   * @param step Gets a signal, and must settle soon after that is aborted.
   * @returns What the step returns.
   * @throws {TimeUsedUp} Where the time was used up; else the reason of the outer signal, or what the step throws.
   */
  async run<T>(step: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    const controller = new AbortController();
    const startedMs = performance.now();
    const timer = setTimeout(() => controller.abort(new TimeUsedUp()), Math.max(0, this.#leftMs));
    const abort = () => controller.abort(this.#signal?.reason);
    this.#signal?.addEventListener("abort", abort, { once: true });
    try {
      return await step(controller.signal);
    } catch (error) {
      // What an aborted operation throws differs from one to the next: the reason is what counts.
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      clearTimeout(timer);
      this.#signal?.removeEventListener("abort", abort);
      this.#leftMs -= performance.now() - startedMs;
    }
  }
}
