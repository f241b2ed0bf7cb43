/**
 * Whether the lists of private conversations, one for each account, say the same as the conversations themselves.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { integerOf } from "../file/rows.ts";

const endsSql = `
  SELECT first AS key, id AS conversation FROM conversations WHERE first IS NOT NULL
  UNION SELECT second, id FROM conversations WHERE second IS NOT NULL`;

const differencesSql = `
  WITH ends AS MATERIALIZED (${endsSql}), listed AS (SELECT key, conversation FROM participants)
  SELECT count(*) AS number FROM (
    SELECT * FROM (SELECT * FROM ends EXCEPT SELECT * FROM listed)
    UNION ALL
    SELECT * FROM (SELECT * FROM listed EXCEPT SELECT * FROM ends)
  )`;

/**
 * Compares the lists with the conversations. Takes some milliseconds for a thousand conversations.
 *
 * @param database The database.
 * @returns True if every private conversation is listed for both of its ends, and for nobody else.
 */
export function privateListsFit(database: DatabaseSync): boolean {
  return integerOf(database.prepare(differencesSql).get() ?? {}, "number") === 0;
}
