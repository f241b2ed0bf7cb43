/**
 * What the outbox of a page's connection writes to: the socket itself while answers to requests leave, then frames of a WebSocket, or
 * the parts of an answer that does not end.
 *
 * @module
 */
import { encodeChunk } from "../../../protocol/web/http_response.ts";
import { encodeWebSocketFrame } from "../../../protocol/web/web_socket_frames.ts";
import type { Sink } from "../connection/outbox.ts";
import type { Socket } from "../connection/socket.ts";

/** Writes stand in one line: a control frame never gets into the middle of another one. */
export class WebSink implements Sink {
  readonly #socket: Pick<Socket, "write">;
  #form: "plain" | "web_socket" | "chunks" = "plain";
  #last: Promise<unknown> = Promise.resolve();

  /** @param socket The socket. */
  constructor(socket: Pick<Socket, "write">) {
    this.#socket = socket;
  }

  /** From now on what is written has another form: frames of a WebSocket, or chunks (RFC 9112, section 7.1). Nothing may be on its way. */
  become(form: "web_socket" | "chunks"): void {
    this.#form = form;
  }

  /** See {@linkcode Sink.write}. */
  async write(bytes: Uint8Array): Promise<number> {
    if (this.#form === "web_socket") await this.writeWhole(encodeWebSocketFrame("binary", bytes));
    else await this.writeWhole(this.#form === "chunks" ? encodeChunk(bytes) : bytes);
    return bytes.length;
  }

  /** Writes a frame as it is, after those before it. */
  writeWhole(frame: Uint8Array): Promise<void> {
    const written = this.#last.then(() => this.#writeAll(frame));
    this.#last = written.catch(() => {});
    return written;
  }

  /** Resolves when everything was written, or could not be. Never rejects. */
  async rested(): Promise<void> {
    await this.#last;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
  }
}
