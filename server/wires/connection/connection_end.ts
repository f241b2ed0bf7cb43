/**
 * How the end of a connection is logged, on whichever wire.
 *
 * @module
 */
import { BrokenAssumption } from "../../common/assert.ts";
import type { Logger } from "../../common/log.ts";
import type { OutboxFailure } from "./outbox.ts";

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

/** What an outbox says of its end, in words. */
const cutReasons: Readonly<Record<OutboxFailure, string>> = {
  queue_full: "it reads too slowly for what is sent to it",
  all_queues_full:
    "slow readers together have filled the memory for messages, and it waits for most",
  write_timeout: "it has stopped reading",
  write_failed: "it was lost",
};

/**
 * Logs that a connection was closed because what is sent to it does not arrive. A peer that is gone is no news; one that does
 * not read is.
 *
 * @param logger Where to.
 * @param reason What happened.
 * @param address The peer's address.
 */
export function logCut(logger: Logger, reason: OutboxFailure, address: string): void {
  const level = reason === "write_failed" ? "debug" : "info";
  logger[level](`Closed a connection: ${cutReasons[reason]}.`, { address });
}
