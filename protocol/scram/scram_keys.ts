/**
 * The keys of SCRAM-SHA-256 and what is computed with them (RFC 5802, section 3; RFC 7677).
 *
 * @module
 */

import { timingSafeEqual } from "@std/crypto/timing-safe-equal";

/** What a password becomes. A client needs the client and the server key, a server keeps the stored and the server key. */
export interface ScramKeys {
  /** Proves the client; 32 bytes. */
  readonly clientKey: Uint8Array<ArrayBuffer>;
  /** The client key's hash, against which the proof is checked; 32 bytes. */
  readonly storedKey: Uint8Array<ArrayBuffer>;
  /** Proves the server; 32 bytes. */
  readonly serverKey: Uint8Array<ArrayBuffer>;
}

/** What a server keeps of a password. */
export interface ServerCredentials {
  /** The client key's hash, against which the proof is checked; 32 bytes. */
  readonly storedKey: Uint8Array<ArrayBuffer>;
  /** Proves the server; 32 bytes. */
  readonly serverKey: Uint8Array<ArrayBuffer>;
}

/** Bytes of every key, proof and signature: SHA-256 makes 32. */
export const keyBytes = 32;

const encoder = new TextEncoder();

/**
 * Derives all keys of a password. Slow on purpose: about 0.1 s for 600,000 iterations, off the main thread.
 *
 * @param preparedPassword The password, prepared as an OpaqueString (RFC 8265).
 * @param salt The account's salt.
 * @param iterations PBKDF2's iterations, 1 or more.
 * @return The keys, and the salted password, from which they can be made again without PBKDF2.
 */
export async function deriveKeys(
  preparedPassword: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<ScramKeys & { readonly saltedPassword: Uint8Array<ArrayBuffer> }> {
  const salted = await saltedPassword(preparedPassword, salt, iterations);
  return { ...await keysFromSaltedPassword(salted), saltedPassword: salted };
}

/**
 * The slow part alone: `SaltedPassword` of RFC 5802, section 3. It is as good as the password: it must stay with the client.
 *
 * @param preparedPassword The password, prepared as an OpaqueString (RFC 8265).
 * @param salt The account's salt.
 * @param iterations PBKDF2's iterations, 1 or more.
 * @return 32 bytes.
 */
export async function saltedPassword(
  preparedPassword: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const password = encoder.encode(preparedPassword);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, keyBytes * 8));
}

/**
 * The quick part: the keys of a salted password.
 *
 * @param salted What {@linkcode saltedPassword} returned.
 * @return The keys.
 */
export async function keysFromSaltedPassword(salted: Uint8Array<ArrayBuffer>): Promise<ScramKeys> {
  const clientKey = await hmac(salted, encoder.encode("Client Key"));
  const serverKey = await hmac(salted, encoder.encode("Server Key"));
  return { clientKey, storedKey: await sha256(clientKey), serverKey };
}

/**
 * SHA-256.
 *
 * @param data The bytes to hash.
 * @return 32 bytes.
 */
export async function sha256(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/**
 * HMAC-SHA-256.
 *
 * @param key The key, 1 byte or more.
 * @param data The bytes to authenticate.
 * @return 32 bytes.
 */
export async function hmac(
  key: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
}

/**
 * Signs an exchange: `ClientSignature` with the stored key, `ServerSignature` with the server key.
 *
 * @param key The stored or the server key.
 * @param authMessage `AuthMessage` of RFC 5802, section 3.
 * @return 32 bytes.
 */
export function sign(
  key: Uint8Array<ArrayBuffer>,
  authMessage: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return hmac(key, encoder.encode(authMessage));
}

/**
 * Exclusive or of two keys.
 *
 * @param a 32 bytes.
 * @param b 32 bytes.
 * @return 32 bytes.
 */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(a, (byte, index) => byte ^ (b[index] ?? 0));
}

/**
 * Compares in a time that does not depend on the contents. Lengths are no secret, and may differ.
 *
 * @param a Some bytes.
 * @param b Some bytes.
 * @return Whether both are the same.
 */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
