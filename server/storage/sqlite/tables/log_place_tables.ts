/**
 * How far this database has followed the log of a cluster, and which batches it has applied: a batch may be in the log twice.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { integerOf, textColumn } from "../file/rows.ts";
import { prepared } from "../file/statements.ts";
import type { LogBatch, LogPlace } from "../../log_place.ts";

/**
 * The place that was saved last.
 *
 * @param database The database.
 * @returns The place; null if the database has never followed a log.
 */
export function findLogPlace(database: DatabaseSync): LogPlace | null {
  const row = prepared(database, "SELECT cluster, applied, checksum FROM log_place").get();
  if (row === undefined) return null;
  return {
    cluster: textColumn(row, "cluster"),
    applied: integerOf(row, "applied"),
    checksum: integerOf(row, "checksum"),
  };
}

/**
 * Saves the place.
 *
 * @param database The database; in the transaction that applies what comes before the place.
 * @param place The place.
 */
export function saveLogPlace(
  database: DatabaseSync,
  { cluster, applied, checksum }: LogPlace,
): void {
  prepared(
    database,
    "INSERT INTO log_place (only, cluster, applied, checksum) VALUES (1, ?, ?, ?) " +
      "ON CONFLICT DO UPDATE SET cluster = excluded.cluster, applied = excluded.applied, " +
      "checksum = excluded.checksum",
  ).run(cluster, applied, checksum);
}

/**
 * Forgets the log: from now on the database has a history of its own.
 *
 * @param database The database.
 */
export function forgetLogPlace(database: DatabaseSync): void {
  if (findLogPlace(database) === null) return;
  database.exec("DELETE FROM log_place; DELETE FROM log_runs");
}

/**
 * Which of some batches are new. The others are in the log a second time: a server asks again where it has got no answer, and the
 * log knows an id for a while only.
 *
 * @param database The database.
 * @param batches The batches, in the order of the log.
 * @returns For each of them whether it is to be applied.
 */
export function newBatches(database: DatabaseSync, batches: readonly LogBatch[]): boolean[] {
  const applied = new Map<string, number>();
  const find = prepared(database, "SELECT number FROM log_runs WHERE run = ?");
  return batches.map(({ run, number }) => {
    const row = applied.has(run) ? undefined : find.get(run);
    const last = applied.get(run) ?? (row === undefined ? 0 : integerOf(row, "number"));
    applied.set(run, Math.max(last, number));
    return number > last;
  });
}

/**
 * Remembers that batches were applied.
 *
 * @param database The database; in the transaction that applies them.
 * @param batches The batches.
 */
export function saveBatches(database: DatabaseSync, batches: readonly LogBatch[]): void {
  const last = new Map(batches.map(({ run, number }) => [run, number]));
  const save = prepared(
    database,
    "INSERT INTO log_runs (run, number) VALUES (?, ?) ON CONFLICT DO UPDATE SET number = excluded.number",
  );
  for (const [run, number] of last) save.run(run, number);
}
