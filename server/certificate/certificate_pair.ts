/**
 * A certificate with its key, and the error where one of them cannot be used.
 *
 * @module
 */

/** Bytes of a file with a key or certificates: no chain is so long. */
export const pemBytesMax: number = 256 * 1024;

/** A certificate and its key, checked to fit each other. */
export interface CertificatePair {
  /** The certificate in PEM, its chain after it. */
  readonly certificatePem: string;
  /** The private key in PEM. */
  readonly keyPem: string;
  /** The certificate itself, in DER. */
  readonly certificateDer: Uint8Array<ArrayBuffer>;
}

/** A certificate or key that cannot be used. The message names the file and says what to do. */
export class CertificateError extends Error {
  /**
   * Makes the error.
   *
   * @param message What cannot be used, why, and what to do. No part of a key.
   * @param options `cause`, kept for logs.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CertificateError";
  }
}
