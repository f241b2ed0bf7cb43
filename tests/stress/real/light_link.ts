/**
 * A native connection for loads: what it hears is believed. It answers nothing that it hears, so that the system carries many events in
 * one piece; a real client that has posted lately answers each piece.
 *
 * @module
 */
import { ChatError, isServerCode } from "../../../protocol/wire/errors.ts";
import { encodeMessage, FrameDecoder } from "../../../protocol/wire/frame.ts";
import { frameBytesMaxFromServer } from "../../../protocol/wire/limits.ts";
import type { ServerEvent } from "../../../protocol/wire/events.ts";
import type { ReplyOf, RequestInputOf, RequestType } from "../../../protocol/wire/requests.ts";

/** What a server says, as it came. */
type Heard =
  & { readonly place?: number }
  & (
    | {
      readonly reply: number;
      readonly error?: { readonly code: string; readonly message: string };
    }
    | { readonly event: ServerEvent["event"] }
  );

const decoder = new TextDecoder();

function lost(): ChatError {
  return new ChatError("disconnected", "The connection was lost.");
}

/** The connection. It ends once. */
export class LightLink {
  /** When something came last, by `performance.now()`. */
  heardMs: number = performance.now();
  /** How far the server has followed the log, by what it has said. */
  place = 0;
  /** Takes each event, with its content beside its name. */
  onEvent: (event: ServerEvent["event"], content: unknown) => void = () => {};
  /** Called once, when it has ended. */
  onClosed: () => void = () => {};
  #isClosed = false;
  readonly #conn: Deno.TlsConn;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 1;
  #queue: Uint8Array[] = [];
  #isWriting = false;

  /** @param conn The connection, its handshake done. */
  constructor(conn: Deno.TlsConn) {
    this.#conn = conn;
    this.#readAll();
  }

  /** Whether it has ended. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** See `Link.request`. What the reply holds is not checked. */
  async request<T extends RequestType>(type: T, content: RequestInputOf<T>): Promise<ReplyOf<T>> {
    if (this.#isClosed) throw lost();
    const id = this.#nextId++;
    const reply = Promise.withResolvers<unknown>();
    this.#waiting.set(id, reply);
    this.#send({ type, id, ...content });
    return await reply.promise as ReplyOf<T>;
  }

  /** Says how far everything was delivered. It has no reply. */
  sendRead(sequence: number): void {
    this.#send({ type: "read", sequence });
  }

  /** Ends it. What waits is rejected. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#conn.close();
    } catch {
      // The other end was quicker.
    }
    for (const { reject } of this.#waiting.values()) reject(lost());
    this.#waiting.clear();
    this.onClosed();
  }

  async #send(message: unknown): Promise<void> {
    this.#queue.push(encodeMessage(message));
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      for (let frame = this.#queue.shift(); frame !== undefined; frame = this.#queue.shift()) {
        for (let at = 0; at < frame.length;) at += await this.#conn.write(frame.subarray(at));
      }
    } catch {
      this.close();
    }
    this.#isWriting = false;
  }

  async #readAll(): Promise<void> {
    const frames = new FrameDecoder(frameBytesMaxFromServer);
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await this.#conn.read(buffer);
        if (count === null) break;
        this.heardMs = performance.now();
        for (const payload of frames.decode(buffer.subarray(0, count))) this.#take(payload);
      }
    } catch {
      // It is over in either case.
    }
    this.close();
  }

  #take(payload: Uint8Array): void {
    if (this.#isClosed) return;
    const heard: Heard = JSON.parse(decoder.decode(payload));
    this.place = Math.max(this.place, heard.place ?? 0);
    if ("event" in heard) return this.onEvent(heard.event, heard);
    const { reply, error } = heard;
    const waiting = this.#waiting.get(reply);
    this.#waiting.delete(reply);
    if (error === undefined) return waiting?.resolve(heard);
    const code = isServerCode(error.code) ? error.code : "forbidden";
    waiting?.reject(new ChatError(code, error.message, { fromServer: true, ...error }));
  }
}
