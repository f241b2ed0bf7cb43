/**
 * A new key and the certificate for it. Apart from certificate.ts because its library takes 100 ms to load, and is
 * needed once in a server's life.
 *
 * @module
 */
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { encodeHex } from "@std/encoding/hex";
import { serverCertificateName } from "../../protocol/certificate/fingerprint.ts";

/** A certificate with its private key. */
export interface NewCertificate {
  /** The certificate, in DER. */
  readonly certificateDer: Uint8Array<ArrayBuffer>;
  /** The private key, in PKCS #8. */
  readonly keyDer: Uint8Array<ArrayBuffer>;
}

/** What may differ between certificates; tests make foreign ones. */
export interface CertificateChoices {
  /** The DNS name it is for. */
  readonly name?: string;
  /** Whether it may sign others. */
  readonly authority?: boolean;
  /** When it begins to be valid. */
  readonly notBefore?: Date;
  /** When it ends to be valid. */
  readonly notAfter?: Date;
}

// Isolated networks have machines with wrong clocks, some of which start in 1970. The last date is the one by which
// RFC 5280, section 4.1.2.5, says "no end".
const always = {
  notBefore: new Date("1970-01-01T00:00:00Z"),
  notAfter: new Date("9999-12-31T23:59:59Z"),
};

/**
 * Makes an ECDSA P-256 key and a certificate that it signs itself, with a random serial number.
 *
 * @param choices What differs from a server's own certificate: its name, validity, or that it is an authority.
 * @returns The certificate and the key.
 */
export async function makeCertificate(choices: CertificateChoices = {}): Promise<NewCertificate> {
  const { name = serverCertificateName, authority = false } = choices;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    serialNumber: randomSerialNumber(),
    notBefore: choices.notBefore ?? always.notBefore,
    notAfter: choices.notAfter ?? always.notAfter,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      // Without CA:FALSE a client could not pin it: TLS refuses an authority's certificate as a server's.
      new BasicConstraintsExtension(authority, undefined, true),
      new SubjectAlternativeNameExtension([{ type: "dns", value: name }]),
    ],
  });
  return {
    certificateDer: new Uint8Array(certificate.rawData),
    keyDer: new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey)),
  };
}

/** 16 random bytes, positive and without leading zeros as DER wants it (RFC 5280, section 4.1.2.2). */
function randomSerialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return encodeHex(bytes);
}
