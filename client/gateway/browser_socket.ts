/**
 * A WebSocket to the page: what it sends is taken when somebody asks for it, and what is sent to it is waited for. So whoever is
 * slow keeps the other end waiting, and no memory is filled.
 *
 * @module
 */
import {
  closeCodes,
  encodeWebSocketClose,
  encodeWebSocketFrame,
  encodeWebSocketText,
  WebSocketDecoder,
  WebSocketError,
  type WebSocketPiece,
} from "../../protocol/web/web_socket_frames.ts";

/** What the page says. Of a binary message there may be several pieces. */
export type FromPage = Extract<WebSocketPiece, { readonly type: "text" | "binary" }>;

const readBufferBytes = 32 * 1024;
/** How long the last words may take, in milliseconds. */
const closeTimeoutMs = 1_000;

/** A WebSocket to the page. */
export class BrowserSocket {
  readonly #conn: Deno.Conn;
  readonly #decoder = new WebSocketDecoder();
  /** Writes stand in one line. */
  #written: Promise<void> = Promise.resolve();
  #hasEnded = false;

  /** @param conn The connection, after the answer that has made it a WebSocket. It is closed by whoever has made it. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /**
   * What the page sends, until the socket ends. A piece is valid until the next one is asked for.
   *
   * @throws What has broken the connection; a {@linkcode WebSocketError} was told to the page.
   */
  async *pieces(): AsyncGenerator<FromPage, void, void> {
    const buffer = new Uint8Array(readBufferBytes);
    try {
      for (;;) {
        const count = await this.#conn.read(buffer);
        if (count === null) return;
        for (const piece of this.#decoder.decode(buffer.subarray(0, count))) {
          if (piece.type === "close") return await this.end(closeCodes.normal);
          if (piece.type === "ping") await this.#write(encodeWebSocketFrame("pong", piece.bytes));
          else if (piece.type !== "pong") yield piece as FromPage;
        }
      }
    } catch (error) {
      if (error instanceof WebSocketError) await this.end(error.closeCode);
      throw error;
    }
  }

  /** Tells the page something. Resolves when the system has taken it. */
  async tell(content: unknown): Promise<void> {
    await this.#write(encodeWebSocketText(JSON.stringify(content)));
  }

  /** Sends bytes of the session protocol. They are copied. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.#write(encodeWebSocketFrame("binary", bytes));
  }

  /** Says that it ends, once. Never rejects; does not wait for a page that does not read. */
  async end(code: number): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, closeTimeoutMs));
    await Promise.race([this.#write(encodeWebSocketClose(code)).catch(() => {}), late]);
    clearTimeout(timer);
  }

  #write(frame: Uint8Array): Promise<void> {
    const written = this.#written.then(() => this.#writeWhole(frame));
    this.#written = written.catch(() => {});
    return written;
  }

  async #writeWhole(frame: Uint8Array): Promise<void> {
    for (let at = 0; at < frame.length;) at += await this.#conn.write(frame.subarray(at));
  }
}
