/**
 * How far a store has followed a log that several servers write.
 *
 * @module
 */
import type { Command } from "./commands.ts";

/** A place in the log of a cluster. */
export interface LogPlace {
  /** The cluster's id: a log of another one is another history. */
  readonly cluster: string;
  /** The number, in the log, of the last message that was applied; 0 before the first. */
  readonly applied: number;
  /** A CRC-32 over every message up to there: who has applied the same has the same. */
  readonly checksum: number;
}

/** Commands that one server has put into the log together. */
export interface LogBatch {
  /** The run of a server that has made it: a random text, never used again. */
  readonly run: string;
  /** Counts the batches of that run from 1. */
  readonly number: number;
  readonly commands: readonly Command[];
}
