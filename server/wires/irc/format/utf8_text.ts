/**
 * Bytes as text. The platform's decoder takes five times as long for a short line.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Node's own method, which takes any bytes. What is no UTF-8 becomes U+FFFD. */
const { utf8Slice } = Buffer.prototype as unknown as {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
};
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What stands for bytes that are no UTF-8; it may also have been sent. */
const replacement = "\ufffd";

/** The text; null where the bytes are no UTF-8. */
export function utf8Text(bytes: Uint8Array): string | null {
  const text = utf8Slice.call(bytes, 0, bytes.length);
  if (!text.includes(replacement)) return text;
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return null;
  }
}
