/**
 * A connection for sessions that have none in a test.
 *
 * @module
 */
import type { SessionConnection } from "../../server/session.ts";

/** A connection that nobody ends. */
export const noConnection: SessionConnection = {
  wire: "native",
  address: "127.0.0.1",
  silentMs: () => 0,
  endBecause: () => {},
};
