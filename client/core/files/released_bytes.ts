/**
 * Memory of chunks, given back at once: hundreds of megabytes a second would wait for the garbage collection otherwise.
 *
 * @module
 */
import type { Bytes } from "../../../protocol/e2e/byte_fields.ts";

/**
 * Gives the memory of bytes back. Older browsers do that by themselves, later.
 *
 * @param bytes All of their buffer; nobody uses them any more.
 */
export function release({ buffer }: Bytes): void {
  buffer.transfer?.(0);
}
