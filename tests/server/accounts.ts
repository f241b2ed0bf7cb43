/**
 * Accounts that cost one PBKDF2 together: they share a password, a salt and so their keys.
 *
 * @module
 */
import { createIdentity, deriveWrapKey } from "../../protocol/identity.ts";
import { iterations } from "../../protocol/limits.ts";
import { parseUserName } from "../../protocol/names.ts";
import { deriveKeys, type ScramKeys } from "../../protocol/scram.ts";
import { openStorage } from "../../server/storage/sqlite_storage.ts";
import type { AccountRecord, Storage } from "../../server/storage/storage.ts";

/** The password of all these accounts. */
export const passwordOfEveryone = "password of everyone";

const salt = new Uint8Array(16).fill(7);
let derived: ReturnType<typeof deriveKeys> | null = null;

/** The keys of all these accounts; derived once. */
export function keysOfEveryone(): ReturnType<typeof deriveKeys> {
  return derived ??= deriveKeys(passwordOfEveryone, salt, iterations);
}

/** An account as it is stored. */
export async function makeAccountRecord(name: string): Promise<AccountRecord> {
  const { storedKey, serverKey }: ScramKeys = await keysOfEveryone();
  return { ...parseUserName(name), salt, iterations, storedKey, serverKey, createdMs: 0 };
}

/**
 * Makes accounts in an open store.
 *
 * @param storage The store.
 * @param names Their names.
 */
export async function addAccounts(
  storage: Pick<Storage, "createAccount">,
  names: readonly string[],
): Promise<void> {
  const wrapKey = await deriveWrapKey((await keysOfEveryone()).saltedPassword);
  for (const name of names) {
    const record = await makeAccountRecord(name);
    await storage.createAccount(record, await createIdentity(record.key, wrapKey));
  }
}

/**
 * Makes accounts in a data folder that no server holds.
 *
 * @param directory The folder; made if it is not there.
 * @param names Their names.
 */
export async function addAccountsTo(directory: string, names: readonly string[]): Promise<void> {
  const storage = await openStorage(directory);
  try {
    await addAccounts(storage, names);
  } finally {
    await storage.close();
  }
}
