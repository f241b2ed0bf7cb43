/**
 * PEM, the text form of certificates and keys (RFC 7468).
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";

/**
 * Writes bytes as PEM.
 *
 * @param label What it is, such as `CERTIFICATE`.
 * @param bytes The DER text.
 * @returns The PEM text, with 64 characters a line and a newline at its end.
 */
export function encodePem(label: string, bytes: Uint8Array): string {
  const lines = encodeBase64(bytes).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * Reads the first block with a label from a PEM text. Other blocks, and text around them, are passed over.
 *
 * @param label What is sought, such as `CERTIFICATE`.
 * @param text The PEM text.
 * @returns The block's bytes; undefined where there is no such block or its base64 is malformed.
 */
export function decodePem(label: string, text: string): Uint8Array<ArrayBuffer> | undefined {
  const begin = `-----BEGIN ${label}-----`;
  const start = text.indexOf(begin);
  if (start < 0) return undefined;
  const end = text.indexOf(`-----END ${label}-----`, start);
  if (end < 0) return undefined;
  const base64 = text.slice(start + begin.length, end).replaceAll(/\s/g, "");
  try {
    return base64 === "" ? undefined : decodeBase64(base64);
  } catch {
    return undefined;
  }
}
