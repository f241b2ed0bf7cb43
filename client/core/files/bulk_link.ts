/**
 * A connection of its own for the bytes of one file, which a ticket opens. So nothing that is said waits behind a file.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { encodeMessage, FrameDecoder } from "../../../protocol/wire/frame.ts";
import {
  fileStallTimeoutMs,
  frameBytesMaxFromServer,
  requestTimeoutMs,
} from "../../../protocol/wire/limits.ts";
import { parseFromServer, parseReply } from "../../../protocol/wire/messages.ts";
import { ClientError } from "../link/client_error.ts";
import type { Transport } from "../link/transport.ts";

/** The id of the one request. */
const requestId = 1;
const readBufferBytes = 64 * 1024;

/** One connection for one file. */
export class BulkLink {
  readonly #transport: Transport;
  readonly #buffer = new Uint8Array(readBufferBytes);
  /** What came behind the frame that was read last. */
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #movedMs = performance.now();
  /** Runs only while something is awaited. */
  #limitMs: number = requestTimeoutMs;
  readonly #timer: ReturnType<typeof setInterval>;
  #error: ChatError | null = null;

  private constructor(transport: Transport) {
    this.#transport = transport;
    this.#timer = setInterval(() => this.#checkDeadline(), 1_000);
  }

  /**
   * Uses a ticket.
   *
   * @param transport A new connection to the server that has given it. It is closed where this fails.
   * @param ticket The ticket.
   * @param offset Where the bytes begin.
   * @throws {ChatError} What the server answered; `disconnected`, `timeout`.
   */
  static async open(
    transport: Transport,
    { ticket, offset }: { readonly ticket: string; readonly offset: number },
  ): Promise<{ link: BulkLink; bytes: number }> {
    const link = new BulkLink(transport);
    try {
      await link.write(encodeMessage({ type: "file_bytes", id: requestId, ticket, offset }));
      for (;;) {
        const message = parseFromServer(await link.#frame());
        if (message === null || !("reply" in message)) continue;
        if (message.error !== null) throw message.error;
        link.#limitMs = fileStallTimeoutMs;
        return { link, bytes: parseReply("file_bytes", message.content).bytes };
      }
    } catch (error) {
      link.close();
      throw error;
    }
  }

  /**
   * Sends bytes.
   *
   * @throws {ChatError} `disconnected`, `timeout`.
   */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#guarded(() => this.#transport.write(at === 0 ? bytes : bytes.subarray(at)));
    }
  }

  /**
   * Reads bytes until a buffer is full.
   *
   * @throws {ChatError} `disconnected` also where the server ends it before; `timeout`.
   */
  async readFull(buffer: Uint8Array<ArrayBuffer>): Promise<void> {
    let at = Math.min(this.#rest.length, buffer.length);
    buffer.set(this.#rest.subarray(0, at));
    this.#rest = this.#rest.subarray(at);
    while (at < buffer.length) at += await this.#read(at === 0 ? buffer : buffer.subarray(at));
  }

  /**
   * Waits until the server says that it has all.
   *
   * @throws {ChatError} What it says instead; `disconnected`, `timeout`.
   */
  async untilStored(): Promise<void> {
    for (;;) {
      const message = parseFromServer(await this.#frame());
      if (message === null || "reply" in message) continue;
      if (message.event === "file_stored") return;
      if (message.event !== "error") continue;
      const { code, message: text } = message.content;
      throw new ChatError(code === "storage_failed" ? code : "forbidden", text, {
        fromServer: true,
      });
    }
  }

  /** Ends it. Safe to call twice. */
  close(error: ChatError = new ClientError("disconnected", { kind: "connection_closed" })): void {
    if (this.#error !== null) return;
    this.#error = error;
    clearInterval(this.#timer);
    try {
      this.#transport.close();
    } catch {
      // The other end was quicker.
    }
  }

  /** The next frame. What comes behind it is kept. */
  async #frame(): Promise<Uint8Array> {
    const decoder = new FrameDecoder(frameBytesMaxFromServer);
    let chunk: Uint8Array<ArrayBuffer> = this.#rest;
    this.#rest = new Uint8Array(0);
    for (;;) {
      let at = 0;
      // Byte by byte, so that nothing behind the frame is taken for one: there is one or two of them in a connection.
      for (; at < chunk.length; at++) {
        for (const payload of decoder.decode(chunk.subarray(at, at + 1))) {
          this.#rest = chunk.slice(at + 1);
          return payload;
        }
      }
      chunk = this.#buffer.subarray(0, await this.#read(this.#buffer));
    }
  }

  async #read(buffer: Uint8Array<ArrayBuffer>): Promise<number> {
    const count = await this.#guarded(() => this.#transport.read(buffer));
    if (count === null) throw new ClientError("disconnected", { kind: "server_closed" });
    return count;
  }

  async #guarded<T>(move: () => Promise<T>): Promise<T> {
    if (this.#error !== null) throw this.#error;
    try {
      const moved = await move();
      this.#movedMs = performance.now();
      return moved;
    } catch (cause) {
      throw this.#error ?? new ClientError("disconnected", { kind: "connection_lost" }, { cause });
    }
  }

  #checkDeadline(): void {
    if (performance.now() - this.#movedMs <= this.#limitMs) return;
    this.close(new ClientError("timeout", { kind: "no_answer" }));
  }
}
