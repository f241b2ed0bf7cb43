/**
 * The operator's own certificate and key, checked before anything listens.
 *
 * @module
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { reasonOf } from "../../platform/data_folder.ts";
import { OpenSecretError, readSecretFile } from "../../platform/secret_file.ts";
import { decodePem } from "../../protocol/certificate/pem.ts";
import { CertificateError, type CertificatePair, pemBytesMax } from "./certificate_pair.ts";

/**
 * Reads and checks the files of `--tls-cert` and `--tls-key`.
 *
 * @param files `certificateFile`: the certificate in PEM, its chain after it. `keyFile`: the private key in PEM, not
 *   encrypted, which nobody else may read. `folder`: the server's data folder.
 * @param nowMs Milliseconds since 1970.
 * @returns The certificate and its key.
 * @throws {CertificateError} Where clients or TLS could not use them: unreadable, no PEM, expired, not for a server, or
 *   the key is another's.
 */
export async function readGivenCertificate(
  { certificateFile, keyFile, folder }: {
    certificateFile: string;
    keyFile: string;
    folder: string;
  },
  nowMs: number,
): Promise<CertificatePair> {
  const certificatePem = await read("certificate", certificateFile, Deno.readTextFile);
  const keyPem = await read(
    "key",
    keyFile,
    (path) => readSecretFile(path, { folder, bytesMax: pemBytesMax }),
  );
  const certificateDer = decodePem("CERTIFICATE", certificatePem);
  const certificate = certificateDer && parseCertificate(certificateDer);
  if (certificateDer === undefined || certificate === undefined) {
    throw new CertificateError(
      `${certificateFile} contains no certificate in PEM form: it needs a block that starts with ` +
        "-----BEGIN CERTIFICATE-----.",
    );
  }
  checkUsable(certificate, certificateFile, nowMs);
  if (!certificate.checkPrivateKey(parseKey(keyPem, keyFile))) {
    throw new CertificateError(
      `The key ${keyFile} does not belong to the certificate ${certificateFile}. ` +
        "Where the file holds a chain, the server's own certificate comes first.",
    );
  }
  return { certificatePem, keyPem, certificateDer };
}

async function read(
  what: string,
  path: string,
  work: (path: string) => Promise<string>,
): Promise<string> {
  try {
    return await work(path);
  } catch (error) {
    if (error instanceof OpenSecretError) {
      throw new CertificateError(`The key of --tls-key cannot be used. ${error.message}`);
    }
    throw new CertificateError(`The ${what} ${path} cannot be read: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

function parseCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function parseKey(pem: string, path: string): KeyObject {
  if (pem.includes("ENCRYPTED")) {
    throw new CertificateError(
      `The key ${path} is encrypted. Use one without a passphrase, which only the server's user can read.`,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    // What the library says could quote the key: it is not passed on.
    throw new CertificateError(
      `${path} contains no private key in PEM form: it needs a block that starts with -----BEGIN PRIVATE KEY-----.`,
    );
  }
}

function checkUsable(certificate: X509Certificate, path: string, nowMs: number): void {
  const from = new Date(certificate.validFrom);
  const to = new Date(certificate.validTo);
  if (nowMs > to.getTime()) {
    throw new CertificateError(`The certificate ${path} expired on ${dayOf(to)}. Renew it.`);
  }
  if (nowMs < from.getTime()) {
    throw new CertificateError(
      `The certificate ${path} is not valid before ${dayOf(from)}. Is this machine's clock right?`,
    );
  }
  if (certificate.ca) {
    throw new CertificateError(
      `The certificate ${path} is a certificate authority's (CA:TRUE), which clients refuse from a server. ` +
        "Sign a server certificate with it, or leave both flags out to use the built-in certificate.",
    );
  }
  if (!certificate.subjectAltName) {
    throw new CertificateError(
      `The certificate ${path} names no host (it has no subjectAltName): clients refuse it.`,
    );
  }
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
