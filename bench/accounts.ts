/**
 * Accounts for load generators: written straight into a data folder, all with one salt and password, so that thousands
 * of them cost one PBKDF2.
 *
 * @module
 */
import { Credentials } from "../client/core/link/credentials.ts";
import { iterations } from "../protocol/wire/limits.ts";
import { parseUserName } from "../protocol/names/names.ts";
import { deriveKeys } from "../protocol/scram/scram.ts";
import { openStorage } from "../server/storage/sqlite/sqlite_storage.ts";

const password = "benchmark password";
const salt = new Uint8Array(16).fill(7);

/** The name of an account. */
export function accountName(index: number): string {
  return `load${index}`;
}

/** Credentials whose keys are shared by all of these accounts. */
export class SharedCredentials {
  readonly #first = new Credentials(accountName(0), password);

  /** The credentials of one account. */
  of(index: number): Credentials {
    const first = this.#first;
    const own = new Credentials(accountName(index), password);
    own.keysFor = (salt, iterations) => first.keysFor(salt, iterations);
    own.wrapKey = () => first.wrapKey();
    return own;
  }
}

/**
 * Makes accounts.
 *
 * @param directory A data folder that no server holds; made if it is not there.
 * @param count How many.
 */
export async function makeAccounts(directory: string, count: number): Promise<void> {
  const { storedKey, serverKey } = await deriveKeys(password, salt, iterations);
  const storage = await openStorage(directory);
  const createdMs = Date.now();
  for (let index = 0; index < count; index++) {
    const name = parseUserName(accountName(index));
    const account = { ...name, salt, iterations, storedKey, serverKey, createdMs };
    await storage.submit({ type: "account", version: 1, account, identity: null });
  }
  await storage.close();
}
