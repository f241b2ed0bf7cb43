/**
 * The keys of an account, and how they are sealed so that the server can keep them without being able to use them.
 *
 * Private keys are sealed under a random master key. The master key is wrapped under a key that is derived from the
 * salted password, so that a new password wraps 32 bytes anew and leaves everything else as it is. The pair of ML-KEM-768 is
 * derived from the master key: every program of the account has the same one, also of an account from before there was any.
 *
 * @module
 */
import { ByteReader, type Bytes, concatenate, joinFields } from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";
import { makeKeyRecord, type PublicKeys, readKeyRecord } from "./key_record.ts";
import { makeKeySupplement } from "./key_supplement.ts";
import { type DecapsulationKey, kemSeedBytes } from "./ml_kem.ts";
import { mlKem } from "./ml_kem_here.ts";
import {
  deriveBytes,
  deriveSealingKey,
  importSecret,
  openBox,
  sealBox,
  sealingBytes,
} from "./sealed_box.ts";

/** What the server keeps for an account. */
export interface SealedIdentity {
  /** The public keys, signed: see key_record.ts. */
  readonly record: Bytes;
  /** The private keys, sealed under the master key. */
  readonly sealedKeys: Bytes;
  /** The master key, wrapped under the key of the password. */
  readonly wrappedKey: Bytes;
}

/** The opened keys of an account. None of them can be exported, except what the package `mlkem` holds where WebCrypto has none. */
export interface Identity {
  /** The account's folded name. */
  readonly nameKey: string;
  /** The signed record of the public keys. */
  readonly record: Bytes;
  /** The public keys. */
  readonly publicKeys: PublicKeys;
  /** The pair for HPKE. */
  readonly agreement: CryptoKeyPair;
  /** The pair of ML-KEM-768. */
  readonly decapsulation: DecapsulationKey;
  /** The public half of that pair, signed: see key_supplement.ts. */
  readonly supplement: Bytes;
  /** What further keys of the account are derived from, by {@linkcode deriveSealingKey}. */
  readonly masterKey: CryptoKey;
}

const masterKeyBytes = 32;
/** RFC 8410: a private key of X25519 or Ed25519 in PKCS #8. */
const privateKeyBytes = 48;

/** Bytes of a sealed identity's `sealedKeys`: both private keys. */
export const sealedKeysBytes: number = 2 * privateKeyBytes + sealingBytes;
/** Bytes of a sealed identity's `wrappedKey`. */
export const wrappedKeyBytes: number = masterKeyBytes + sealingBytes;

const wrapLabel = "chat identity wrap v1";
const masterLabel = "chat master key v1";
const keysLabel = "chat identity keys v1";
const seedLabel = "chat ML-KEM-768 seed v1";

/**
 * Makes the key that wraps an account's master key. Its label keeps it apart from the keys that SCRAM derives from the
 * same salted password: docs/security.md has the argument.
 *
 * @param saltedPassword `SaltedPassword` of RFC 5802, section 3, which the server never learns.
 */
export async function deriveWrapKey(saltedPassword: Bytes): Promise<CryptoKey> {
  return await deriveSealingKey(await importSecret(saltedPassword), wrapLabel);
}

/**
 * Makes the keys of an account.
 *
 * @param nameKey The account's folded name.
 * @param wrapKey From {@linkcode deriveWrapKey}.
 * @return What the server is to keep.
 */
export async function createIdentity(nameKey: string, wrapKey: CryptoKey): Promise<SealedIdentity> {
  const agreement = await generatePair("X25519", ["deriveBits"]);
  const signing = await generatePair("Ed25519", ["sign", "verify"]);
  const publicKeys = {
    agreement: await exportKey("raw", agreement.publicKey),
    signing: await exportKey("raw", signing.publicKey),
  };
  const record = await makeKeyRecord(nameKey, publicKeys, signing.privateKey);
  const master = crypto.getRandomValues(new Uint8Array(masterKeyBytes));
  const privateKeys = concatenate(
    await exportKey("pkcs8", agreement.privateKey),
    await exportKey("pkcs8", signing.privateKey),
  );
  const keysKey = await deriveSealingKey(await importSecret(master), keysLabel);
  const sealedKeys = await sealBox(keysKey, privateKeys, keysContext(nameKey, record));
  const wrappedKey = await sealBox(wrapKey, master, masterContext(nameKey));
  privateKeys.fill(0);
  master.fill(0);
  return { record, sealedKeys, wrappedKey };
}

