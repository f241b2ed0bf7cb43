/**
 * Accounts, how far each has read, and the server's own secrets.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { accountChecksum } from "../file/checksum.ts";
import type { SealedIdentity } from "../../../../protocol/e2e/identity.ts";
import { addIdentity } from "./identity_tables.ts";
import { bytesOf, integerOf, type TableRow, textColumn } from "../file/rows.ts";
import {
  type AccountRecord,
  type ConversationPosition,
  StorageError,
  TakenError,
} from "../../storage.ts";
import { isUniqueViolation } from "../file/storage_failure.ts";
import { prepared } from "../file/statements.ts";
import { inTransaction } from "../file/transaction.ts";

/** How far accounts have read: pairs of a folded name and a sequence. */
export type ReadPositionTable = readonly (readonly [nameKey: string, sequence: number])[];

/**
 * Looks an account up.
 *
 * @param database The database.
 * @param nameKey The folded name.
 * @throws StorageError `damaged`, if the account is not as it was written.
 * @returns The account, or null.
 */
export function findAccount(database: DatabaseSync, nameKey: string): AccountRecord | null {
  const row = prepared(database, "SELECT * FROM accounts WHERE key = ?").get(nameKey);
  return row === undefined ? null : accountOf(row);
}

/**
 * Makes an account of a row, and checks its checksum.
 *
 * @param row All columns of `accounts`.
 * @throws StorageError `damaged`, naming the account.
 * @returns The account.
 */
export function accountOf(row: TableRow): AccountRecord {
  const account = {
    name: textColumn(row, "name"),
    nameKey: textColumn(row, "key"),
    skeleton: textColumn(row, "skeleton"),
    salt: bytesOf(row, "salt"),
    iterations: integerOf(row, "iterations"),
    storedKey: bytesOf(row, "stored_key"),
    serverKey: bytesOf(row, "server_key"),
    createdMs: integerOf(row, "created_ms"),
    passwordGeneration: integerOf(row, "password_generation"),
  };
  if (accountChecksum(account) !== integerOf(row, "checksum")) {
    throw new StorageError(
      "damaged",
      `The database is damaged at the account "${account.nameKey}": its checksum is wrong. ` +
        "Stop the server and restore the data folder from a backup.",
    );
  }
  return account;
}

/**
 * Whether an account could not be made, because of another one's name.
 *
 * @param database The database.
 * @param name The folded name and its look-alike skeleton.
 * @returns True if an account has either.
 */
export function isNameTaken(
  database: DatabaseSync,
  { nameKey, skeleton }: { nameKey: string; skeleton: string },
): boolean {
  const found = prepared(database, "SELECT 1 FROM accounts WHERE key = ? OR skeleton = ?");
  return found.get(nameKey, skeleton) !== undefined;
}

/**
 * Stores a new account.
 *
 * @param database The database.
 * @param account The account.
 * @throws TakenError, if the folded name or the skeleton exists.
 */
export function createAccount(database: DatabaseSync, account: AccountRecord): void {
  const { name, nameKey, skeleton, salt, iterations, storedKey, serverKey, createdMs } = account;
  const checksum = accountChecksum(account);
  try {
    prepared(
      database,
      "INSERT INTO accounts " +
        "(name, key, skeleton, salt, iterations, stored_key, server_key, created_ms, checksum) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(name, nameKey, skeleton, salt, iterations, storedKey, serverKey, createdMs, checksum);
  } catch (error) {
    if (isUniqueViolation(error)) throw new TakenError("An account with this name exists.");
    throw error;
  }
}

/**
 * Stores a new account together with its keys.
 *
 * @param database The database.
 * @param account The account.
 * @param identity Its keys; without them the account gets some at its first sign-in that can make them.
 * @throws TakenError, if the folded name or the skeleton exists.
 */
export function createAccountWithKeys(
  database: DatabaseSync,
  account: AccountRecord,
  identity?: SealedIdentity,
): void {
  inTransaction(database, () => {
    createAccount(database, account);
    if (identity !== undefined) addIdentity(database, account.nameKey, identity);
    return true;
  });
}

/**
 * How many accounts there are.
 *
 * @param database The database.
 * @returns Their number.
 */
export function countAccounts(database: DatabaseSync): number {
  return integerOf(
    prepared(database, "SELECT count(*) AS number FROM accounts").get() ?? {},
    "number",
  );
}

/**
 * How far an account has read.
 *
 * @param database The database.
 * @param nameKey The folded name.
 * @returns The sequence of the last post delivered to it; 0 at first, and for an account that is not there.
 */
export function readPosition(database: DatabaseSync, nameKey: string): number {
  const row = prepared(
    database,
    "SELECT sequence FROM read_positions JOIN accounts ON account = id WHERE key = ?",
  ).get(nameKey);
  return row === undefined ? 0 : integerOf(row, "sequence");
}

/**
 * Remembers how far accounts have read. A position never goes back; names without an account are passed over.
 *
 * @param database The database, with a transaction begun.
 * @param positions The positions.
 */
export function saveReadPositions(database: DatabaseSync, positions: ReadPositionTable): void {
  if (positions.length === 0) return;
  const save = prepared(
    database,
    "INSERT INTO read_positions (account, sequence) SELECT id, ?2 FROM accounts WHERE key = ?1 " +
      "ON CONFLICT (account) DO UPDATE SET sequence = max(sequence, excluded.sequence)",
  );
  for (const [nameKey, sequence] of positions) save.run(nameKey, sequence);
}

/**
 * How far an account has read in one conversation.
 *
 * @param database The database.
 * @param nameKey The folded name.
 * @param conversation A room's id, or `privateConversations`.
 * @returns The sequence, or null where nothing is known.
 */
export function conversationPosition(
  database: DatabaseSync,
  nameKey: string,
  conversation: number,
): number | null {
  const row = prepared(
    database,
    "SELECT sequence FROM conversation_positions JOIN accounts ON account = id " +
      "WHERE key = ? AND conversation = ?",
  ).get(nameKey, conversation);
  return row === undefined ? null : integerOf(row, "sequence");
}

/**
 * Remembers how far accounts have read in conversations, all or none.
 *
 * @param database The database.
 * @param positions The positions; names without an account are passed over.
 */
export function saveConversationPositions(
  database: DatabaseSync,
  positions: readonly ConversationPosition[],
): void {
  const save = prepared(
    database,
    "INSERT INTO conversation_positions (account, conversation, sequence) " +
      "SELECT id, ?2, ?3 FROM accounts WHERE key = ?1 ON CONFLICT (account, conversation) " +
      "DO UPDATE SET sequence = max(sequence, excluded.sequence)",
  );
  inTransaction(database, () => {
    for (const { nameKey, conversation, sequence } of positions) {
      save.run(nameKey, conversation, sequence);
    }
    return true;
  });
}

/** Each secret is kept with a CRC-32 behind it: a changed one would only make devices strangers, without a word. */
const secretChecksumBytes = 4;

/**
 * Keeps a value under a name, unless there is one.
 *
 * @param database The database.
 * @param name The name.
 * @param value The value, or null to look only.
 * @returns The value that is kept, or null if there is none.
 */
export function keepSecret(
  database: DatabaseSync,
  name: string,
  value: Uint8Array<ArrayBuffer> | null,
): Uint8Array<ArrayBuffer> | null {
  if (value !== null) {
    prepared(database, "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING")
      .run(name, withChecksum(value));
  }
  const row = prepared(database, "SELECT value FROM secrets WHERE name = ?").get(name);
  return row === undefined ? null : checkedSecret(bytesOf(row, "value"), name);
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
