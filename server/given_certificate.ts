/**
 * The operator's own certificate and key, checked before anything listens.
 *
 * @module
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { reasonOf } from "../platform/data_folder.ts";
import { decodePem } from "../protocol/pem.ts";
import { CertificateError, type CertificatePair } from "./certificate_pair.ts";

/**
 * Reads and checks the files of `--tls-cert` and `--tls-key`.
 *
 * @param certificateFile The certificate in PEM, its chain after it.
 * @param keyFile The private key in PEM, not encrypted.
 * @param nowMs Milliseconds since 1970.
 * @returns The certificate and its key.
 * @throws {CertificateError} Where clients or TLS could not use them: unreadable, no PEM, expired, not for a server, or
 *   the key is another's.
 */
export async function readGivenCertificate(
  certificateFile: string,
  keyFile: string,
  nowMs: number,
): Promise<CertificatePair> {
  const certificatePem = await read(certificateFile, "certificate");
  const keyPem = await read(keyFile, "key");
  const certificateDer = decodePem("CERTIFICATE", certificatePem);
  const certificate = certificateDer && parseCertificate(certificateDer);
  if (certificateDer === undefined || certificate === undefined) {
    throw new CertificateError(
      `${certificateFile} holds no certificate in PEM form: it wants a block that starts with ` +
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

async function read(path: string, what: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
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
      `The key ${path} is encrypted. Give one without a passphrase, readable by the server's user only.`,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch {
    // What the library says could quote the key: it is not passed on.
    throw new CertificateError(
      `${path} holds no private key in PEM form: it wants a block that starts with -----BEGIN PRIVATE KEY-----.`,
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
      `The certificate ${path} is an authority's (CA:TRUE): clients refuse it as a server's. ` +
        "Sign a server certificate with it, or give none to use the built-in certificate.",
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
