/**
 * A TCP connection as the stream below `node:tls`, read only as far as somebody wants it.
 *
 * Deno's own socket of `node:tls` goes on reading while it is paused, until the memory is full (measured with 2.9.6: 40 MB
 * a second). This one holds back, so that the kernel's buffers fill and the sender has to wait.
 *
 * @module
 */
import { Duplex } from "node:stream";

const readBufferBytes = 64 * 1024;

/** The stream of one TCP connection, which it closes when it is destroyed. */
export class TcpStream extends Duplex {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(readBufferBytes);
  #held: PromiseWithResolvers<void> | null = null;

  /** @param conn The connection. */
  constructor(conn: Deno.TcpConn) {
    super();
    this.#conn = conn;
  }

  /** Reads no more from the connection until {@linkcode TcpStream.release}. A read that is under way is finished. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  /** Reads again. */
  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  override _read(): void {
    this.#readOnce().catch((error) => this.destroy(error));
  }

  async #readOnce(): Promise<void> {
    await this.#held?.promise;
    if (this.destroyed) return;
    const count = await this.#conn.read(this.#buffer);
    this.push(count === null ? null : this.#buffer.slice(0, count));
  }

  override _write(
    chunk: Uint8Array,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    this.#writeWhole(chunk).then(() => done(), done);
  }

  async #writeWhole(chunk: Uint8Array): Promise<void> {
    for (let written = 0; written < chunk.length;) {
      written += await this.#conn.write(chunk.subarray(written));
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.release();
    try {
      this.#conn.close();
    } catch {
      // The other end was quicker.
    }
    done(error);
  }
}
