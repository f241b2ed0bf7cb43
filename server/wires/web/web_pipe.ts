/**
 * The bytes of a file over a WebSocket: in binary messages, however they are cut.
 *
 * @module
 */
import {
  closeCodes,
  encodeWebSocketFrame,
  type WebSocketDecoder,
  WebSocketError,
} from "../../../protocol/web/web_socket_frames.ts";
import type { Socket } from "../connection/socket.ts";
import type { BarePipe } from "../connection/wire_connection.ts";
import type { WebSink } from "./web_sink.ts";

const readBufferBytes = 64 * 1024;

/** Carries bytes over a WebSocket that was opened. */
export class WebPipe implements BarePipe {
  readonly #socket: Pick<Socket, "read">;
  readonly #sink: WebSink;
  readonly #decoder: WebSocketDecoder;
  readonly #buffer = new Uint8Array(readBufferBytes);
  /** What has come and was not read yet. */
  #waiting: Uint8Array[] = [];
  #ended = false;

  /**
   * @param socket Where it comes from.
   * @param sink Where it goes.
   * @param decoder Takes apart what comes.
   */
  constructor(socket: Pick<Socket, "read">, sink: WebSink, decoder: WebSocketDecoder) {
    this.#socket = socket;
    this.#sink = sink;
    this.#decoder = decoder;
  }

  /** See {@linkcode Socket.read}. */
  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const first = this.#waiting.shift();
      if (first !== undefined) {
        const part = first.subarray(0, buffer.length);
        if (part.length < first.length) this.#waiting.unshift(first.subarray(part.length));
        buffer.set(part);
        return part.length;
      }
      if (this.#ended) return null;
      const count = await this.#socket.read(this.#buffer);
      if (count === null) return null;
      await this.#take(this.#buffer.subarray(0, count));
    }
  }

  /** See {@linkcode Socket.write}. */
  async write(bytes: Uint8Array): Promise<number> {
    return await this.#sink.write(bytes);
  }

  async #take(chunk: Uint8Array): Promise<void> {
    for (const piece of this.#decoder.decode(chunk)) {
      if (piece.type === "binary" && piece.bytes.length > 0) {
        this.#waiting.push(piece.bytes.slice());
      } else if (piece.type === "close") this.#ended = true;
      else if (piece.type === "text") {
        // It moves nothing, and takes more to put together than to send.
        throw new WebSocketError(closeCodes.forbidden, "A page says nothing in text here.");
      } else if (piece.type === "ping") {
        await this.#sink.writeWhole(encodeWebSocketFrame("pong", piece.bytes));
      }
    }
  }
}
