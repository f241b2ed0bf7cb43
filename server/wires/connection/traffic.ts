/**
 * What all connections of a server share, on all wires.
 *
 * @module
 */
import { Outboxes } from "./outboxes.ts";
import { ReadBuffers } from "./read_buffers.ts";
import { Turn } from "./turn.ts";

/** One for a server: it is handed to every wire. */
export class Traffic {
  /** What waits to be sent. */
  readonly outboxes = new Outboxes();
  /** The turns of the event loop. */
  readonly turn = new Turn();
  /** What is read into, and not in use at the moment. */
  readonly readBuffers = new ReadBuffers();
}
