/**
 * The change of a password: in the account and in its keys, at once.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { findAccount } from "./account_tables.ts";
import type { OutcomeOf, PasswordCommand } from "../../commands.ts";
import { accountChecksum } from "../file/checksum.ts";
import { prepared } from "../file/statements.ts";

/**
 * Changes a password: SCRAM's keys and the wrapped master key, or neither.
 *
 * @param database The database, with a transaction begun.
 * @param command What comes in the place of which password.
 * @throws StorageError `damaged`, if the account is not as it was written.
 * @returns What became of it.
 */
export function replacePassword(
  database: DatabaseSync,
  { nameKey, storedKey, change }: PasswordCommand,
): OutcomeOf<"password"> {
  const account = findAccount(database, nameKey);
  if (account === null || !isSame(account.storedKey, storedKey)) return refusal;
  const wrapped = prepared(
    database,
    "UPDATE identities SET wrapped_key = ?1 " +
      "WHERE account = (SELECT id FROM accounts WHERE key = ?2)",
  ).run(change.wrappedKey, nameKey);
  if (wrapped.changes === 0) return refusal;
  const generation = (account.passwordGeneration ?? 0) + 1;
  const { wrappedKey: _, ...keys } = change;
  const changed = { ...account, ...keys, passwordGeneration: generation };
  const { salt, iterations, storedKey: newKey, serverKey } = changed;
  prepared(
    database,
    "UPDATE accounts SET salt = ?, iterations = ?, stored_key = ?, server_key = ?, checksum = ?, " +
      "password_generation = ? WHERE key = ?",
  ).run(salt, iterations, newKey, serverKey, accountChecksum(changed), generation, nameKey);
  return { refused: null, repeated: false, generation };
}

const refusal = { refused: "changed_meanwhile" } as const;

/** Both were in the store once: their difference tells nothing to anyone. */
function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
