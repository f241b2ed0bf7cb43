/**
 * Lets costly work run one at a time, with a short queue: a flood of passwords must not take the server's cores.
 *
 * @module
 */
import { ChatError } from "../protocol/errors.ts";
import { passwordChecksWaitingMax } from "../protocol/limits.ts";

/** A queue of password derivations; one runs, a few wait, more are refused. */
export class PasswordQueue {
  #unfinished = 0;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs the work when everything before it has ended.
   *
   * @param work What to do. Where it fails, only its own caller is told.
   * @return What the work returned.
   * @throws {ChatError} `slow_down` where `passwordChecksWaitingMax` are waiting already; the work is not begun.
   */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#unfinished > passwordChecksWaitingMax) {
      const message = "The server is busy checking passwords. Try again in a moment.";
      return Promise.reject(new ChatError("slow_down", message, { retryAfterMs: 1_000 }));
    }
    this.#unfinished += 1;
    const result = this.#last.then(work).finally(() => this.#unfinished -= 1);
    this.#last = result.catch(() => {});
    return result;
  }
}
