/**
 * Fetches the bytes of a file: received, opened, hashed and written chunk by chunk, and from where it is after a lost connection. Nothing
 * of it counts before all of it is right.
 *
 * @module
 */
import type { Bytes } from "../../../protocol/e2e/byte_fields.ts";
import {
  bytesInChunk,
  chunkBytes,
  ChunkCipher,
  chunkCount,
  chunkOverheadBytes,
  sealedChunkBytes,
  sealedFileBytes,
} from "../../../protocol/files/chunk_cipher.ts";
import type { FileContent } from "../../../protocol/files/file_content.ts";
import { ClientError } from "../link/client_error.ts";
import type { BulkLink } from "./bulk_link.ts";
import { release } from "./released_bytes.ts";
import { inCipherPlace } from "./cipher_places.ts";
import type { FileSink, Hasher, OnFileProgress } from "./file_ports.ts";

/** What is fetched, and where to. */
export interface FileFetchingOptions {
  readonly content: FileContent;
  readonly sink: FileSink;
  readonly newHasher: () => Hasher;
  readonly onProgress: OnFileProgress;
}

/** So many chunks are opened while others are on their way: more would take memory and gain nothing. */
const chunksAhead = 3;

const bufferCount = chunksAhead + 1;

/** The fetching of one file, over one connection after the other. */
export class FileFetching {
  readonly #options: FileFetchingOptions;
  readonly #hasher: Hasher;
  readonly #count: number;
  /** Chunks that are there: all from the first on. */
  #there: number;
  #hashed = 0;

  /** @param options See {@linkcode FileFetchingOptions}. */
  constructor(options: FileFetchingOptions) {
    this.#options = options;
    this.#hasher = options.newHasher();
    const { content: { size }, sink: { kept } } = options;
    this.#count = chunkCount(size);
    // The last chunk is always fetched: only it tells that this is the end.
    this.#there = Math.min(this.#count - 1, Math.floor(kept / chunkBytes));
  }

  /** From where the rest is wanted, among the bytes as they are stored. */
  get offset(): number {
    return this.#there * sealedChunkBytes;
  }

  /**
   * Sees that the server has as much as the sender has said.
   *
   * @param bytes What the server says, as it is stored.
   * @throws {ChatError} `bad_proof`.
   */
  requireSize(bytes: number): void {
    if (bytes === sealedFileBytes(this.#options.content.size)) return;
    throw new ClientError("bad_proof", { kind: "file_size_wrong" });
  }

  /** Reads what an earlier run has left: the hash is of all of it. */
  async prepare(): Promise<void> {
    const { sink } = this.#options;
    while (this.#hashed < this.#there) {
      const buffer = new Uint8Array(chunkBytes);
      const count = await sink.read(this.#hashed * chunkBytes, buffer);
      if (count === chunkBytes) this.#hash(buffer);
      else this.#there = this.#hashed;
    }
  }

  /**
   * Fetches the rest over a connection.
   *
   * @param link The connection.
   * @throws {ChatError} `disconnected`, `timeout`; `cannot_open` where a chunk is not what was sent.
   */
  async receive(link: BulkLink): Promise<void> {
    const { content: { key, size }, sink, onProgress } = this.#options;
    const cipher = await ChunkCipher.open(key, size);
    onProgress({ done: this.#there * chunkBytes, total: size });
    const buffers: Bytes[] = [];
    const opening: Promise<Bytes>[] = [];
    let writing: Promise<void> = Promise.resolve();
    const first = this.#there;
    try {
      for (let place = first; place < this.#count + chunksAhead; place++) {
        if (place < this.#count) {
          const buffer = buffers[place % bufferCount] ??= new Uint8Array(sealedChunkBytes);
          const stored = buffer.subarray(0, bytesInChunk(size, place) + chunkOverheadBytes);
          await link.readFull(stored);
          const opened = this.#open(cipher, place, stored);
          // Whoever waits for it comes later.
          opened.catch(() => {});
          opening.push(opened);
        }
        const ready = place < first + chunksAhead ? undefined : opening.shift();
        if (ready === undefined) continue;
        const chunk = await ready;
        await writing;
        this.#hash(chunk);
        writing = sink.write(this.#there * chunkBytes, chunk).then(() => release(chunk));
        writing.catch(() => {});
        this.#there++;
        onProgress({ done: Math.min(size, this.#there * chunkBytes), total: size });
      }
    } finally {
      await Promise.allSettled(opening);
      await writing;
    }
  }

  /**
   * Compares all of it with what the sender has said, and lets it count.
   *
   * @throws {ChatError} `bad_proof`; nothing is kept then.
   */
  async finish(): Promise<void> {
    const { content: { hash }, sink } = this.#options;
    const found = this.#hasher.digest();
    if (found.every((byte, at) => byte === hash[at])) return await sink.finish();
    throw new ClientError("bad_proof", { kind: "file_hash_wrong" });
  }

  async #open(cipher: ChunkCipher, place: number, stored: Bytes): Promise<Bytes> {
    try {
      return await inCipherPlace(() => cipher.open(place, stored));
    } catch (cause) {
      throw new ClientError("cannot_open", { kind: "file_damaged" }, { cause });
    }
  }

  #hash(chunk: Bytes): void {
    this.#hasher.update(chunk);
    this.#hashed++;
  }
}
