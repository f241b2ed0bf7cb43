/**
 * The server's TLS certificate and key: made on the first start and kept, or given by the operator.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { DataFolderError, reasonOf } from "../../platform/data_folder.ts";
import { writePrivateFile } from "../../platform/private_file.ts";
import { OpenSecretError, readSecretFile } from "../../platform/secret_file.ts";
import { channelBindingOf, fingerprintOf } from "../../protocol/certificate/fingerprint.ts";
import { decodePem, encodePem } from "../../protocol/certificate/pem.ts";
import { CertificateError, type CertificatePair, pemBytesMax } from "./certificate_pair.ts";

export { CertificateError };

/** What the TLS listeners and the sign-in need of the certificate. */
export interface ServerCertificate {
  /** The certificate in PEM, followed by its chain where the operator gave one. */
  readonly certificatePem: string;
  /** The private key in PEM. Secret. */
  readonly keyPem: string;
  /** The certificate itself, without its chain, in DER. */
  readonly certificateDer: Uint8Array<ArrayBuffer>;
  /** `SHA256:` and the unpadded base64 of the SHA-256 of `certificateDer`: the whole certificate, not the key alone. */
  readonly fingerprint: string;
  /** The data of the channel binding `tls-server-end-point` (RFC 5929, section 4.1). */
  readonly channelBinding: Uint8Array<ArrayBuffer>;
}

/** The operator's own certificate: both files or none. */
export interface CertificateFiles {
  /** The certificate in PEM, its chain after it. */
  readonly certificateFile?: string | undefined;
  /** The private key in PEM, not encrypted. */
  readonly keyFile?: string | undefined;
}

/** The file in the data folder that holds the key and certificate made on the first start. One file: they never part. */
export const identityFileName = "tls_identity.pem";

const keyLabel = "PRIVATE KEY";
const certificateLabel = "CERTIFICATE";

/**
 * Loads the server's certificate. Where no files are given, the one in the data folder is used, and made if there is
 * none. A damaged one is never replaced: clients would take the new one for an attack.
 *
 * @param dataDirectory The server's data folder, which exists.
 * @param files The operator's own certificate and key, if any.
 * @param nowMs Milliseconds since 1970, to tell whether the operator's certificate has expired.
 * @returns The certificate with its key, fingerprint and channel binding.
 * @throws {CertificateError} Where a file is missing, unreadable, damaged, expired, or does not fit the other.
 * @throws {DataFolderError} Where the new certificate cannot be stored.
 */
export async function loadCertificate(
  dataDirectory: string,
  files: CertificateFiles = {},
  nowMs: number = Date.now(),
): Promise<ServerCertificate> {
  const { certificateFile, keyFile } = files;
  if (certificateFile !== undefined && keyFile !== undefined) {
    const { readGivenCertificate } = await import("./given_certificate.ts");
    const files = { certificateFile, keyFile, folder: dataDirectory };
    return describe(await readGivenCertificate(files, nowMs));
  }
  if (certificateFile !== undefined || keyFile !== undefined) {
    throw new CertificateError(
      "--tls-cert and --tls-key belong together: give both files, or neither to use the built-in certificate.",
    );
  }
  const path = join(dataDirectory, identityFileName);
  return await loadStored(path) ?? await makeAndStore(path);
}

/**
 * The certificate that is stored already; undefined where there is none. Nothing is made.
 *
 * @param dataDirectory The server's data folder.
 * @throws {CertificateError} See {@linkcode loadCertificate}.
 */
export async function loadStoredCertificate(
  dataDirectory: string,
): Promise<ServerCertificate | undefined> {
  return await loadStored(join(dataDirectory, identityFileName));
}

async function describe(pair: CertificatePair): Promise<ServerCertificate> {
  const fingerprint = await fingerprintOf(pair.certificateDer);
  const channelBinding = await channelBindingOf(pair.certificateDer);
  return { ...pair, fingerprint, channelBinding };
}

async function loadStored(path: string): Promise<ServerCertificate | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const keyDer = decodePem(keyLabel, text);
  const certificateDer = decodePem(certificateLabel, text);
  if (keyDer === undefined || certificateDer === undefined) throw damaged(path);
  // The line guards the certificate against damage that would still be a certificate, but another identity.
  if (!text.includes(fingerprintLine(await fingerprintOf(certificateDer)))) throw damaged(path);
  if (!(await isKeyOf(keyDer, certificateDer))) throw damaged(path);
  return await describe({
    certificatePem: encodePem(certificateLabel, certificateDer),
    keyPem: encodePem(keyLabel, keyDer),
    certificateDer,
  });
}

async function makeAndStore(path: string): Promise<ServerCertificate> {
  const { makeCertificate } = await import("./make_certificate.ts");
  const { certificateDer, keyDer } = await makeCertificate();
  const text = fingerprintLine(await fingerprintOf(certificateDer)) +
    encodePem(certificateLabel, certificateDer) + encodePem(keyLabel, keyDer);
  try {
    await writePrivateFile(path, text, "keep");
  } catch (error) {
    throw new DataFolderError(
      `The server's new key cannot be stored in ${path}: ${reasonOf(error)}.`,
      { cause: error },
    );
  }
  // Read back: if another server was quicker to make one in the same folder, its file counts.
  const stored = await loadStored(path);
  if (stored === undefined) throw damaged(path);
  return stored;
}

function fingerprintLine(fingerprint: string): string {
  return `fingerprint ${fingerprint}\n`;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readSecretFile(path, { folder: dirname(path), bytesMax: pemBytesMax });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof OpenSecretError) {
      throw new CertificateError(`The server's key cannot be used. ${error.message}`);
    }
    throw new CertificateError(`The server's key ${path} cannot be read: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

/** Whether the certificate holds the key's public half, and the halves of the key fit each other. */
async function isKeyOf(
  keyDer: Uint8Array<ArrayBuffer>,
  certificateDer: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  try {
    const key = await crypto.subtle.importKey("pkcs8", keyDer, algorithm, true, ["sign"]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key);
    if (kty === undefined || crv === undefined || x === undefined || y === undefined) return false;
    const half = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, true, [
      "verify",
    ]);
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", half));
    const signature = await crypto.subtle.sign(algorithm, key, certificateDer);
    return contains(certificateDer, point) &&
      await crypto.subtle.verify(algorithm, half, signature, certificateDer);
  } catch {
    // WebCrypto throws for bytes that are no key at all; that is one kind of damage more.
    return false;
  }
}

function contains(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let start = 0; start + part.length <= bytes.length; start++) {
    if (part.every((byte, index) => bytes[start + index] === byte)) return true;
  }
  return false;
}

function damaged(path: string): CertificateError {
  return new CertificateError(
    `The server's key ${path} is damaged. Restore it from a backup. Or move the file away and start again: the server ` +
      "then makes a new identity, which every client refuses until its user accepts it.",
  );
}
