/**
 * What the core talks over where a browser opens no WebSocket, as iOS does where a certificate was not trusted by itself: one answer that
 * does not end brings everything down, and each request carries some bytes up.
 *
 * @module
 */
import * as v from "valibot";
import type { ServerConnection, Transport } from "../../core/link/transport.ts";

/** What is sent in one request at the most, in bytes: more is refused at the other end. */
const requestBytesMax = 64 * 1024;
/** Bytes of the line that comes first. */
const greetingBytesMax = 1_024;
const lineFeed = 10;

/** What a server says before the bytes of an answer that does not end: where bytes for it are posted. */
const greeting = v.object({ up: v.pipe(v.string(), v.regex(/^up\/[0-9a-f]{48}$/)) });

/**
 * Opens one to the server that has given out this page.
 *
 * @param signal Gives up.
 * @throws What the browser says where it cannot be opened.
 */
export async function openStream(signal: AbortSignal): Promise<ServerConnection> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    const address = new URL("stream", location.href);
    const { body, ok } = await fetch(address, { method: "POST", signal: controller.signal });
    if (!ok || body === null) throw new Error("The server has refused the stream.");
    const transport = new StreamTransport(body.getReader(), controller);
    await transport.greeted();
    return { transport, channelBinding: null };
  } catch (error) {
    controller.abort();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Bytes over an answer that does not end, and over requests. */
class StreamTransport implements Transport {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #controller: AbortController;
  #chunk = new Uint8Array(0);
  #up: URL | null = null;

  constructor(
    reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
    controller: AbortController,
  ) {
    this.#reader = reader;
    this.#controller = controller;
  }

  /** Resolves when the server has said where bytes are posted. */
  async greeted(): Promise<void> {
    while (!this.#chunk.includes(lineFeed)) {
      const { value, done } = await this.#reader.read();
      if (done || this.#chunk.length > greetingBytesMax) throw new Error("There is no greeting.");
      const joined = new Uint8Array(this.#chunk.length + value.length);
      joined.set(this.#chunk);
      joined.set(value, this.#chunk.length);
      this.#chunk = joined;
    }
    const end = this.#chunk.indexOf(lineFeed);
    const line = new TextDecoder().decode(this.#chunk.subarray(0, end));
    this.#up = new URL(v.parse(greeting, JSON.parse(line)).up, location.href);
    this.#chunk = this.#chunk.subarray(end + 1);
  }

  /** See {@linkcode Transport}. */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#chunk.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#chunk = value;
    }
    const part = this.#chunk.subarray(0, buffer.length);
    buffer.set(part);
    this.#chunk = this.#chunk.subarray(part.length);
    return part.length;
  }

  /** See {@linkcode Transport}. */
  async write(bytes: Uint8Array): Promise<number> {
    const body = bytes.slice(0, requestBytesMax);
    const { signal } = this.#controller;
    const { ok } = await fetch(this.#up!, { method: "POST", body, signal });
    if (!ok) throw new Error("The connection has ended.");
    return body.length;
  }

  /** See {@linkcode Transport}. */
  close(): void {
    this.#controller.abort();
  }
}
