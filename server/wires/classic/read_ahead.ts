/**
 * A socket of which it can be asked whether more comes soon.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { Socket } from "../connection/socket.ts";
import { idleReadBufferBytes } from "../connection/wire_connection.ts";

/** Stands between a connection and its socket. */
export class ReadAhead implements Socket {
  readonly #socket: Socket;
  /** The read that was begun to see whether more comes; null for none. */
  #early: Promise<Uint8Array | null> | null = null;

  /** @param socket Where the bytes come from. */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Reads what was asked for before, if anything was.
   *
   * @param buffer At least `idleReadBufferBytes`.
   */
  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#early === null) return await this.#socket.read(buffer);
    const bytes = await this.#early;
    this.#early = null;
    if (bytes === null) return null;
    buffer.set(bytes);
    return bytes.length;
  }

  /**
   * Whether bytes, or the end, come within some time.
   *
   * @param ms How long to wait, in milliseconds.
   * @throws What the socket's read throws.
   */
  async hasMoreWithin(ms: number): Promise<boolean> {
    const early = this.#early ??= this.#readEarly();
    const aborter = new AbortController();
    const grace = delay(ms, { signal: aborter.signal }).then(() => false, () => false);
    try {
      return await Promise.race([early.then(() => true), grace]);
    } finally {
      aborter.abort();
    }
  }

  #readEarly(): Promise<Uint8Array | null> {
    const buffer = new Uint8Array(idleReadBufferBytes);
    const early = this.#socket.read(buffer)
      .then((count) => count === null ? null : buffer.subarray(0, count));
    // Nobody may wait for it when the connection is closed.
    early.catch(() => {});
    return early;
  }

  /** See {@linkcode Socket.write}. */
  write(bytes: Uint8Array): Promise<number> {
    return this.#socket.write(bytes);
  }

  /** See {@linkcode Socket.close}. */
  close(): void {
    this.#socket.close();
  }
}
