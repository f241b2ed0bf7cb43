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
import { makeKeyRecord } from "../../protocol/key_record.ts";

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

/** A record that is properly signed, with an X25519 key with which everything that is agreed on is zero. */
export async function weakRecord(nameKey: string): Promise<Uint8Array<ArrayBuffer>> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign"]) as CryptoKeyPair;
  const signing = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return await makeKeyRecord(nameKey, { agreement: filled(0), signing }, pair.privateKey);
}

/** A record for whose Ed25519 key, the neutral point, anybody can sign anything: by the same point and 0. */
export async function weakSigningRecord(nameKey: string): Promise<Uint8Array<ArrayBuffer>> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign"]) as CryptoKeyPair;
  const neutral = filled(0);
  neutral[0] = 1;
  const keys = { agreement: filled(9), signing: neutral };
  const record = await makeKeyRecord(nameKey, keys, pair.privateKey);
  record.fill(0, -64);
  record.set(neutral, record.length - 64);
  return record;
}
