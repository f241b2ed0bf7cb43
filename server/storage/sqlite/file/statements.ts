/**
 * Prepared statements that are kept.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

const kept = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/**
 * Prepares a statement once for each database. A statement that is prepared for each use is let go only when JavaScript's
 * memory is cleaned up, which knows nothing of the kilobytes that SQLite holds for it: ten thousand sign-ins cost 120 MB.
 *
 * @param database The database.
 * @param sql The statement; one of few texts, since none is forgotten. It must not be in use while it is used again.
 * @returns The statement.
 */
export function prepared(database: DatabaseSync, sql: string): StatementSync {
  let statements = kept.get(database);
  if (statements === undefined) kept.set(database, statements = new Map());
  let statement = statements.get(sql);
  if (statement === undefined) statements.set(sql, statement = database.prepare(sql));
  return statement;
}
