/**
 * One connection of a browser: its requests, one after the other, until one of them makes it a WebSocket.
 *
 * @module
 */
import { HttpDecoder, HttpError, type HttpRequest } from "../../protocol/web/http_request.ts";
import { encodeAnswer, type HttpAnswer } from "../../protocol/web/http_response.ts";
import { acceptWebSocket } from "../../protocol/web/web_socket_upgrade.ts";
import { textAnswer } from "../../platform/web/closed_answers.ts";
import { BrowserSocket } from "./browser_socket.ts";

/** What is made of a request: an answer, or what is done with the WebSocket that it becomes. Ends when that does. */
export type BrowserReaction = HttpAnswer | ((socket: BrowserSocket) => Promise<void>);

/** What a connection needs of its surroundings. */
export interface BrowserConnectionOptions {
  /** Takes each request. */
  readonly react: (request: HttpRequest) => Promise<BrowserReaction> | BrowserReaction;
  /** How long a browser may take for a request, or between two of them, in milliseconds. */
  readonly requestTimeoutMs?: number;
}

/** Bytes of the longest body: what a machine remembers of an account's keys, in JSON. */
const bodyBytesMax = 256 * 1024;
const readBufferBytes = 32 * 1024;
const defaultRequestTimeoutMs = 30_000;

/** One connection of a browser. */
export class BrowserConnection {
  readonly #conn: Deno.Conn;
  readonly #options: BrowserConnectionOptions;
  readonly #decoder = new HttpDecoder(bodyBytesMax);
  #isWebSocket = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param conn The connection, which this one closes.
   * @param options See {@linkcode BrowserConnectionOptions}.
   */
  constructor(conn: Deno.Conn, options: BrowserConnectionOptions) {
    this.#conn = conn;
    this.#options = options;
  }

  /** Whether it has become a WebSocket. */
  get isWebSocket(): boolean {
    return this.#isWebSocket;
  }

  /** Runs to the end of the connection. Never rejects. */
  async run(): Promise<void> {
    try {
      await this.#readAll();
    } catch (error) {
      if (error instanceof HttpError) {
        const answer = textAnswer(error.status, error.message);
        await this.#write(encodeAnswer(answer, "close")).catch(() => {});
      }
    }
    this.close();
  }

  /** Ends it at once. Safe to call twice. */
  close(): void {
    this.#stopTimer();
    try {
      this.#conn.close();
    } catch {
      // The browser was quicker.
    }
  }

  async #readAll(): Promise<void> {
    const buffer = new Uint8Array(readBufferBytes);
    for (;;) {
      this.#startTimer();
      const count = await this.#conn.read(buffer);
      if (count === null) return;
      for (const request of this.#decoder.decode(buffer.subarray(0, count))) {
        this.#stopTimer();
        if (await this.#take(request)) return;
      }
    }
  }

  /** A request has its time from its beginning: bytes that trickle in do not give it more. */
  #startTimer(): void {
    if (this.#decoder.partial && this.#timer !== undefined) return;
    this.#stopTimer();
    const timeoutMs = this.#options.requestTimeoutMs ?? defaultRequestTimeoutMs;
    this.#timer = setTimeout(() => this.close(), timeoutMs);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Gives whether the connection has ended with it. */
  async #take(request: HttpRequest): Promise<boolean> {
    const reaction = await this.#options.react(request);
    if (typeof reaction === "function") {
      if (request.isFollowed) throw new HttpError(400, "Something came before the answer.");
      const accepted = await acceptWebSocket(request);
      this.#isWebSocket = true;
      await this.#write(accepted);
      await reaction(new BrowserSocket(this.#conn));
      return true;
    }
    const isLast = request.headers.get("connection")?.toLowerCase() === "close";
    await this.#write(encodeAnswer(reaction, isLast ? "close" : "keep-alive"));
    return isLast;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += await this.#conn.write(bytes.subarray(written));
    }
  }
}
