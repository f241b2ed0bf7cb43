/**
 * What a server's certificate says, and who could vouch for it.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { getCACertificates, rootCertificates } from "node:tls";
import { ConnectError } from "./connect_error.ts";

/** What is needed of a certificate to decide on it. */
export interface ShownCertificate {
  /** The names and addresses it is for, in lower case. From the peer: not for the terminal. */
  readonly names: readonly string[];
  /** Whether it is signed by its own key, or at least says so. */
  readonly selfSigned: boolean;
  /** Whether it is an authority's. */
  readonly authority: boolean;
  /** From when it is valid, in milliseconds since 1970. */
  readonly validFromMs: number;
  /** Until when it is valid, in milliseconds since 1970. */
  readonly validUntilMs: number;
}

/**
 * Reads a certificate. Nothing about it is verified.
 *
 * @param der The certificate, in DER.
 * @returns What it says.
 * @throws {ConnectError} Where it is none.
 */
export function readCertificate(der: Uint8Array): ShownCertificate {
  try {
    const certificate = new X509Certificate(der);
    return {
      names: namesOf(certificate),
      selfSigned: certificate.issuer === certificate.subject,
      authority: certificate.ca,
      validFromMs: Date.parse(certificate.validFrom),
      validUntilMs: Date.parse(certificate.validTo),
    };
  } catch (error) {
    throw new ConnectError("disconnected", "The server's certificate cannot be read.", {
      cause: error,
    });
  }
}

/**
 * The certificates of the authorities that are trusted: those that the runtime brings, and those of this machine's store,
 * which an administrator can add to. `SSL_CERT_FILE` names another store; no other variable of the environment counts.
 *
 * @returns The certificates, in PEM.
 */
export function trustedAuthorities(): string[] {
  return [...rootCertificates, ...getCACertificates("system")];
}

/** Node writes them as `DNS:a.example, IP Address:192.0.2.1`. */
function namesOf(certificate: X509Certificate): string[] {
  const text = certificate.subjectAltName ?? "";
  const matches = text.matchAll(/(?:^|, )(?:DNS|IP Address):([^,"\s]+)/g);
  return Array.from(matches, (match) => (match[1] ?? "").toLowerCase());
}
