/**
 * The change of a password: in the account and in its keys, at once.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { findAccount } from "./account_tables.ts";
import { accountChecksum } from "../file/checksum.ts";
import type { StoredPasswordChange } from "../../identity_storage.ts";
import { prepared } from "../file/statements.ts";
import { inTransaction } from "../file/transaction.ts";

/**
 * Changes a password: SCRAM's keys and the wrapped master key, or neither.
 *
 * @param database The database.
 * @param nameKey The folded name.
 * @param storedKey The stored key of the password that is to be replaced.
 * @param change What comes in its place.
 * @throws StorageError `damaged`, if the account is not as it was written.
 * @returns How often it has been changed now; null if it was not: the old password was not the account's any more, or the
 * account has no keys.
 */
export function storePasswordChange(
  database: DatabaseSync,
  nameKey: string,
  storedKey: Uint8Array<ArrayBuffer>,
  change: StoredPasswordChange,
): number | null {
  const account = findAccount(database, nameKey);
  if (account === null) return null;
  const passwordGeneration = (account.passwordGeneration ?? 0) + 1;
  const changed = inTransaction(database, () => {
    const { salt, iterations, storedKey: newKey, serverKey, wrappedKey } = change;
    const checksum = accountChecksum({
      ...account,
      salt,
      iterations,
      storedKey: newKey,
      serverKey,
      passwordGeneration,
    });
    const changed = prepared(
      database,
      "UPDATE accounts SET salt = ?, iterations = ?, stored_key = ?, server_key = ?, checksum = ?, " +
        "password_generation = ? WHERE key = ? AND stored_key = ?",
    ).run(salt, iterations, newKey, serverKey, checksum, passwordGeneration, nameKey, storedKey);
    const wrapped = prepared(
      database,
      "UPDATE identities SET wrapped_key = ?1 " +
        "WHERE account = (SELECT id FROM accounts WHERE key = ?2)",
    ).run(wrappedKey, nameKey);
    return changed.changes === 1 && wrapped.changes === 1;
  });
  return changed ? passwordGeneration : null;
}
