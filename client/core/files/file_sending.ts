/**
 * Sends the bytes of a file: read, hashed, encrypted and sent chunk by chunk, and again from where the server has it after a lost
 * connection.
 *
 * @module
 */
import type { Bytes } from "../../../protocol/e2e/byte_fields.ts";
import {
  bytesInChunk,
  chunkBytes,
  ChunkCipher,
  chunkCount,
  sealedChunkBytes,
  sealedFileBytes,
} from "../../../protocol/files/chunk_cipher.ts";
import { ClientError } from "../link/client_error.ts";
import type { BulkLink } from "./bulk_link.ts";
import { release } from "./released_bytes.ts";
import { inCipherPlace } from "./cipher_places.ts";
import type { FileSource, Hasher, OnFileProgress } from "./file_ports.ts";

/** What is sent, and how. */
export interface FileSendingOptions {
  readonly source: FileSource;
  readonly key: Bytes;
  readonly newHasher: () => Hasher;
  readonly onProgress: OnFileProgress;
}

/** So many chunks are encrypted while others are on their way: more would take memory and gain nothing. */
const chunksAhead = 3;

const bufferCount = chunksAhead + 1;

/** The sending of one file, over one connection after the other. */
export class FileSending {
  readonly #options: FileSendingOptions;
  readonly #hasher: Hasher;
  readonly #count: number;
  /** What is read into, in turn: a chunk that was encrypted makes room for another one. */
  readonly #buffers: Bytes[] = [];
  /** What is sent: a nonce's prefix and a chunk go out in one piece. */
  #outgoing: Bytes = new Uint8Array(0);
  /** The last chunk that is being read: they are read and hashed one after the other. */
  #reading: Promise<unknown> = Promise.resolve();
  /** Chunks that were hashed: all from the first on. */
  #hashed = 0;

  /** @param options See {@linkcode FileSendingOptions}. */
  constructor(options: FileSendingOptions) {
    this.#options = options;
    this.#hasher = options.newHasher();
    this.#count = chunkCount(options.source.size);
  }

  /** How many bytes are stored of it. */
  get bytes(): number {
    return sealedFileBytes(this.#options.source.size);
  }

  /**
   * From where it has to be sent.
   *
   * @param offset How much of it the server has.
   * @return The beginning of the chunk that is not whole there; `bytes` where the server has all.
   */
  offsetFrom(offset: number): number {
    return offset >= this.bytes
      ? this.bytes
      : Math.floor(offset / sealedChunkBytes) * sealedChunkBytes;
  }

  /**
   * Reads what is not sent any more: the hash is of all of it.
   *
   * @param offset What {@linkcode FileSending.offsetFrom} has given.
   * @throws {ChatError} `bad_message` where the file has changed.
   */
  async prepare(offset: number): Promise<void> {
    await this.#requireUnchanged();
    await this.#hashUpTo(this.#placeAt(offset));
  }

  /**
   * Sends the rest over a connection, until the server has stored all.
   *
   * @param link The connection.
   * @param offset What {@linkcode FileSending.offsetFrom} has given.
   * @throws {ChatError} What the server says; `disconnected`, `timeout`; `bad_message` where the file has changed.
   */
  async send(link: BulkLink, offset: number): Promise<void> {
    const stored = link.untilStored();
    // Whoever waits for it comes later.
    stored.catch(() => {});
    const chunks = this.#sendChunks(link, offset);
    try {
      await Promise.race([chunks, failure(stored)]);
    } catch (error) {
      link.close();
      await chunks.catch(() => {});
      throw error;
    }
    await stored;
  }

  /**
   * The hash of the whole file, after it was sent.
   *
   * @throws {ChatError} `bad_message` where the file has changed meanwhile.
   */
  async digest(): Promise<Bytes> {
    await this.#hashUpTo(this.#count);
    await this.#requireUnchanged();
    return this.#hasher.digest();
  }

  async #sendChunks(link: BulkLink, offset: number): Promise<void> {
    const { source, key, onProgress } = this.#options;
    const { size } = source;
    const first = this.#placeAt(offset);
    const cipher = await ChunkCipher.open(key, size);
    onProgress({ done: Math.min(size, first * chunkBytes), total: size });
    const sealing: Promise<[Bytes, Bytes]>[] = [];
    let sending: Promise<void> = Promise.resolve();
    try {
      for (let place = first; place < this.#count + chunksAhead; place++) {
        if (place < this.#count) sealing.push(this.#sealed(cipher, place));
        const ready = place < first + chunksAhead ? undefined : sealing.shift();
        if (ready === undefined) continue;
        const pieces = await ready;
        await sending;
        sending = link.write(this.#inOne(pieces));
        // Whoever waits for it comes later.
        sending.catch(() => {});
        onProgress({ done: Math.min(size, (place + 1 - chunksAhead) * chunkBytes), total: size });
      }
      await sending;
    } finally {
      await Promise.allSettled([...sealing, sending]);
    }
  }

  /** Reads, hashes and encrypts a chunk. What was read before is being encrypted meanwhile. */
  #sealed(cipher: ChunkCipher, place: number): Promise<[Bytes, Bytes]> {
    const reading = this.#reading.then(async () => {
      const chunk = await this.#chunk(place);
      if (place === this.#hashed) this.#hash(chunk);
      return chunk;
    });
    this.#reading = reading.catch(() => {});
    const sealed = reading.then((chunk) => inCipherPlace(() => cipher.seal(place, chunk)));
    sealed.catch(() => {});
    return sealed;
  }

  /** Only after what was sent before has left. */
  #inOne([prefix, sealed]: [Bytes, Bytes]): Bytes {
    const { length } = prefix;
    if (this.#outgoing.length === 0) this.#outgoing = new Uint8Array(sealedChunkBytes);
    this.#outgoing.set(prefix);
    this.#outgoing.set(sealed, length);
    const bytes = this.#outgoing.subarray(0, length + sealed.length);
    release(sealed);
    return bytes;
  }

  #placeAt(offset: number): number {
    return offset >= this.bytes ? this.#count : offset / sealedChunkBytes;
  }

  async #hashUpTo(count: number): Promise<void> {
    while (this.#hashed < count) this.#hash(await this.#chunk(this.#hashed));
  }

  #hash(chunk: Bytes): void {
    this.#hasher.update(chunk);
    this.#hashed++;
  }

  async #chunk(place: number): Promise<Bytes> {
    const { source } = this.#options;
    const buffer = (this.#buffers[place % bufferCount] ??= new Uint8Array(chunkBytes))
      .subarray(0, bytesInChunk(source.size, place));
    const count = buffer.length === 0 ? 0 : await source.read(place * chunkBytes, buffer);
    if (count !== buffer.length) throw changed();
    return buffer;
  }

  async #requireUnchanged(): Promise<void> {
    if (!await this.#options.source.isUnchanged()) throw changed();
  }
}

/** Never resolves: only that something goes wrong is of interest. */
function failure(stored: Promise<void>): Promise<never> {
  return new Promise((_, reject) => stored.catch(reject));
}

function changed(): ClientError {
  return new ClientError("bad_message", { kind: "file_changed" });
}
