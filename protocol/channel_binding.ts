/**
 * Channel binding of the type `tls-server-end-point` (RFC 5929, section 4).
 *
 * @module
 */

/** The hash in a certificate's signature algorithm. */
export type SignatureHash = "MD5" | "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";

/**
 * The data that ties a sign-in to the server's certificate: whoever sits in the middle has another one.
 *
 * @param certificateDer The server's own certificate, in DER.
 * @param signatureHash The one hash of the certificate's signature algorithm. Signatures without one (Ed25519) are not
 * defined by the RFC.
 * @return The certificate's hash: by SHA-256 in place of MD5 and SHA-1, else by the hash of its signature (section 4.1).
 */
export async function tlsServerEndPoint(
  certificateDer: Uint8Array<ArrayBuffer>,
  signatureHash: SignatureHash,
): Promise<Uint8Array<ArrayBuffer>> {
  const old = signatureHash === "MD5" || signatureHash === "SHA-1";
  const hash = old ? "SHA-256" : signatureHash;
  return new Uint8Array(await crypto.subtle.digest(hash, certificateDer));
}
