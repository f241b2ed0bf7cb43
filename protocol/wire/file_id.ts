/**
 * Ids of files, which the server makes.
 *
 * @module
 */

/** 128 random bits in hexadecimal: nobody guesses one, and it is a good name for a file on a disk. */
export const fileIdPattern = /^[0-9a-f]{32}$/;

/** A new id. */
export function newFileId(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
