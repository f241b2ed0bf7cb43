/**
 * SHA-256 piece by piece: a browser's own takes only all of a file at once. A file of its own, which comes with the first transfer.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Hasher } from "../../core/files/file_ports.ts";

/** Begins a hash. */
export function newPageHasher(): Hasher {
  const hash = sha256.create();
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
}
