/**
 * The little of DER (X.690) that is needed to look into a certificate without a library.
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";

/** Where one DER element lies: its tag, and the first and the last-plus-one byte of its contents. */
export interface DerElement {
  /** The identifier octet; 0x30 is a SEQUENCE, 0x06 an OBJECT IDENTIFIER. */
  readonly tag: number;
  /** Offset of the first byte of the contents. */
  readonly start: number;
  /** Offset just after the last byte of the contents, where the next element begins. */
  readonly end: number;
}

/** The tag of a SEQUENCE. */
export const sequenceTag = 0x30;

/** The tag of an OBJECT IDENTIFIER. */
export const objectIdentifierTag = 0x06;

/**
 * Reads the header of the element at an offset.
 *
 * @param bytes The DER text.
 * @param offset Where the element begins.
 * @param limit The offset that the element must not pass, such as the end of what encloses it.
 * @returns The element's place.
 * @throws {ChatError} `bad_message` where there is no element or it passes the limit.
 */
export function readElement(bytes: Uint8Array, offset: number, limit: number): DerElement {
  const tag = byteAt(bytes, offset, limit);
  const first = byteAt(bytes, offset + 1, limit);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  // 0x80 alone means "indefinite", which DER forbids; more than 4 bytes is no certificate.
  if (first === 0x80 || lengthBytes > 4) throw malformed();
  let length = lengthBytes === 0 ? first : 0;
  for (let index = 0; index < lengthBytes; index++) {
    length = length * 256 + byteAt(bytes, offset + 2 + index, limit);
  }
  const start = offset + 2 + lengthBytes;
  if (start + length > limit) throw malformed();
  return { tag, start, end: start + length };
}

/**
 * Reads an element that must have a certain tag.
 *
 * @param bytes The DER text.
 * @param offset Where the element begins.
 * @param limit The offset that the element must not pass.
 * @param tag The tag it must have.
 * @returns The element's place.
 * @throws {ChatError} `bad_message` where there is no such element.
 */
export function expectElement(
  bytes: Uint8Array,
  offset: number,
  limit: number,
  tag: number,
): DerElement {
  const element = readElement(bytes, offset, limit);
  if (element.tag !== tag) throw malformed();
  return element;
}

function byteAt(bytes: Uint8Array, offset: number, limit: number): number {
  const byte = offset < limit ? bytes[offset] : undefined;
  if (byte === undefined) throw malformed();
  return byte;
}

function malformed(): ChatError {
  return new ChatError("bad_message", "This is not a certificate: its DER text is malformed.");
}
