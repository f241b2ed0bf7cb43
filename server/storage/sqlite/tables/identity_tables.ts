/**
 * Sealed keys and vaults.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import type { DatabaseSync } from "node:sqlite";
import type { SealedIdentity } from "../../../../protocol/e2e/identity.ts";
import { isNextVersion } from "../../../../protocol/e2e/vault.ts";
import type {
  IdentityCommand,
  OutcomeOf,
  SupplementCommand,
  VaultCommand,
} from "../../commands.ts";
import type { StoredIdentity, VaultRecord } from "../../identity_storage.ts";
import { bytesOf, integerOf } from "../file/rows.ts";
import { prepared } from "../file/statements.ts";

/**
 * Looks an account's keys up.
 *
 * @param database The database.
 * @param nameKey The folded name.
 * @returns The keys, or null.
 */
export function findIdentity(database: DatabaseSync, nameKey: string): StoredIdentity | null {
  const row = prepared(
    database,
    "SELECT record, sealed_keys, wrapped_key, supplement FROM identities " +
      "JOIN accounts ON account = id WHERE key = ?",
  ).get(nameKey);
  if (row === undefined) return null;
  return {
    record: bytesOf(row, "record"),
    sealedKeys: bytesOf(row, "sealed_keys"),
    wrappedKey: bytesOf(row, "wrapped_key"),
    supplement: row["supplement"] === null ? null : bytesOf(row, "supplement"),
  };
}

/**
 * Gives an account keys.
 *
 * @param database The database, with a transaction begun.
 * @param nameKey The folded name.
 * @param identity The keys.
 * @returns Whether the account had none, and exists.
 */
export function insertIdentity(
  database: DatabaseSync,
  nameKey: string,
  identity: SealedIdentity,
): boolean {
  const { record, sealedKeys, wrappedKey } = identity;
  const { changes } = prepared(
    database,
    "INSERT INTO identities (account, record, sealed_keys, wrapped_key) " +
      "SELECT id, ?2, ?3, ?4 FROM accounts WHERE key = ?1 ON CONFLICT DO NOTHING",
  ).run(nameKey, record, sealedKeys, wrappedKey);
  return changes === 1;
}

/**
 * Gives an account keys, unless it has some.
 *
 * @param database The database, with a transaction begun.
 * @param command The keys.
 * @returns What became of it.
 */
export function addIdentity(
  database: DatabaseSync,
  { nameKey, identity }: IdentityCommand,
): OutcomeOf<"identity"> {
  if (insertIdentity(database, nameKey, identity)) return { refused: null, repeated: false };
  return { refused: findIdentity(database, nameKey) === null ? "no_such_account" : "has_keys" };
}

/**
 * Gives the key record of an account what it grows by, unless it has that.
 *
 * @param database The database, with a transaction begun.
 * @param command The supplement.
 * @returns What became of it.
 */
export function addSupplement(
  database: DatabaseSync,
  { nameKey, record, supplement }: SupplementCommand,
): OutcomeOf<"supplement"> {
  const { changes } = prepared(
    database,
    "UPDATE identities SET supplement = ?3 WHERE record = ?2 AND supplement IS NULL " +
      "AND account = (SELECT id FROM accounts WHERE key = ?1)",
  ).run(nameKey, record, supplement);
  if (changes === 1) return { refused: null, repeated: false };
  const stored = findIdentity(database, nameKey);
  const isSame = stored !== null && encodeHex(stored.record) === encodeHex(record);
  return { refused: isSame ? "has_supplement" : "other_keys" };
}

/**
 * Looks an account's vault up.
 *
 * @param database The database.
 * @param nameKey The folded name.
 * @returns The vault, or null.
 */
export function findVault(database: DatabaseSync, nameKey: string): VaultRecord | null {
  const row = prepared(
    database,
    "SELECT version, sealed FROM vaults JOIN accounts ON account = id WHERE key = ?",
  ).get(nameKey);
  if (row === undefined) return null;
  return { version: integerOf(row, "version"), sealed: bytesOf(row, "sealed") };
}

/**
 * The version of an account's vault.
 *
 * @param database The database.
 * @param nameKey The folded name.
 * @returns The version; 0 if there is no vault.
 */
export function vaultVersion(database: DatabaseSync, nameKey: string): number {
  const row = prepared(
    database,
    "SELECT version FROM vaults JOIN accounts ON account = id WHERE key = ?",
  ).get(nameKey);
  return row === undefined ? 0 : integerOf(row, "version");
}

/**
 * Stores a vault, if its version follows the stored one: see `isNextVersion`.
 *
 * @param database The database, with a transaction begun.
 * @param command The vault.
 * @returns What became of it.
 */
export function saveVault(
  database: DatabaseSync,
  { nameKey, vault }: VaultCommand,
): OutcomeOf<"vault"> {
  if (!isNextVersion(vault.version, vaultVersion(database, nameKey))) {
    return { refused: "not_next" };
  }
  const { changes } = prepared(
    database,
    "INSERT INTO vaults (account, version, sealed) SELECT id, ?2, ?3 FROM accounts WHERE key = ?1 " +
      "ON CONFLICT (account) DO UPDATE SET version = excluded.version, sealed = excluded.sealed",
  ).run(nameKey, vault.version, vault.sealed);
  return changes === 1 ? { refused: null, repeated: false } : { refused: "no_such_account" };
}
