/**
 * The classic envelope: `base64(RSA-OAEP(key));base64(token)`, where the key's text opens the Fernet token. And the
 * public keys that it is sealed with.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { decodePem, encodePem } from "../../../protocol/certificate/pem.ts";
import { decryptFernet, encryptFernet, newFernetKey, readToken } from "./fernet.ts";

/** The algorithm. MGF1 is over the same hash, and there is no label (RFC 8017, section 7.1). */
export const rsa = { name: "RSA-OAEP", hash: "SHA-256" };
/** Bits of every key on this wire. */
export const modulusBits = 2048;
const wrappedKeyBytes = modulusBits / 8;
const pemLabel = "PUBLIC KEY";

/** A public key and the text by which it travels. */
export interface PublicKey {
  /** Base64 of the PEM text of a SubjectPublicKeyInfo (RFC 5280, section 4.1). */
  readonly text: string;
  /** 32 hexadecimal characters that tell this text from any other. */
  readonly id: string;
  readonly key: CryptoKey;
}

/**
 * Reads a client's public key.
 *
 * @param text What the client sent.
 * @return The key, whose text is as it was sent.
 * @throws {ChatError} `bad_message`, where it is not an RSA key of 2048 bits.
 */
export async function readPublicKey(text: string): Promise<PublicKey> {
  try {
    const pem = new TextDecoder().decode(decodeBase64(text));
    const key = await crypto.subtle.importKey("spki", decodePem(pemLabel, pem)!, rsa, true, [
      "encrypt",
    ]);
    if ((key.algorithm as RsaKeyAlgorithm).modulusLength === modulusBits) {
      // Some numbers have the form of a key and can seal nothing.
      await crypto.subtle.encrypt(rsa, key, new Uint8Array(1));
      return { text, id: await idOf(text), key };
    }
  } catch {
    // Whatever is wrong with it: it is not a key.
  }
  throw new ChatError("bad_message", `This is not an RSA key of ${modulusBits} bits.`);
}

/**
 * The text by which a public key travels.
 *
 * @param key A key that may be exported.
 */
export async function writePublicKey(key: CryptoKey): Promise<PublicKey> {
  const der = new Uint8Array(await crypto.subtle.exportKey("spki", key));
  const text = encodeBase64(encodePem(pemLabel, der));
  return { text, id: await idOf(text), key };
}

async function idOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return encodeHex(new Uint8Array(hash, 0, 16));
}

/**
 * Seals a text.
 *
 * @param text What only the key's owner may read.
 * @param publicKey The owner's key.
 * @param nowMs Milliseconds since 1970.
 * @return The envelope, in ASCII.
 */
export async function sealEnvelope(
  text: string,
  publicKey: PublicKey,
  nowMs: number,
): Promise<string> {
  const keyText = newFernetKey();
  const content = new TextEncoder().encode(text);
  const [wrapped, token] = await Promise.all([
    crypto.subtle.encrypt(rsa, publicKey.key, new TextEncoder().encode(keyText)),
    encryptFernet(content, keyText, nowMs),
  ]);
  return `${encodeBase64(wrapped)};${encodeBase64(token)}`;
}

/**
 * Opens an envelope.
 *
 * @param envelope What a client sent.
 * @param privateKey The key that it is sealed for.
 * @return The text.
 * @throws {ChatError} `bad_message`, always with the same words, so that nothing is learned of the key by trying.
 */
export async function openEnvelope(envelope: string, privateKey: CryptoKey): Promise<string> {
  const { wrapped, token } = readEnvelope(envelope);
  try {
    const keyText = await crypto.subtle.decrypt(rsa, privateKey, wrapped);
    const content = await decryptFernet(token, new TextDecoder().decode(keyText));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw notAnEnvelope(cause);
  }
}

/**
 * The most bytes of UTF-8 that a sealed text may have, so that its envelope is the body of one message: 896 bytes with
 * the padding, 953 in a token, 1,272 characters of it, 1,696 in base64, and 345 for the key.
 */
export const sealedTextBytesMax = 895;

/**
 * Takes an envelope apart, and checks what can be checked without a key.
 *
 * @throws {ChatError} `bad_message`, where it has not the form of an envelope.
 */
export function readEnvelope(
  envelope: string,
): { wrapped: Uint8Array<ArrayBuffer>; token: string } {
  const parts = envelope.split(";");
  const [first = "", second = ""] = parts;
  try {
    const wrapped = decodeBase64(first);
    const token = new TextDecoder().decode(decodeBase64(second));
    readToken(token);
    if (parts.length === 2 && wrapped.length === wrappedKeyBytes) return { wrapped, token };
  } catch {
    // Not base64, or not a token: the same answer.
  }
  throw notAnEnvelope();
}

function notAnEnvelope(cause?: unknown): ChatError {
  return new ChatError("bad_message", "This is not a message sealed for this key.", { cause });
}
