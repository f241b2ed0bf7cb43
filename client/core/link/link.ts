/**
 * One connection to a server: frames both ways, requests and their replies, signs of life.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { encodeMessage, FrameDecoder } from "../../../protocol/wire/frame.ts";
import { frameBytesMaxFromServer, requestTimeoutMs } from "../../../protocol/wire/limits.ts";
import type { ServerEvent } from "../../../protocol/wire/events.ts";
import {
  parseFromServer,
  parseReply,
  type ReplyEnvelope,
} from "../../../protocol/wire/messages.ts";
import type { ReplyOf, RequestInputOf, RequestType } from "../../../protocol/wire/requests.ts";
import { ClientError } from "./client_error.ts";
import type { Transport } from "./transport.ts";

/** What a link is made with. */
export interface LinkOptions {
  /** Takes each event, in order, with what it is counted as in `waitingBytes`. Must not throw. */
  readonly onEvent: (event: ServerEvent, bytes: number) => void;
  /** How much of what `onEvent` took is kept in memory until something else has happened; nothing where not given. */
  readonly waitingBytes?: () => number;
  /** Called after everything that one read brought was taken. */
  readonly onBatch?: () => void;
  /** Called once, when the link has ended. */
  readonly onClosed: (error: ChatError) => void;
  /** How long a reply may take. */
  readonly replyTimeoutMs?: number;
}

/** A request that waits for its reply. */
interface Waiting {
  readonly type: RequestType;
  readonly deadlineMs: number;
  resolve(content: never): void;
  reject(error: ChatError): void;
}

/** After this much silence from the server the link asks for a sign of life. The server's own probes come sooner. */
const silenceMs = 100_000;
/** How often deadlines are looked at. */
const checkIntervalMs = 1_000;
const readBufferBytes = 32 * 1024;
/** What an event takes in memory beside the bytes that it came in. */
const eventOverheadBytes = 256;
/** Above this much that waits nothing more is read, unless a reply is awaited: it may be behind the next events. */
const waitingBytesComfortable = 1024 * 1024;
/** Above this much the link ends. A server that answers sends far less before its reply, since it does not keep more for a reader. */
const waitingBytesMax = 16 * 1024 * 1024;
/** How often a link that does not read looks whether it can. */
const holdIntervalMs = 10;
/** How often in each interval in which a server promises to say something it is looked whether it did, and after how many looks in vain it is gone. */
const looksPerInterval = 4;
const looksInVainMax = 8;

/** One connection to a server. It ends once; a new one is made for a new connection. */
export class Link {
  readonly #transport: Transport;
  readonly #options: LinkOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #decoder = new FrameDecoder(frameBytesMaxFromServer);
  readonly #timer: ReturnType<typeof setInterval>;
  #nextId = 1;
  #heardMs = performance.now();
  #queue: Uint8Array[] = [];
  /** What the next write says of it: only the newest counts, however often the server asks. */
  #readSequence: number | null = null;
  #writing = false;
  #error: ChatError | null = null;
  #place = 0;
  #aliveTimer: ReturnType<typeof setInterval> | undefined;
  /** How often it was looked in vain for a sign of life. Counted, not timed: a program that was stopped itself has heard nothing, either. */
  #looksInVain = 0;

  /**
   * Starts to read.
   *
   * @param transport The connection, its handshake done.
   * @param options See {@linkcode LinkOptions}.
   */
  constructor(transport: Transport, options: LinkOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#timer = setInterval(() => this.#checkDeadlines(), checkIntervalMs);
    this.#readAll();
  }

  /** Whether it has ended. */
  get closed(): boolean {
    return this.#error !== null;
  }

  /** How far the server has followed the log of its cluster, by what has come over this link; 0 where it is alone. */
  get place(): number {
    return this.#place;
  }

