/**
 * How the end of a connection is logged, on whichever wire.
 *
 * @module
 */
import { BrokenAssumption } from "../../common/assert.ts";
import type { Logger } from "../../common/log.ts";

/**
 * Logs why a connection ended. A peer that goes away is ordinary; anything else is our mistake and must be seen.
 *
 * @param logger Where to.
 * @param error What ended it.
 * @param connection The peer's address, and whether we had closed the connection already.
 */
export function logConnectionEnd(
  logger: Logger,
  error: unknown,
  { address, closed }: { address: string; closed: boolean },
): void {
  if (closed || isPeerGone(error)) {
    logger.debug("A connection ended: {error}", { error: String(error), address });
    return;
  }
  logger.error("A connection failed: {error}", { error, address });
  // Not caught by anyone: the server stops rather than go on with what it wrongly believes.
  if (error instanceof BrokenAssumption) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function isPeerGone(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.InvalidData ||
    error instanceof Deno.errors.NotConnected;
}
