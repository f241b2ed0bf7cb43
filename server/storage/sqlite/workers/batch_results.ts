/**
 * What became of a batch of commands, on its way to the main thread: mostly new posts, of which there is nothing to say but where they
 * begin.
 *
 * @module
 */

import type { Command } from "../../commands.ts";
import type { Result } from "./applier.ts";

/** The result of each command; or the first sequence, where all of them are posts, new, and follow one another. */
export type BatchResults = readonly Result[] | number;

/** Says in short what there is to say. */
export function packed(results: readonly Result[]): BatchResults {
  const first = sequenceOf(results[0]);
  if (first === null) return results;
  for (let index = 1; index < results.length; index++) {
    if (sequenceOf(results[index]) !== first + index) return results;
  }
  return first;
}

function sequenceOf(result: Result | undefined): number | null {
  if (result === undefined || !("sequence" in result) || result.repeated) return null;
  return result.sequence;
}

/**
 * The result of each command.
 *
 * @param results What {@linkcode packed} gave.
 * @param commands The commands.
 */
export function unpacked(results: BatchResults, commands: readonly Command[]): readonly Result[] {
  if (typeof results !== "number") return results;
  return commands.map((command, index) => ({
    refused: null,
    repeated: false,
    sequence: results + index,
    timeMs: "timeMs" in command ? command.timeMs : 0,
  }));
}
