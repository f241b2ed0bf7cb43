/**
 * What identifies a server: its certificate's fingerprint for people, and the channel binding for SCRAM.
 *
 * @module
 */
import { encodeHex } from "@std/encoding/hex";
import { expectElement, objectIdentifierTag, readElement, sequenceTag } from "./der.ts";

/**
 * The name in the certificates that servers make for themselves. No authority can sign for a name under `.invalid`
 * (RFC 2606, section 2), so a pinned certificate with this name cannot be stood in for by one that an authority signed.
 */
export const serverCertificateName = "chat-server.invalid";

const fingerprintPattern = /^SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/;

/** The hash by signature algorithm, as the hexadecimal contents of its OBJECT IDENTIFIER. All others mean SHA-256. */
const hashBySignatureAlgorithm = new Map([
  ["2a8648ce3d040303", "SHA-384"], // ecdsa-with-SHA384
  ["2a8648ce3d040304", "SHA-512"], // ecdsa-with-SHA512
  ["2a864886f70d01010c", "SHA-384"], // sha384WithRSAEncryption
  ["2a864886f70d01010d", "SHA-512"], // sha512WithRSAEncryption
]);

const rsaPss = "2a864886f70d01010a";

/** The hashes that RSASSA-PSS names in its parameters. All others mean SHA-256. */
const hashByIdentifier = new Map([
  ["608648016503040202", "SHA-384"],
  ["608648016503040203", "SHA-512"],
]);

/**
 * The fingerprint of a certificate: `SHA256:` and the unpadded base64 of the SHA-256 of the whole certificate in DER,
 * so it covers the key, the names, the validity and the signature. A renewed certificate has another fingerprint, even
 * with the same key.
 *
 * @param certificateDer The certificate, in DER.
 * @returns The fingerprint, 50 characters.
 */
export async function fingerprintOf(certificateDer: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", certificateDer);
  return `SHA256:${new Uint8Array(hash).toBase64().replace(/=+$/, "")}`;
}

/**
 * Whether a text has the form of a fingerprint, as `fingerprintOf` writes it.
 *
 * @param text Any text, such as what a person gave on the command line.
 * @returns True where it could be the fingerprint of a certificate.
 */
export function isFingerprint(text: string): boolean {
  return fingerprintPattern.test(text);
}

/**
 * The data of the channel binding `tls-server-end-point` (RFC 5929, section 4.1): the hash of the server's certificate
 * by the hash function of the certificate's own signature algorithm, where MD5 and SHA-1 are replaced by SHA-256.
 *
 * The RFC leaves open what to do where the signature names no hash (Ed25519, Ed448); both ends here use SHA-256 then,
 * as for SHA-224 and for algorithms that are not known.
 *
 * @param certificateDer The server's certificate, in DER.
 * @returns The hash: 32, 48 or 64 bytes.
 * @throws {ChatError} `bad_message` where the bytes are no certificate.
 */
export async function channelBindingOf(
  certificateDer: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const hash = signatureHashOf(certificateDer);
  return new Uint8Array(await crypto.subtle.digest(hash, certificateDer));
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } (RFC 5280, section 4.1). */
function signatureHashOf(der: Uint8Array): string {
  const certificate = expectElement(der, 0, der.length, sequenceTag);
  const toBeSigned = expectElement(der, certificate.start, certificate.end, sequenceTag);
  const algorithm = expectElement(der, toBeSigned.end, certificate.end, sequenceTag);
  const identifier = expectElement(der, algorithm.start, algorithm.end, objectIdentifierTag);
  const name = hexOf(der, identifier.start, identifier.end);
  if (name === rsaPss) return pssHashOf(der, identifier.end, algorithm.end);
  return hashBySignatureAlgorithm.get(name) ?? "SHA-256";
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] AlgorithmIdentifier DEFAULT sha1, … } (RFC 4055, section 3.1). */
function pssHashOf(der: Uint8Array, offset: number, limit: number): string {
  const parameters = expectElement(der, offset, limit, sequenceTag);
  if (parameters.start === parameters.end) return "SHA-256";
  const first = readElement(der, parameters.start, parameters.end);
  const hashAlgorithmTag = 0xa0;
  if (first.tag !== hashAlgorithmTag) return "SHA-256";
  const algorithm = expectElement(der, first.start, first.end, sequenceTag);
  const identifier = expectElement(der, algorithm.start, algorithm.end, objectIdentifierTag);
  return hashByIdentifier.get(hexOf(der, identifier.start, identifier.end)) ?? "SHA-256";
}

function hexOf(bytes: Uint8Array, start: number, end: number): string {
  return encodeHex(bytes.subarray(start, end));
}
