/**
 * Reads a file that this server does not have from those that do, while somebody fetches it.
 *
 * @module
 */
import type { FileReader } from "../file_storage.ts";
import { StorageError } from "../storage_error.ts";
import { type FilePeers, type PieceAsking, shuffled } from "./file_peers.ts";
import { pieceBytes } from "./file_questions.ts";

/** What is read. */
export interface PeerReading {
  readonly peers: FilePeers;
  readonly asking: PieceAsking;
  readonly file: string;
  /** How many bytes it has. */
  readonly bytes: number;
}

/** One reading of one file. It goes on with another server where one does not give the next piece. */
export class PeerReader implements FileReader {
  readonly #reading: PeerReading;
  /** Who is asked: the first until it does not answer. */
  readonly #servers: string[];
  #offset: number;
  #piece: Uint8Array = new Uint8Array(0);
  /** The piece behind it, asked for already. */
  #next: Promise<Uint8Array> | null = null;
  #isClosed = false;

  private constructor(reading: PeerReading, offset: number) {
    this.#reading = reading;
    this.#offset = offset;
    this.#servers = shuffled(reading.peers.others);
  }

  /**
   * Begins.
   *
   * @param reading See {@linkcode PeerReading}.
   * @param offset Where.
   * @throws {StorageError} `cut_off` where no server that has the file can be reached.
   */
  static async open(reading: PeerReading, offset: number): Promise<PeerReader> {
    const reader = new PeerReader(reading, offset);
    if (offset < reading.bytes) reader.#piece = await reader.#ask(offset);
    reader.#askNext();
    return reader;
  }

  /** See {@linkcode FileReader.read}. */
  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#piece.length === 0) {
      if (this.#next === null) return null;
      this.#piece = await this.#next;
      this.#askNext();
    }
    const part = this.#piece.subarray(0, buffer.length);
    buffer.set(part);
    this.#piece = this.#piece.subarray(part.length);
    return part.length;
  }

  /** See {@linkcode FileReader.close}. */
  close(): void {
    this.#isClosed = true;
  }

  /** Asks for what comes behind the piece that has just come. */
  #askNext(): void {
    this.#offset += this.#piece.length;
    this.#next = this.#offset < this.#reading.bytes && !this.#isClosed
      ? this.#ask(this.#offset)
      : null;
    // Whoever reads waits for it later, or not at all.
    this.#next?.catch(() => {});
  }

  async #ask(offset: number): Promise<Uint8Array> {
    const { asking, file, bytes } = this.#reading;
    const length = Math.min(pieceBytes, bytes - offset);
    for (let server; (server = this.#servers[0]) !== undefined; this.#servers.shift()) {
      if (this.#isClosed) break;
      const piece = await asking.piece(server, { file, offset, length });
      if (piece !== null) return piece;
    }
    throw new StorageError(
      "cut_off",
      "No server that has this file can be reached. Try again later.",
    );
  }
}
