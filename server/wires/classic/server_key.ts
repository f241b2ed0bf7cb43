/**
 * The server's RSA key for classic clients: made on the first start with `--classic`, and kept.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { DataFolderError, reasonOf } from "../../../platform/data_folder.ts";
import { writePrivateFile } from "../../../platform/private_file.ts";
import { OpenSecretError, readSecretFile } from "../../../platform/secret_file.ts";
import { decodePem, encodePem } from "../../../protocol/certificate/pem.ts";
import { CertificateError, pemBytesMax } from "../../certificate/certificate_pair.ts";
import { modulusBits, type PublicKey, rsa, writePublicKey } from "./envelope.ts";

/** The file in the data folder. */
export const serverKeyFileName = "classic_key.pem";

const pemLabel = "PRIVATE KEY";

/** Both halves of the key. */
export interface ServerKey {
  readonly publicKey: PublicKey;
  readonly privateKey: CryptoKey;
}

/**
 * Loads the key, and makes it if there is none. A damaged one is never replaced.
 *
 * @param dataDirectory The server's data folder, which exists.
 * @return The key.
 * @throws {CertificateError} Where the file cannot be read, is damaged, or everybody may read it.
 * @throws {DataFolderError} Where a new key cannot be stored.
 */
export async function loadServerKey(dataDirectory: string): Promise<ServerKey> {
  const path = join(dataDirectory, serverKeyFileName);
  return await checkedKey(path, await readIfThere(path) ?? await makeAndStore(path));
}

/**
 * The key that is stored already; undefined where there is none. Nothing is made.
 *
 * @param dataDirectory The server's data folder.
 * @throws {CertificateError} See {@linkcode loadServerKey}.
 */
export async function loadStoredServerKey(dataDirectory: string): Promise<ServerKey | undefined> {
  const path = join(dataDirectory, serverKeyFileName);
  const text = await readIfThere(path);
  return text === undefined ? undefined : await checkedKey(path, text);
}

async function checkedKey(path: string, text: string): Promise<ServerKey> {
  try {
    return await readKey(text);
  } catch (cause) {
    throw new CertificateError(
      `The key for classic clients ${path} is damaged. Restore it from a copy, or move it away: the next start makes a new one.`,
      { cause },
    );
  }
}

async function readKey(text: string): Promise<ServerKey> {
  const der = decodePem(pemLabel, text) ?? new Uint8Array(0);
  const privateKey = await crypto.subtle.importKey("pkcs8", der, rsa, true, ["decrypt"]);
  const { kty = "", n = "", e = "" } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicHalf = await crypto.subtle.importKey("jwk", { kty, n, e }, rsa, true, ["encrypt"]);
  // What one half seals, the other must open: else the file is damaged in a way that still looks like a key.
  const sealed = await crypto.subtle.encrypt(rsa, publicHalf, new Uint8Array(1));
  await crypto.subtle.decrypt(rsa, privateKey, sealed);
  return { publicKey: await writePublicKey(publicHalf), privateKey };
}

/** Makes a key and gives the text that is in the file then: if another server was quicker, its key counts. */
async function makeAndStore(path: string): Promise<string> {
  const publicExponent = new Uint8Array([1, 0, 1]);
  const algorithm = { ...rsa, modulusLength: modulusBits, publicExponent };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
  const der = await crypto.subtle.exportKey("pkcs8", pair.privateKey);
  try {
    await writePrivateFile(path, encodePem(pemLabel, new Uint8Array(der)), "keep");
  } catch (cause) {
    const message = `The key for classic clients cannot be stored in ${path}: ${reasonOf(cause)}.`;
    throw new DataFolderError(message, { cause });
  }
  return await Deno.readTextFile(path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readSecretFile(path, { folder: dirname(path), bytesMax: pemBytesMax });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (cause instanceof OpenSecretError) {
      throw new CertificateError(
        `The key for classic clients cannot be used. ${cause.message}`,
      );
    }
    const message = `The key for classic clients ${path} cannot be read: ${reasonOf(cause)}.`;
    throw new CertificateError(message, { cause });
  }
}
