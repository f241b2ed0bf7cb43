/**
 * Applies batches of a log that several servers write: each once, though it may be there twice, and the place after them in the same
 * transaction.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Command } from "../../commands.ts";
import type { LogBatch, LogPlace } from "../../log_place.ts";
import { errorReceived } from "../file/sent_error.ts";
import { newBatches, saveBatches, saveLogPlace } from "../tables/log_place_tables.ts";
import type { BeforeCommit, Result } from "./applier.ts";

/**
 * Applies batches. Damage that a command meets undoes all of it: what this server cannot apply others have applied.
 *
 * @param database The connection that writes.
 * @param apply Applies commands through that connection: see `Applier.apply`.
 * @param batches The batches, in the order of the log.
 * @param place The place after them.
 * @throws What `apply` throws; StorageError, if a command could not be tried.
 * @returns For each batch the results of its commands; null where it was applied before.
 */
export function applyBatches(
  database: DatabaseSync,
  apply: (commands: readonly Command[], beforeCommit: BeforeCommit) => Result[],
  batches: readonly LogBatch[],
  place: LogPlace,
): (Result[] | null)[] {
  const isNew = newBatches(database, batches);
  const fresh = batches.filter((_, index) => isNew[index]);
  const results = apply(fresh.flatMap(({ commands }) => commands), (results) => {
    for (const result of results) if ("error" in result) throw errorReceived(result.error);
    saveBatches(database, fresh);
    saveLogPlace(database, place);
  });
  let at = 0;
  return batches.map(({ commands }, index) =>
    isNew[index] ? results.slice(at, at += commands.length) : null
  );
}
