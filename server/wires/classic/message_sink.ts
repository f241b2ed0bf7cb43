/**
 * Writes one message at a time. A classic client takes what one `recv` gives it for the whole, and a message that shares
 * a write with many others may arrive in two parts.
 *
 * @module
 */
import type { Sink } from "../connection/outbox.ts";
import { messageBytes } from "./fields.ts";

/** Stands between an outbox, which joins messages, and the socket. */
export class MessageSink implements Sink {
  readonly #socket: Sink;
  /** What is left of a message that the socket took in part. */
  #leftBytes = 0;

  /** @param socket Where the bytes go. */
  constructor(socket: Sink) {
    this.#socket = socket;
  }

  /**
   * Writes the first of some messages, or the rest of one that was written in part.
   *
   * @param bytes Whole messages, but for what was written of the first one.
   * @return How many bytes were written.
   */
  async write(bytes: Uint8Array): Promise<number> {
    if (this.#leftBytes === 0) this.#leftBytes = messageBytes(bytes);
    const written = await this.#socket.write(bytes.subarray(0, this.#leftBytes));
    this.#leftBytes -= written;
    return written;
  }
}
