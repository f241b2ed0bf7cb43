/**
 * What the server keeps of people's keys: bytes that it cannot open. Only the native wire can make them.
 *
 * @module
 */
import type { SealedIdentity } from "../../protocol/e2e/identity.ts";

/** An account's keys as they are stored. */
export interface StoredIdentity extends SealedIdentity {
  /** What its key record has grown by (protocol/e2e/key_supplement.ts); null for accounts that have none yet. */
  readonly supplement: Uint8Array<ArrayBuffer> | null;
}

/** A vault as it is stored: opaque, with a version that grows. */
export interface VaultRecord {
  /** 1 or more. */
  readonly version: number;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

/** What a new password changes, all of it or nothing. */
export interface StoredPasswordChange {
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly iterations: number;
  readonly storedKey: Uint8Array<ArrayBuffer>;
  readonly serverKey: Uint8Array<ArrayBuffer>;
  /** The master key, wrapped for the new password. */
  readonly wrappedKey: Uint8Array<ArrayBuffer>;
}

/** The keys of accounts, for those who look them up. Each method may be rejected with a `StorageError`. */
export interface IdentityStorage {
  /** The account's keys, or null where it has none. */
  findIdentity(nameKey: string): Promise<StoredIdentity | null>;
  /** The account's vault, or null where it has none. */
  findVault(nameKey: string): Promise<VaultRecord | null>;
  /** The version of the account's vault; 0 where it has none. */
  vaultVersion(nameKey: string): Promise<number>;
}