  /**
   * The server says something at least so often: if it does not, twice in a row, the link ends.
   *
   * @param intervalMs How often.
   * @param hasElsewhere Whether there is anywhere else to go: where not, the link is waited for.
   */
  expectAlive(intervalMs: number, hasElsewhere: () => boolean): void {
    if (this.#error !== null) return;
    clearInterval(this.#aliveTimer);
    this.#aliveTimer = setInterval(() => {
      if (++this.#looksInVain <= looksInVainMax || !hasElsewhere()) return;
      this.close(new ClientError("timeout", { kind: "no_answer" }));
    }, intervalMs / looksPerInterval);
  }

  /**
   * Makes a request.
   *
   * @param type What is asked.
   * @param content What it holds.
   * @return What the reply holds.
   * @throws {ChatError} What the server answered; `disconnected` or `timeout` where it did not.
   */
  request<T extends RequestType>(type: T, content: RequestInputOf<T>): Promise<ReplyOf<T>> {
    if (this.#error !== null) return Promise.reject(this.#error);
    const id = this.#nextId++;
    const deadlineMs = performance.now() + (this.#options.replyTimeoutMs ?? requestTimeoutMs);
    const reply = new Promise<ReplyOf<T>>((resolve, reject) => {
      this.#waiting.set(id, { type, deadlineMs, resolve, reject });
    });
    this.#send(encodeMessage({ type, id, ...content }));
    return reply;
  }

  /** Says how far everything was delivered. It has no reply; its bytes carry the acknowledgement of what came. */
  sendRead(sequence: number): void {
    if (this.#error !== null) return;
    this.#readSequence = sequence;
    if (!this.#writing) this.#writeAll();
  }

  /** Ends the link. Everything that waits is rejected. */
  close(error: ChatError = new ClientError("disconnected", { kind: "connection_closed" })): void {
    if (this.#error !== null) return;
    this.#error = error;
    clearInterval(this.#timer);
    clearInterval(this.#aliveTimer);
    try {
      this.#transport.close();
    } catch {
      // The other end was quicker.
    }
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#options.onClosed(error);
  }

  #send(frame: Uint8Array): void {
    this.#queue.push(frame);
    if (!this.#writing) this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    // What is sent in one turn leaves in one write.
    await Promise.resolve();
    try {
      while (this.#error === null) {
        const frames = this.#takeQueue();
        if (frames.length === 0) break;
        const bytes = joined(frames);
        let written = 0;
        while (written < bytes.length) {
          written += await this.#transport.write(bytes.subarray(written));
        }
      }
    } catch (error) {
      this.close(lost(error));
    }
    this.#writing = false;
  }

  #takeQueue(): Uint8Array[] {
    const frames = this.#queue;
    this.#queue = [];
    if (this.#readSequence === null) return frames;
    const read = encodeMessage({ type: "read", sequence: this.#readSequence });
    this.#readSequence = null;
    // At first: after a sign-out nothing is heard.
    return [read, ...frames];
  }

  async #readAll(): Promise<void> {
    const buffer = new Uint8Array(readBufferBytes);
    try {
      for (;;) {
        const count = await this.#transport.read(buffer);
        if (count === null) {
          throw new ClientError("disconnected", { kind: "server_closed" });
        }
        this.#heardMs = performance.now();
        this.#looksInVain = 0;
        const isNews = this.#takeAll(buffer.subarray(0, count));
        if (isNews && !this.closed) this.#options.onBatch?.();
        await this.#untilRoom();
      }
    } catch (error) {
      this.close(error instanceof ChatError ? error : lost(error));
    }
  }

  async #untilRoom(): Promise<void> {
    for (;;) {
      const bytes = this.#options.waitingBytes?.() ?? 0;
      if (bytes > waitingBytesMax) {
        throw new ClientError("disconnected", { kind: "server_floods" });
      }
      if (bytes <= waitingBytesComfortable || this.#waiting.size > 0 || this.closed) return;
      this.#looksInVain = 0;
      await new Promise((resolve) => setTimeout(resolve, holdIntervalMs));
    }
  }

  /** Gives whether anything but signs of life came. */
  #takeAll(chunk: Uint8Array): boolean {
    let signs = 0;
    let payloads = 0;
    for (const payload of this.#decoder.decode(chunk)) {
      payloads++;
      if (this.#take(payload)) signs++;
    }
    return payloads === 0 || signs < payloads;
  }

  /** Gives whether it was a sign of life, of which nobody is told. */
  #take(payload: Uint8Array): boolean {
    const message = parseFromServer(payload);
    if (message === null) return false;
    this.#place = Math.max(this.#place, message.place ?? 0);
    if ("reply" in message) this.#settle(message);
    else if (message.event === "alive") return true;
    else this.#options.onEvent(message, payload.length + eventOverheadBytes);
    return false;
  }

  #settle(envelope: ReplyEnvelope): void {
    const waiting = this.#waiting.get(envelope.reply);
    if (waiting === undefined) return;
    this.#waiting.delete(envelope.reply);
    if (envelope.error !== null) return waiting.reject(envelope.error);
    try {
      waiting.resolve(parseReply(waiting.type, envelope.content) as never);
    } catch (error) {
      waiting.reject(error as ChatError);
    }
  }

  #checkDeadlines(): void {
    const nowMs = performance.now();
    for (const { deadlineMs } of this.#waiting.values()) {
      if (nowMs <= deadlineMs) continue;
      return this.close(new ClientError("timeout", { kind: "no_answer" }));
    }
    if (nowMs - this.#heardMs > silenceMs && this.#waiting.size === 0) {
      this.request("ping", {}).catch(() => {});
    }
  }
}

function lost(cause: unknown): ChatError {
  return new ClientError("disconnected", { kind: "connection_lost" }, { cause });
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