/**
 * Opens what {@linkcode createIdentity} made.
 *
 * @param nameKey The account's folded name.
 * @param sealed What the server kept.
 * @param wrapKey The same key as then.
 * @throws {ChatError} `cannot_open`, `bad_message` or `bad_proof` where anything of it is not as it was.
 */
export async function openIdentity(
  nameKey: string,
  sealed: SealedIdentity,
  wrapKey: CryptoKey,
): Promise<Identity> {
  const { record, sealedKeys } = sealed;
  const publicKeys = await readKeyRecord(record, nameKey);
  const masterKey = await openMasterKey(nameKey, sealed, wrapKey, importSecret);
  const decapsulation = await openDecapsulationKey(masterKey);
  const keysKey = await deriveSealingKey(masterKey, keysLabel);
  const privateKeys = await openBox(keysKey, sealedKeys, keysContext(nameKey, record));
  const reader = new ByteReader(privateKeys);
  const agreement = {
    publicKey: await importAgreementKey(publicKeys.agreement),
    privateKey: await importPrivateKey("X25519", reader.take(privateKeyBytes)),
  };
  const signing = await importPrivateKey("Ed25519", reader.take(privateKeyBytes));
  privateKeys.fill(0);
  const supplement = await makeKeySupplement(record, decapsulation.encapsulationKey, signing);
  return { nameKey, record, publicKeys, agreement, decapsulation, supplement, masterKey };
}

async function openDecapsulationKey(masterKey: CryptoKey): Promise<DecapsulationKey> {
  const seed = await deriveBytes(masterKey, seedLabel, kemSeedBytes);
  try {
    return await (await mlKem()).openSeed(seed);
  } finally {
    seed.fill(0);
  }
}

/**
 * Wraps the master key anew, for a new password.
 *
 * @param nameKey The account's folded name.
 * @param sealed What the server kept.
 * @param keys The key of the old password and that of the new one.
 * @return The new `wrappedKey`.
 * @throws {ChatError} `cannot_open` where the old key does not fit.
 */
export async function rewrapMasterKey(
  nameKey: string,
  sealed: Pick<SealedIdentity, "wrappedKey">,
  keys: { readonly from: CryptoKey; readonly to: CryptoKey },
): Promise<Bytes> {
  const wrapAgain = (master: Bytes) => sealBox(keys.to, master, masterContext(nameKey));
  return await openMasterKey(nameKey, sealed, keys.from, wrapAgain);
}

/** The bare master key is in memory only while `use` runs. */
async function openMasterKey<T>(
  nameKey: string,
  { wrappedKey }: Pick<SealedIdentity, "wrappedKey">,
  wrapKey: CryptoKey,
  use: (master: Bytes) => Promise<T>,
): Promise<T> {
  const master = await openBox(wrapKey, wrappedKey, masterContext(nameKey));
  try {
    return await use(master);
  } finally {
    master.fill(0);
  }
}

/**
 * A public key for HPKE.
 *
 * @param bytes 32 bytes.
 * @throws {ChatError} `bad_message` where they are no key.
 */
export async function importAgreementKey(bytes: Bytes): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("raw", bytes, "X25519", true, []);
  } catch (cause) {
    throw new ChatError("bad_message", "It is not an X25519 key.", { cause });
  }
}

const usages: Record<"X25519" | "Ed25519", KeyUsage[]> = {
  X25519: ["deriveBits"],
  Ed25519: ["sign"],
};

async function importPrivateKey(curve: keyof typeof usages, pkcs8: Bytes): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("pkcs8", pkcs8, curve, false, usages[curve]);
  } catch (cause) {
    throw new ChatError("cannot_open", `The sealed keys do not hold an ${curve} key.`, { cause });
  } finally {
    pkcs8.fill(0);
  }
}

async function generatePair(name: string, usages: KeyUsage[]): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey({ name }, true, usages) as CryptoKeyPair;
}

async function exportKey(format: "raw" | "pkcs8", key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey(format, key));
}

function keysContext(nameKey: string, record: Bytes): Bytes {
  return joinFields(keysLabel, nameKey, record);
}

function masterContext(nameKey: string): Bytes {
  return joinFields(masterLabel, nameKey);
}
