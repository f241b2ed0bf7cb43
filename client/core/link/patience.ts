/**
 * Waits where the server asks to: a whole class that comes in together is let in one after the other.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { pause } from "./pause.ts";

/** How patient to be. */
export interface Patience {
  /** How long to wait in all, in milliseconds; 0 for not at all. */
  readonly patienceMs: number;
  /** Called before each wait. */
  readonly onWait?: (reason: ChatError) => void;
  /** A number from 0 up to 1. */
  readonly random?: () => number;
}

/** Where the server does not say how long to wait. */
const defaultWaitMs = 1_000;
/** Those who were told to wait together do not come back in step. */
const spreadMs = 1_000;

/**
 * Tries again after `slow_down`, as long as the wait that the server asks for fits into the time that is left.
 *
 * @param attempt What is tried; a new connection each time.
 * @param patience See {@linkcode Patience}.
 * @return What the attempt gave.
 * @throws {ChatError} What the attempt throws, `slow_down` only where patience is at its end.
 */
export async function patiently<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  const { patienceMs, onWait = () => {}, random = Math.random } = patience;
  for (let leftMs = patienceMs;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== "slow_down") throw error;
      const waitMs = (error.retryAfterMs ?? defaultWaitMs) + random() * spreadMs;
      if (waitMs > leftMs) throw error;
      leftMs -= waitMs;
      onWait(error);
      await pause(waitMs);
    }
  }
}
