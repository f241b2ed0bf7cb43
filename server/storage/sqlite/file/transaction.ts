/**
 * Several changes that are made together or not at all.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";

/**
 * Runs a change in a transaction of its own.
 *
 * @param database The database, with no transaction begun.
 * @param change Makes the change; where it gives false or throws, everything is undone.
 * @returns What the change gave.
 */
export function inTransaction(database: DatabaseSync, change: () => boolean): boolean {
  database.exec("BEGIN IMMEDIATE");
  try {
    const done = change();
    database.exec(done ? "COMMIT" : "ROLLBACK");
    return done;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
