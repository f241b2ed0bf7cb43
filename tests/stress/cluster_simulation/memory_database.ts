/**
 * Databases in memory that outlive their simulation: making one takes longer than a simulated minute.
 *
 * @module
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { openForWriting } from "../../../server/storage/sqlite/file/database.ts";
import { prepared } from "../../../server/storage/sqlite/file/statements.ts";

/** What tables with a row from the beginning say then. */
const beginnings: readonly string[] = [
  "UPDATE changes SET number = 0",
  "UPDATE conversation_posts_progress SET sequence = 0",
];

const unused: DatabaseSync[] = [];

/**
 * An empty database.
 *
 * @returns The database; it is to be given to {@linkcode putBack}.
 */
export function takeDatabase(): DatabaseSync {
  return unused.pop() ?? withKeptStatements(openForWriting(":memory:"));
}

/** Whoever writes prepares its statements anew at each start. Here that would take a tenth of all time. */
function withKeptStatements(database: DatabaseSync): DatabaseSync {
  const kept = new Map<string, StatementSync>();
  const prepare = database.prepare.bind(database);
  database.prepare = (sql) => {
    const statement = kept.get(sql) ?? prepare(sql);
    kept.set(sql, statement);
    return statement;
  };
  return database;
}

/** Nobody needs a database any more. */
export function putBack(database: DatabaseSync): void {
  clear(database);
  unused.push(database);
}

/** Closes those that nobody uses. */
export function closeDatabases(): void {
  for (const database of unused.splice(0)) database.close();
}

/** Makes one database a copy of another, as a snapshot does. */
export function copyDatabase(from: DatabaseSync, to: DatabaseSync): void {
  clear(to);
  to.exec("BEGIN");
  for (const table of tablesOf(from)) {
    for (const row of prepared(from, `SELECT * FROM "${table}"`).all()) insert(to, table, row);
  }
  const { number } = prepared(from, "SELECT number FROM changes").get()!;
  prepared(to, "UPDATE changes SET number = ?").run(number!);
  to.exec("COMMIT");
}

/**
 * Everything that a database holds, for a comparison.
 *
 * @param database The database.
 * @returns Two that hold the same have the same text.
 */
export function contentOf(database: DatabaseSync): string {
  const tables = ["changes", ...tablesOf(database)];
  return JSON.stringify(
    tables.map((table) => [table, prepared(database, `SELECT * FROM "${table}"`).all()]),
    (_key, value) => value instanceof Uint8Array ? value.toHex() : value,
  );
}

function insert(database: DatabaseSync, table: string, row: Record<string, unknown>): void {
  const columns = Object.keys(row);
  const places = columns.map(() => "?").join(", ");
  prepared(database, `INSERT INTO "${table}" (${columns.join(", ")}) VALUES (${places})`)
    .run(...Object.values(row) as SQLInputValue[]);
}

/** Those that others refer to come last. */
function clear(database: DatabaseSync): void {
  database.exec("BEGIN");
  for (const table of tablesOf(database).toReversed()) {
    prepared(database, `DELETE FROM "${table}"`).run();
  }
  prepared(database, "DELETE FROM sqlite_sequence").run();
  for (const sql of beginnings) prepared(database, sql).run();
  database.exec("COMMIT");
}

const tables = new WeakMap<DatabaseSync, readonly string[]>();

/**
 * Tables without a row from the beginning, those that others refer to first. The index of words is filled only after more posts
 * than a simulation has.
 */
function tablesOf(database: DatabaseSync): readonly string[] {
  const known = tables.get(database);
  if (known !== undefined) return known;
  const found = database.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'words%' " +
      "AND name NOT LIKE 'sqlite_%' AND name NOT IN ('changes', 'conversation_posts_progress') " +
      "ORDER BY rowid",
  ).all().map(({ name }) => String(name));
  tables.set(database, found);
  return found;
}
