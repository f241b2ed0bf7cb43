/**
 * Bytes sealed under a key that both writer and reader hold: AES-256-GCM with a random nonce before the ciphertext.
 *
 * @module
 */
import { type Bytes, concatenate } from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** How many bytes sealing adds. */
export const sealingBytes: number = nonceBytes + tagBytes;

/**
 * Makes the key material from which {@linkcode deriveSealingKey} makes keys.
 *
 * @param secret 32 bytes that nobody can guess.
 * @return A key that cannot be exported.
 */
export async function importSecret(secret: Bytes): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey", "deriveBits"]);
}

/**
 * Makes a key for one purpose by HKDF-SHA-256 (RFC 5869) without salt.
 *
 * @param secret From {@linkcode importSecret}.
 * @param label The purpose; keys of different labels tell nothing about each other.
 * @return A key for AES-256-GCM that cannot be exported.
 */
export async function deriveSealingKey(secret: CryptoKey, label: string): Promise<CryptoKey> {
  const aes = { name: "AES-GCM", length: 256 };
  return await crypto.subtle.deriveKey(hkdf(label), secret, aes, false, ["encrypt", "decrypt"]);
}

/**
 * Makes bytes for one purpose in the same way.
 *
 * @param secret From {@linkcode importSecret}.
 * @param label The purpose.
 * @param bytes How many.
 */
export async function deriveBytes(secret: CryptoKey, label: string, bytes: number): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf(label), secret, bytes * 8));
}

function hkdf(label: string) {
  const info = new TextEncoder().encode(label);
  return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
}

/**
 * Seals bytes.
 *
 * @param key From {@linkcode deriveSealingKey}.
 * @param content What is sealed.
 * @param context What must be the same when it is opened; it is not part of the result.
 * @return `sealingBytes` more bytes than the content.
 */
export async function sealBox(key: CryptoKey, content: Bytes, context: Bytes): Promise<Bytes> {
  const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const algorithm = { name: "AES-GCM", iv, additionalData: context };
  return concatenate(iv, new Uint8Array(await crypto.subtle.encrypt(algorithm, key, content)));
}

/**
 * Opens what {@linkcode sealBox} made.
 *
 * @param key The same key.
 * @param box The sealed bytes.
 * @param context The same context.
 * @throws {ChatError} `cannot_open` where key, context or a single bit is another.
 */
export async function openBox(key: CryptoKey, box: Bytes, context: Bytes): Promise<Bytes> {
  try {
    const iv = box.slice(0, nonceBytes);
    const algorithm = { name: "AES-GCM", iv, additionalData: context };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, box.slice(nonceBytes)));
  } catch (cause) {
    throw new ChatError("cannot_open", "It is damaged, or was sealed with another key.", { cause });
  }
}
