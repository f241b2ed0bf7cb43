/**
 * The server's own secrets.
 *
 * @module
 */
import type { CommandLog } from "./command_log.ts";

/** Secrets, for those who look them up. */
export interface SecretStorage {
  /** The value that is kept under a name, or null. May be rejected with a `StorageError`. */
  findSecret(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
}

/**
 * A value that is kept under a name, made where there is none. Of several who make it at once one wins.
 *
 * @param storage Where it is kept.
 * @param name The name.
 * @param make Makes the value.
 * @throws {StorageError} where it cannot be read or kept.
 * @returns The value that is kept.
 */
export async function keptSecret(
  storage: SecretStorage & Pick<CommandLog, "submit">,
  name: string,
  make: () => Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const found = await storage.findSecret(name);
  if (found !== null) return found;
  const value = make();
  const { refused } = await storage.submit({ type: "secret", version: 1, name, value });
  if (refused === null) return value;
  const kept = await storage.findSecret(name);
  if (kept === null) throw new Error("a secret that was just kept must be there");
  return kept;
}
