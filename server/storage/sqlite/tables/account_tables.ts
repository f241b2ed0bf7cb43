/**
 * Accounts.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { AccountRecord } from "../../account_storage.ts";
import type { AccountCommand, OutcomeOf, PagesCommand } from "../../commands.ts";
import { accountChecksum } from "../file/checksum.ts";
import { insertIdentity } from "./identity_tables.ts";
import { bytesOf, integerOf, type TableRow, textColumn } from "../file/rows.ts";
import { prepared } from "../file/statements.ts";
import { StorageError } from "../../storage_error.ts";

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
    ...(integerOf(row, "refuses_pages") === 0 ? {} : { refusesPages: true }),
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
  { nameKey, skeleton }: Pick<AccountRecord, "nameKey" | "skeleton">,
): boolean {
  const found = prepared(database, "SELECT 1 FROM accounts WHERE key = ? OR skeleton = ?");
  return found.get(nameKey, skeleton) !== undefined;
}

/**
 * Stores a new account, with its keys if it has some.
 *
 * @param database The database, with a transaction begun.
 * @param command The account. Without keys it gets some at its first sign-in that can make them.
 * @returns What became of it.
 */
export function createAccount(
  database: DatabaseSync,
  { account, identity }: AccountCommand,
): OutcomeOf<"account"> {
  if (isNameTaken(database, account)) return { refused: "name_taken" };
  const { name, nameKey, skeleton, salt, iterations, storedKey, serverKey, createdMs } = account;
  const checksum = accountChecksum(account);
  prepared(
    database,
    "INSERT INTO accounts " +
      "(name, key, skeleton, salt, iterations, stored_key, server_key, created_ms, checksum) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  ).run(name, nameKey, skeleton, salt, iterations, storedKey, serverKey, createdMs, checksum);
  if (identity !== null) insertIdentity(database, nameKey, identity);
  return { refused: null, repeated: false };
}

/**
 * Says whether an account is never used by a page.
 *
 * @param database The database, with a transaction begun.
 * @param command Which account, and what holds from now on.
 * @throws StorageError `damaged`, if the account is not as it was written.
 * @returns What became of it.
 */
export function refusePages(
  database: DatabaseSync,
  { nameKey, refuses }: PagesCommand,
): OutcomeOf<"pages"> {
  const account = findAccount(database, nameKey);
  if (account === null) return { refused: "no_such_account" };
  if ((account.refusesPages ?? false) === refuses) return { refused: null, repeated: true };
  const checksum = accountChecksum({ ...account, refusesPages: refuses });
  const statement = "UPDATE accounts SET refuses_pages = ?, checksum = ? WHERE key = ?";
  prepared(database, statement).run(refuses ? 1 : 0, checksum, nameKey);
  return { refused: null, repeated: false };
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
