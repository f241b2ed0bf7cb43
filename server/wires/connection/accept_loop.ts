/**
 * Accepting connections, on whichever wire: an error of one of them must not end the loop.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { Logger } from "../../common/log.ts";

/** How long accepting pauses after an error such as too many open files. */
const acceptPauseMs = 100;
/** How often an error that lasts is logged: it comes ten times a second, and would fill the log. */
const logIntervalMs = 60_000;

/**
 * Accepts until it is stopped.
 *
 * @param acceptor Where connections come from.
 * @param options `open` takes each one and must not wait; `stopped` tells whether accepting has been given up.
 */
export async function acceptAll<T>(
  acceptor: { accept(): Promise<T> },
  options: { open: (socket: T) => void; stopped: () => boolean; logger: Logger },
): Promise<void> {
  let loggedMs = -Infinity;
  while (!options.stopped()) {
    try {
      options.open(await acceptor.accept());
    } catch (error) {
      if (options.stopped()) return;
      if (performance.now() - loggedMs >= logIntervalMs) {
        loggedMs = performance.now();
        const properties = { error: String(error) };
        options.logger.warn("A connection could not be accepted: {error}", properties);
      }
      await delay(acceptPauseMs);
    }
  }
}
