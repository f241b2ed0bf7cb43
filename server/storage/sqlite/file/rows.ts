/**
 * Reads the columns of a row with the type they must have. A column of another type is damage, never a guess.
 *
 * @module
 */

import type { SQLOutputValue } from "node:sqlite";
import { StorageError } from "../../storage_error.ts";

/** A row as node:sqlite returns it. */
export type TableRow = Record<string, SQLOutputValue>;

function damaged(column: string): StorageError {
  return new StorageError(
    "damaged",
    `The database is damaged: the column "${column}" holds something of another type. ` +
      "Stop the server and restore the data folder from a backup.",
  );
}

/**
 * A text column.
 *
 * @param row The row.
 * @param column The column's name.
 * @throws StorageError `damaged`, if it is not a text.
 * @returns The text.
 */
export function textColumn(row: TableRow, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw damaged(column);
  return value;
}

/**
 * An integer column.
 *
 * @param row The row.
 * @param column The column's name.
 * @throws StorageError `damaged`, if it is not an integer.
 * @returns The integer.
 */
export function integerOf(row: TableRow, column: string): number {
  const value = row[column];
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw damaged(column);
  return value;
}

/**
 * A column of bytes, copied.
 *
 * @param row The row.
 * @param column The column's name.
 * @throws StorageError `damaged`, if it does not hold bytes.
 * @returns The bytes.
 */
export function bytesOf(row: TableRow, column: string): Uint8Array<ArrayBuffer> {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw damaged(column);
  return new Uint8Array(value);
}
