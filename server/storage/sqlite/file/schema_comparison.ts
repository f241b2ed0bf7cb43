/**
 * Compares what a database is made of with what the migrations make: a trigger or a view that somebody has planted would
 * run whenever the server writes or reads.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { type TableRow, textColumn } from "./rows.ts";

/** Parts of a database, by their kind and name: the statement that made each. */
export type Parts = ReadonlyMap<string, string>;

/** Characters of a foreign name that are shown. */
const nameCharactersMax = 64;

/**
 * What is not as it should be.
 *
 * @param database The database.
 * @param wanted The parts of one that the migrations have made, of the same version.
 * @returns A sentence for each part that is foreign or another one, and for each that is missing.
 */
export function compareSchemas(
  database: DatabaseSync,
  wanted: Parts,
): { foreign: string[]; missing: string[] } {
  const found = partsOf(database);
  const foreign = [...found].filter(([part, sql]) => wanted.get(part) !== sql)
    .map(([part]) => `The ${shown(part)} in the database was not made by this program.`);
  const missing = [...wanted.keys()].filter((part) => !found.has(part))
    .map((part) => `The ${shown(part)} of the database is missing.`);
  return { foreign, missing };
}

/** Whether a sentence of {@linkcode compareSchemas} is about something that runs by itself. */
export function isProgram(sentence: string): boolean {
  return /^The (trigger|view) /.test(sentence);
}

/**
 * The parts of a database. SQLite's own statistics (ANALYZE) are left out: whoever runs it changes nothing.
 *
 * @param database The database.
 */
export function partsOf(database: DatabaseSync): Parts {
  const rows: TableRow[] = database.prepare(
    "SELECT type, name, tbl_name, ifnull(sql, '') AS sql FROM sqlite_schema " +
      "WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'",
  ).all();
  return new Map(rows.map((row) => [
    `${textColumn(row, "type")} ${JSON.stringify(textColumn(row, "name"))}`,
    `${textColumn(row, "tbl_name")}: ${textColumn(row, "sql")}`,
  ]));
}

function shown(part: string): string {
  return part.length > nameCharactersMax ? `${part.slice(0, nameCharactersMax)}…` : part;
}
