/**
 * Fernet tokens, by their public specification: version, time, AES-128-CBC with PKCS#7 padding, HMAC-SHA-256.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { ChatError } from "../../../protocol/wire/errors.ts";

const version = 0x80;
const timeBytes = 8;
const ivBytes = 16;
const blockBytes = 16;
const hmacBytes = 32;
const headBytes = 1 + timeBytes + ivBytes;
/** Bytes of a key: 16 that sign, then 16 that encrypt. */
const keyBytes = 32;
const urlSafe = /^[A-Za-z0-9_-]*={0,2}$/;

/** Makes the text of a new key: 44 characters. */
export function newFernetKey(): string {
  return toUrlSafe(crypto.getRandomValues(new Uint8Array(keyBytes)));
}

/**
 * Encrypts and signs.
 *
 * @param content What is to be sealed.
 * @param keyText The key's text.
 * @param nowMs Milliseconds since 1970; the token tells the second.
 * @return The token's text.
 */
export async function encryptFernet(
  content: Uint8Array<ArrayBuffer>,
  keyText: string,
  nowMs: number,
): Promise<string> {
  const keys = await importKeys(keyText);
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const encrypted = await crypto.subtle.encrypt({ name: "AES-CBC", iv }, keys.encryption, content);
  const token = new Uint8Array(headBytes + encrypted.byteLength + hmacBytes);
  token[0] = version;
  new DataView(token.buffer).setBigUint64(1, BigInt(Math.floor(nowMs / 1000)));
  token.set(iv, 1 + timeBytes);
  token.set(new Uint8Array(encrypted), headBytes);
  const signed = token.subarray(0, -hmacBytes);
  const hmac = await crypto.subtle.sign("HMAC", keys.signing, signed);
  token.set(new Uint8Array(hmac), signed.length);
  return toUrlSafe(token);
}

/**
 * Checks the signature and decrypts. The time is not looked at: clocks of isolated networks differ.
 *
 * @param tokenText The token's text.
 * @param keyText The key's text.
 * @return What was sealed.
 * @throws {ChatError} `bad_message`, where the token or the key is malformed or they do not fit.
 */
export async function decryptFernet(
  tokenText: string,
  keyText: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const token = readToken(tokenText);
  const keys = await importKeys(keyText);
  const signed = token.subarray(0, -hmacBytes);
  const hmac = token.subarray(-hmacBytes);
  if (!await crypto.subtle.verify("HMAC", keys.signing, hmac, signed)) throw unreadable();
  const iv = token.subarray(1 + timeBytes, headBytes);
  const encrypted = signed.subarray(headBytes);
  try {
    const algorithm = { name: "AES-CBC", iv };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, keys.encryption, encrypted));
  } catch (cause) {
    throw unreadable(cause);
  }
}

/**
 * Reads a token's text and checks its form.
 *
 * @throws {ChatError} `bad_message`, where it is not the form of a token.
 */
export function readToken(text: string): Uint8Array<ArrayBuffer> {
  const token = fromUrlSafe(text);
  const encryptedBytes = token.length - headBytes - hmacBytes;
  const isWhole = encryptedBytes >= blockBytes && encryptedBytes % blockBytes === 0;
  if (token[0] !== version || !isWhole) throw unreadable();
  return token;
}

async function importKeys(text: string): Promise<{ signing: CryptoKey; encryption: CryptoKey }> {
  const key = fromUrlSafe(text);
  if (key.length !== keyBytes) throw unreadable();
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const [signing, encryption] = await Promise.all([
    crypto.subtle.importKey("raw", key.subarray(0, 16), hmac, false, ["sign", "verify"]),
    crypto.subtle.importKey("raw", key.subarray(16), "AES-CBC", false, ["encrypt", "decrypt"]),
  ]);
  return { signing, encryption };
}

function toUrlSafe(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_");
}

function fromUrlSafe(text: string): Uint8Array<ArrayBuffer> {
  if (!urlSafe.test(text)) throw unreadable();
  try {
    return decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): ChatError {
  return new ChatError("bad_message", "This is not sealed for this key.", { cause });
}
