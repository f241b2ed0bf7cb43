/**
 * Accounts with keys, for tests.
 *
 * @module
 */
import {
  createIdentity,
  deriveWrapKey,
  type Identity,
  openIdentity,
  type SealedIdentity,
} from "../../protocol/identity.ts";

/** An account's keys, sealed and opened. */
export interface TestIdentity extends Identity {
  readonly sealed: SealedIdentity;
  readonly wrapKey: CryptoKey;
}

/** 32 bytes that are all the same. */
export function filled(value: number, length = 32): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value);
}

/** Makes an account's keys. */
export async function makeIdentity(nameKey: string): Promise<TestIdentity> {
  const wrapKey = await deriveWrapKey(crypto.getRandomValues(new Uint8Array(32)));
  const sealed = await createIdentity(nameKey, wrapKey);
  return { ...await openIdentity(nameKey, sealed, wrapKey), sealed, wrapKey };
}
