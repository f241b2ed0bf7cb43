/**
 * The server's own secrets.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { OutcomeOf, SecretCommand } from "../../commands.ts";
import { bytesOf } from "../file/rows.ts";
import { prepared } from "../file/statements.ts";
import { StorageError } from "../../storage_error.ts";

/** Each secret is kept with a CRC-32 behind it: a changed one would only make devices strangers, without a word. */
const secretChecksumBytes = 4;

/**
 * The value that is kept under a name.
 *
 * @param database The database.
 * @param name The name.
 * @throws StorageError `damaged`, if it is not as it was written.
 * @returns The value, or null if there is none.
 */
export function findSecret(database: DatabaseSync, name: string): Uint8Array<ArrayBuffer> | null {
  const row = prepared(database, "SELECT value FROM secrets WHERE name = ?").get(name);
  return row === undefined ? null : checkedSecret(bytesOf(row, "value"), name);
}

/**
 * Keeps a value under a name, unless there is one.
 *
 * @param database The database, with a transaction begun.
 * @param command The name and the value.
 * @throws StorageError `damaged`, if there is one that is not as it was written.
 * @returns What became of it.
 */
export function keepSecret(
  database: DatabaseSync,
  { name, value }: SecretCommand,
): OutcomeOf<"secret"> {
  if (findSecret(database, name) !== null) return { refused: "has_value" };
  prepared(database, "INSERT INTO secrets (name, value) VALUES (?, ?)")
    .run(name, withChecksum(value));
  return { refused: null, repeated: false };
}

function withChecksum(value: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(value.length + secretChecksumBytes);
  bytes.set(value);
  new DataView(bytes.buffer).setUint32(value.length, crc32(value));
  return bytes;
}

function checkedSecret(bytes: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const value = bytes.slice(0, -secretChecksumBytes);
  if (withChecksum(value).every((byte, index) => byte === bytes[index])) return value;
  throw new StorageError(
    "damaged",
    `The database is damaged at the server's secret "${name}". Restore the data folder from a backup.`,
  );
}
