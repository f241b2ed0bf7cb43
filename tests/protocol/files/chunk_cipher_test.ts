import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { Bytes } from "../../../protocol/e2e/byte_fields.ts";
import {
  bytesInChunk,
  chunkBytes,
  ChunkCipher,
  chunkCount,
  chunkOverheadBytes,
  newFileKey,
  sealedChunkBytes,
  sealedFileBytes,
} from "../../../protocol/files/chunk_cipher.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { someBytes } from "../../fixtures/memory_files.ts";

const key: Bytes = new Uint8Array(32).fill(7);

/** A file as it is stored, chunk by chunk. */
async function sealed(bytes: Bytes, withKey: Bytes = key): Promise<Bytes[]> {
  const cipher = await ChunkCipher.open(withKey, bytes.length);
  const chunks: Bytes[] = [];
  for (let place = 0; place < chunkCount(bytes.length); place++) {
    const from = place * chunkBytes;
    const chunk = bytes.slice(from, from + bytesInChunk(bytes.length, place));
    const [prefix, rest] = await cipher.seal(place, chunk);
    chunks.push(new Uint8Array([...prefix, ...rest]));
  }
  return chunks;
}

async function opened(chunks: readonly Bytes[], size: number): Promise<number[]> {
  const cipher = await ChunkCipher.open(key, size);
  const parts = await Promise.all(chunks.map((chunk, place) => cipher.open(place, chunk)));
  return parts.map(({ length }) => length);
}

async function doesNotOpen(chunk: Bytes, place: number, size: number): Promise<void> {
  const cipher = await ChunkCipher.open(key, size);
  const error = await assertRejects(() => cipher.open(place, chunk), ChatError);
  assertEquals(error.code, "cannot_open");
}

Deno.test("a file of any size is stored in as many bytes as is said, and opens to the same bytes", async () => {
  for (const size of [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes]) {
    const bytes = someBytes(size);
    const chunks = await sealed(bytes);
    assertEquals(chunks.length, chunkCount(size));
    assertEquals(chunks.reduce((sum, { length }) => sum + length, 0), sealedFileBytes(size));
    const cipher = await ChunkCipher.open(key, size);
    const parts = await Promise.all(chunks.map((chunk, place) => cipher.open(place, chunk)));
    assertEquals(new Uint8Array(parts.flatMap((part) => [...part])), bytes);
  }
});

Deno.test("a chunk opens in its own place only", async () => {
  const size = 3 * chunkBytes;
  const [first, second, third] = await sealed(someBytes(size)) as [Bytes, Bytes, Bytes];
  assertEquals(first.length, sealedChunkBytes);
  await doesNotOpen(first, 1, size);
  await doesNotOpen(second, 0, size);
  await doesNotOpen(third, 1, size);
  assertEquals(await opened([first, second, third], size), [chunkBytes, chunkBytes, chunkBytes]);
});

Deno.test("a file that was cut off after a whole chunk does not open as a shorter one", async () => {
  const [first] = await sealed(someBytes(2 * chunkBytes)) as [Bytes, Bytes];
  await doesNotOpen(first, 0, chunkBytes);
});

Deno.test("the last chunk does not open as one with more behind it", async () => {
  const [only] = await sealed(someBytes(chunkBytes)) as [Bytes];
  await doesNotOpen(only, 0, 2 * chunkBytes);
});

Deno.test("an altered byte anywhere in a chunk is found", async () => {
  const [chunk] = await sealed(someBytes(100)) as [Bytes];
  assertEquals(chunk.length, 100 + chunkOverheadBytes);
  for (const at of [0, 6, 7, 50, chunk.length - 1]) {
    const altered = chunk.slice();
    altered[at]! ^= 1;
    await doesNotOpen(altered, 0, 100);
  }
  await doesNotOpen(chunk.slice(0, -1), 0, 100);
  await doesNotOpen(new Uint8Array(3), 0, 100);
});

Deno.test("a chunk of another file does not open", async () => {
  const [chunk] = await sealed(someBytes(100), newFileKey()) as [Bytes];
  await doesNotOpen(chunk, 0, 100);
});

Deno.test("each run of a sender has nonces of its own, so that a changed file reveals nothing", async () => {
  const bytes = someBytes(100);
  const [one] = await sealed(bytes) as [Bytes];
  const [other] = await sealed(bytes) as [Bytes];
  assertNotEquals(one.subarray(0, 7), other.subarray(0, 7));
  assertNotEquals(one.subarray(7), other.subarray(7));
});

Deno.test("what is stored is AES-256-GCM with the nonce that the protocol says", async () => {
  const bytes = someBytes(5);
  const [chunk] = await sealed(bytes) as [Bytes];
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const iv = new Uint8Array([...chunk.subarray(0, 7), 0, 0, 0, 0, 1]);
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, imported, chunk.subarray(7));
  assertEquals(new Uint8Array(plain), bytes);
});
