/**
 * What all connections of a server share, on all wires.
 *
 * @module
 */
import { Outboxes } from "./outboxes.ts";
import { Turn } from "./turn.ts";

/** One for a server: it is handed to every wire. */
export class Traffic {
  /** What waits to be sent. */
  readonly outboxes = new Outboxes();
  /** The turns of the event loop. */
  readonly turn = new Turn();
}
