/**
 * The socket of a browser, which may read what other requests have posted: where a browser opens no WebSocket, one request brings
 * everything down, and each of the others carries some bytes up.
 *
 * @module
 */
import type { Socket } from "../connection/socket.ts";

/** Bytes that were posted, and who waits until they are taken. */
interface Posted {
  bytes: Uint8Array;
  readonly taken: (whole: boolean) => void;
}

/** Requests that wait until what they have brought is taken; more are refused. */
const postedMax = 4;

/** A socket whose reads can be fed by others. */
export class PostedSocket implements Socket {
  readonly #socket: Socket;
  readonly #posted: Posted[] = [];
  #wake: (() => void) | null = null;
  #isFed = false;
  #hasEnded = false;

  /** @param socket The socket itself. */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** See {@linkcode Socket.handshake}. */
  async handshake(): Promise<{ readonly alpnProtocol: string | null }> {
    return await this.#socket.handshake?.() ?? { alpnProtocol: null };
  }

  /** From now on only what is posted is read. The browser says nothing more over the socket itself, but that it has gone. */
  feed(): void {
    this.#isFed = true;
    this.#socket.read(new Uint8Array(1)).catch(() => null).then(() => this.#end());
  }

  /**
   * Brings bytes, and waits until they were read.
   *
   * @param bytes They stay as they are until then.
   * @return Whether they were; false where the socket has ended, or too many wait.
   */
  post(bytes: Uint8Array): Promise<boolean> {
    if (this.#hasEnded || this.#posted.length >= postedMax) return Promise.resolve(false);
    if (bytes.length === 0) return Promise.resolve(true);
    return new Promise((taken) => {
      this.#posted.push({ bytes, taken });
      this.#wake?.();
    });
  }

  /** See {@linkcode Socket.read}. */
  async read(buffer: Uint8Array): Promise<number | null> {
    if (!this.#isFed) return await this.#socket.read(buffer);
    while (this.#posted.length === 0) {
      if (this.#hasEnded) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const first = this.#posted[0]!;
    const part = first.bytes.subarray(0, buffer.length);
    buffer.set(part);
    first.bytes = first.bytes.subarray(part.length);
    if (first.bytes.length === 0) {
      this.#posted.shift();
      first.taken(true);
    }
    return part.length;
  }

  /** See {@linkcode Socket.write}. */
  write(bytes: Uint8Array): Promise<number> {
    return this.#socket.write(bytes);
  }

  /** See {@linkcode Socket.close}. */
  close(): void {
    this.#end();
    this.#socket.close();
  }

  #end(): void {
    this.#hasEnded = true;
    for (const { taken } of this.#posted.splice(0)) taken(false);
    this.#wake?.();
  }
}
