/**
 * A WebSocket as what the core talks over.
 *
 * @module
 */
import type { Transport } from "../../core/link/transport.ts";

/** What is sent in one message at the most, in bytes: more is refused at the other end. */
const messageBytesMax = 64 * 1024;
/** Above this much that has not left yet, what is sent next waits. */
const unsentBytesMax = 1024 * 1024;
/** How often it is looked whether it has left: a browser does not say so. */
const lookIntervalMs = 10;
/** What may have come and not been read, in bytes. A browser reads on, whether anybody takes it or not. */
const unreadBytesMax = 32 * 1024 * 1024;

/** Bytes over a WebSocket that is open. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #chunks: Uint8Array[] = [];
  #unreadBytes = 0;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  /** @param socket It is open, and takes its messages as array buffers. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => this.#end();
    if (socket.readyState !== WebSocket.OPEN) this.#end();
  }

  /** See {@linkcode Transport}. */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0 && !this.#ended) {
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return null;
    const part = chunk.subarray(0, buffer.length);
    if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
    buffer.set(part);
    this.#unreadBytes -= part.length;
    return part.length;
  }

  /** See {@linkcode Transport}. */
  async write(bytes: Uint8Array): Promise<number> {
    while (this.#socket.bufferedAmount > unsentBytesMax && !this.#ended) {
      await new Promise((resolve) => setTimeout(resolve, lookIntervalMs));
    }
    // One that is closing has not told its end yet.
    if (this.#socket.readyState !== WebSocket.OPEN) throw new Error("The connection has ended.");
    const part = bytes.slice(0, messageBytesMax);
    this.#socket.send(part);
    return part.length;
  }

  /** See {@linkcode Transport}. */
  close(): void {
    this.#socket.close();
    this.#end();
  }

  #take(data: unknown): void {
    if (this.#ended || !(data instanceof ArrayBuffer)) return;
    this.#chunks.push(new Uint8Array(data));
    this.#unreadBytes += data.byteLength;
    if (this.#unreadBytes > unreadBytesMax) this.close();
    this.#wake.resolve();
  }

  #end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }
}
