/**
 * Certificates that a server does not make for itself, for tests.
 *
 * @module
 */
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { encodePem } from "../protocol/pem.ts";
import { type CertificateChoices, makeCertificate } from "../server/make_certificate.ts";

/** A certificate and its key. */
export interface Certificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly certificateDer: Uint8Array<ArrayBuffer>;
}

/** An authority, and the certificate of a server that it signed. */
export interface Signed {
  readonly authorityPem: string;
  readonly server: Certificate;
}

/**
 * Makes a self-signed certificate in PEM.
 *
 * @param choices What differs from a server's own.
 * @returns The certificate and its key.
 */
export async function makeSelfSigned(choices: CertificateChoices = {}): Promise<Certificate> {
  const { certificateDer, keyDer } = await makeCertificate(choices);
  return {
    certificatePem: encodePem("CERTIFICATE", certificateDer),
    keyPem: encodePem("PRIVATE KEY", keyDer),
    certificateDer,
  };
}

/**
 * Makes an authority and a server certificate that it signs, valid in this decade.
 *
 * @param names The names and IP addresses that the server certificate is for.
 * @returns The authority's certificate, and the server's with its key.
 */
export async function makeSigned(
  names: { type: "dns" | "ip"; value: string }[],
): Promise<Signed> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const validity = {
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2100-01-01T00:00:00Z"),
  };
  const authorityKeys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: "CN=Test authority",
    serialNumber: "01",
    ...validity,
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  });
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=server",
    issuer: authority.subject,
    serialNumber: "02",
    ...validity,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new SubjectAlternativeNameExtension(names),
    ],
  });
  return { authorityPem: pemOf(authority), server: await withKey(certificate, keys.privateKey) };
}

async function withKey(certificate: X509Certificate, key: CryptoKey): Promise<Certificate> {
  return {
    certificatePem: pemOf(certificate),
    keyPem: encodePem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", key))),
    certificateDer: new Uint8Array(certificate.rawData),
  };
}

function pemOf(certificate: X509Certificate): string {
  return encodePem("CERTIFICATE", new Uint8Array(certificate.rawData));
}
