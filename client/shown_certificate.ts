/**
 * The certificate that a server shows, fetched without trusting it.
 *
 * Loaded only when a server is not known or has changed: the modules of Node take 25 ms to load.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, type ConnectionOptions, getCACertificates } from "node:tls";
import { encodePem } from "../protocol/pem.ts";

/** What is needed of a certificate to decide on it. */
export interface ShownCertificate {
  /** The certificate, in DER. */
  readonly der: Uint8Array<ArrayBuffer>;
  /** The certificate, in PEM. */
  readonly pem: string;
  /** The names and addresses it is for, in lower case. From the peer: not for the terminal. */
  readonly names: readonly string[];
  /** Whether it is signed by its own key, or at least says so. */
  readonly selfSigned: boolean;
  /** Whether it is an authority's, which TLS refuses as a server's. */
  readonly authority: boolean;
}

/** Asks a server for its certificate, and ends the connection. */
export type FetchCertificate = typeof fetchCertificate;

/** The server showed a certificate that cannot be read. */
export class UnreadableCertificate extends Error {}

/**
 * Fetches the certificate that a server shows. Nothing is sent over the connection, and nothing about the certificate
 * is verified: anyone could have shown it.
 *
 * @param host The host to connect to.
 * @param port The port to connect to.
 * @param signal Ends the attempt.
 * @returns The certificate.
 * @throws {UnreadableCertificate} Where it cannot be read; else an error of Node with its `code`.
 */
export async function fetchCertificate(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<ShownCertificate> {
  const der = await fetchDer(host, port, signal);
  try {
    const certificate = new X509Certificate(der);
    return {
      der,
      pem: encodePem("CERTIFICATE", der),
      names: namesOf(certificate),
      selfSigned: certificate.issuer === certificate.subject,
      authority: certificate.ca,
    };
  } catch (error) {
    throw new UnreadableCertificate(undefined, { cause: error });
  }
}

/**
 * The certificates of the authorities that this machine trusts, which an administrator can add to. `SSL_CERT_FILE` names
 * another file.
 *
 * @returns The certificates, in PEM; none where the system keeps none.
 */
export function systemAuthorities(): string[] {
  return getCACertificates("system");
}

function fetchDer(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const options: ConnectionOptions = { host, port, rejectUnauthorized: false };
    if (isIP(host) === 0) options.servername = host;
    const socket = connect(options);
    const abort = () => socket.destroy();
    let outcome = () => reject(signal.aborted ? signal.reason : new Deno.errors.UnexpectedEof());
    socket.on("secureConnect", () => {
      const raw = socket.getPeerCertificate().raw;
      outcome = raw === undefined
        ? () => reject(new UnreadableCertificate())
        : () => resolve(new Uint8Array(raw));
      socket.destroy();
    });
    socket.on("error", (error) => {
      outcome = () => reject(error);
    });
    // Settling only here means that nothing is open any more when the caller goes on.
    socket.on("close", () => {
      signal.removeEventListener("abort", abort);
      outcome();
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}

/** Node writes them as `DNS:a.example, IP Address:192.0.2.1`. */
function namesOf(certificate: X509Certificate): string[] {
  const text = certificate.subjectAltName ?? "";
  const matches = text.matchAll(/(?:^|, )(?:DNS|IP Address):([^,"\s]+)/g);
  return Array.from(matches, (match) => (match[1] ?? "").toLowerCase());
}
