/**
 * One connection, whatever its wire: reading, deadlines, what is under way, the end. A wire adds how bytes come apart into
 * units (frames, lines, fields), what a unit means, and how its peer is told something.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  fileStallBytesMin,
  fileStallTimeoutMs,
  frameTimeoutMs,
  handshakeTimeoutMs,
  idleProbeMs,
  idleTimeoutMs,
  signInTimeoutMs,
  silenceBeforeSignInTimeoutMs,
} from "../../../protocol/wire/limits.ts";
import type { Logger } from "../../common/log.ts";
import type { TokenBucket } from "../../common/token_bucket.ts";
import type { Session } from "../../heart/session.ts";
import { logConnectionEnd, logCut } from "./connection_end.ts";
import { Outbox, type OutboxFailure, type Sink } from "./outbox.ts";
import type { Socket } from "./socket.ts";
import type { Traffic } from "./traffic.ts";

/** What a connection needs of its surroundings. */
export interface WireConnectionOptions {
  /** The peer's address, for logs and for slowing wrong passwords. */
  readonly address: string;
  readonly logger: Logger;
  readonly traffic: Traffic;
  /** What it may ask before it is signed in. */
  readonly questions: TokenBucket;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
}

/** A connection that carries bare bytes. */
export type BarePipe = Pick<Socket, "read" | "write">;

/** The same, of a connection that was given over: it ends where nothing moves for too long. */
export interface GivenPipe extends BarePipe {
  /** That nothing moves is not the peer's doing now. */
  excuse(): void;
}

/** How much has moved over a connection that was given over, and how far that was when it was last looked at. */
interface Moved {
  bytes: number;
  seenBytes: number;
  seenMs: number;
}

/** Which deadline a peer has missed. */
export type Lateness = "handshake" | "unit" | "silence" | "sign_in";

/** Bytes that are read at once. A buffer is kept by each idle connection, so it is small: an answer to a probe. */
export const idleReadBufferBytes = 256;
/** Bytes that are read at once from a peer that has sent more than that: some requests. */
const readBufferBytes = 2 * 1024;
/** Bytes that are read at once while a peer sends more than the middle buffer holds. */
const busyReadBufferBytes = 32 * 1024;
/** Units that are taken before the clock is looked at: nearly all take some microseconds. */
const unitsUnlooked = 8;
/** Bytes of replies that may wait before the next unit is taken: who asks and does not read is not to fill the memory. */
const unreadBytesMax = 512 * 1024;

/** How many bytes to read next, after a read into a buffer of this size brought this many. */
function nextBufferBytes(bufferBytes: number, count: number): number {
  if (count <= idleReadBufferBytes && bufferBytes > idleReadBufferBytes) return idleReadBufferBytes;
  if (count < bufferBytes) return Math.min(bufferBytes, readBufferBytes);
  return bufferBytes < readBufferBytes ? readBufferBytes : busyReadBufferBytes;
}

/** One connection. A wire's own one extends it: a second object for each would cost memory. */
export abstract class WireConnection<Unit> {
  readonly address: string;
  readonly logger: Logger;
  readonly outbox: Outbox;
  /** See {@linkcode WireConnectionOptions}. */
  readonly questions: TokenBucket;
  /** Whether the peer may not have got all that was written. */
  protected lost = false;
  protected readonly nowMs: () => number;
  readonly #socket: Socket;
  readonly #traffic: Traffic;
  readonly #openedMs: number;
  #handshaken = false;
  #heardMs: number;
  #partialSinceMs: number | null = null;
  #probed = false;
  #underWay = 0;
  #resume: (() => void) | null = null;
  /** Ends a pause; there only during one. */
  #aborter: AbortController | null = null;
  /** There from when the connection was given over. */
  #moved: Moved | null = null;
  /** Set when reading is to end after what is answered has been sent. */
  #ending = false;
  #closed = false;

  /**
   * @param socket The socket, after `accept`, before its handshake.
   * @param options See {@linkcode WireConnectionOptions}.
   * @param sink Where the outbox writes, if not to the socket itself.
   */
  constructor(
    socket: Socket,
    { address, logger, traffic, questions, nowMs }: WireConnectionOptions,
    sink: Sink = socket,
  ) {
    this.#socket = socket;
    this.#traffic = traffic;
    this.address = address;
    this.logger = logger;
    this.questions = questions;
    this.nowMs = nowMs;
    this.#openedMs = this.#heardMs = nowMs();
    const onFailure = (reason: OutboxFailure) => this.cut(reason);
    this.outbox = new Outbox(traffic.outboxes, sink, { nowMs, onFailure });
  }

  /** Takes bytes apart. What is left of them waits for the next ones. Throws a `ChatError` where the stream has lost its place. */
  protected abstract decode(chunk: Uint8Array): Iterable<Unit>;
  /** Whether bytes wait for the rest of their unit. */
  protected abstract get isPartial(): boolean;
  /** Takes a unit. Where it gives a promise, the next unit waits for it. */
  protected abstract take(unit: Unit): Promise<void> | void;
  /** Null until it is signed in. */
  abstract get session(): Session | null;
  /** Why a connection that is late ends, in a sentence. */
  protected abstract latenessText(late: Lateness): string;
  /** Tells the peer the same. */
  protected abstract tellLateness(late: Lateness): void;

  /**
   * Tells the peer what comes first.
   *
   * @param _protocol What was agreed on in the handshake (ALPN, RFC 7301); null for nothing, as most programs do.
   */
  protected greet(_protocol: string | null): void {}
  /** Asks a silent peer to say something. */
  protected probe(): void {}
  /** Called when nothing more is read, before what waits was sent. */
  protected readingEnded(): void {}

  protected get isSignedIn(): boolean {
    return this.session !== null;
  }

  /** How long a unit may take from its first byte to its last. */
  protected get unitTimeoutMs(): number {
    return frameTimeoutMs;
  }

  protected get signInTimeoutMs(): number {
    return signInTimeoutMs;
  }

  protected get silenceTimeoutMs(): number {
    return this.isSignedIn ? idleTimeoutMs : silenceBeforeSignInTimeoutMs;
  }

  protected get probeMs(): number {
    return idleProbeMs;
  }

  /** Whether the handshake has ended: before, there is no way to the peer. */
  protected get isHandshaken(): boolean {
    return this.#handshaken;
  }

  /** How many answers are under way: see {@linkcode WireConnection.later}. */
  protected get underWay(): number {
    return this.#underWay;
  }

  /** Whether nothing can be told any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Runs the connection to its end. Never rejects.
   *
   * It waits here for what comes, and in no function of its own: each one that waits keeps 400 bytes for an idle connection.
   *
   * @param onEnd Called at the end. (A promise's `finally` would keep memory too.)
   */
  async run(onEnd: (connection: this) => void = () => {}): Promise<void> {
    try {
      this.greet(await this.#shakeHands());
      let buffer = new Uint8Array(idleReadBufferBytes);
      while (!this.#ending && !this.#closed) {
        const count = await this.#socket.read(buffer);
        if (count === null) break;
        await this.#hear(buffer.subarray(0, count));
        const wanted = nextBufferBytes(buffer.length, count);
        if (wanted !== buffer.length) buffer = this.#traffic.readBuffers.swap(buffer, wanted);
      }
    } catch (error) {
      if (error instanceof ChatError) this.misread(error);
      else this.failed(error);
    }
    this.readingEnded();
    if (!this.#closed) await this.finished();
    this.close();
    onEnd(this);
  }

  async #shakeHands(): Promise<string | null> {
    try {
      const info = await this.#socket.handshake?.();
      this.#handshaken = true;
      return info?.alpnProtocol ?? null;
    } catch (error) {
      if (error instanceof Deno.errors.InvalidData) {
        this.logger.info("Someone connected without TLS, or does not trust this server: {reason}", {
          reason: error.message,
          address: this.address,
        });
      }
      throw error;
    }
  }

  async #hear(chunk: Uint8Array): Promise<void> {
    this.heard();
    const { turn } = this.#traffic;
    let taken = 0;
    for (const unit of this.decode(chunk)) {
      this.#partialSinceMs = null;
      if (this.#ending || this.#closed) return;
      const waits = this.take(unit);
      if (waits !== undefined) await waits;
      if (this.outbox.queuedBytes > unreadBytesMax) await this.outbox.drained();
      if (++taken % unitsUnlooked === 0 && turn.isOver()) await turn.next();
    }
    if (turn.isOver()) await turn.next();
    this.#partialSinceMs = this.isPartial ? this.#partialSinceMs ?? this.nowMs() : null;
  }

  /** The peer is not silent. */
  protected heard(): void {
    this.#heardMs = this.nowMs();
    this.#probed = false;
  }

  /** See `SessionConnection.silentMs`. */
  silentMs(): number {
    return this.nowMs() - this.#heardMs;
  }

  /**
   * Counts what the peer asked for. A peer that sends without a pause loses nothing: it is read later.
   *
   * @param cost How many ordinary questions it counts for.
   * @return How long to wait before the next one is taken, in milliseconds; usually 0.
   */
  protected passGate(cost: number): number {
    const questions = this.session?.questions ?? this.questions;
    if (questions.isUnlimited) return 0;
    const nowMs = this.nowMs();
    questions.take(nowMs, cost);
    return questions.waitMs(nowMs, 0);
  }

  /** Resolves after some milliseconds, or at once when the connection ends. */
  async pause(ms: number): Promise<void> {
    if (this.#ending || this.#closed) return;
    this.#aborter = new AbortController();
    await delay(ms, { signal: this.#aborter.signal }).catch(() => {});
    this.#aborter = null;
  }

  /** Something waits for the disk and has taken its place in the order: the next unit need not wait for it. */
  protected later(work: Promise<unknown>): void {
    this.waitBegan();
    work.then(() => this.waitEnded(), (error: unknown) => {
      this.failed(error);
      this.waitEnded();
    });
  }

  /** The same for whoever has no promise of it: {@linkcode WireConnection.waitEnded} is called when it has ended. */
  waitBegan(): void {
    this.#underWay++;
  }

  /** See {@linkcode WireConnection.waitBegan}. */
  waitEnded(): void {
    this.#underWay--;
    this.#resume?.();
  }

  /** Resolves when fewer answers are under way than that. */
  protected async untilFewer(count: number): Promise<void> {
    while (this.#underWay >= count && !this.#closed) {
      await new Promise<void>((resolve) => this.#resume = resolve);
    }
    this.#resume = null;
  }

  /** Enforces every deadline; to be called about once a second. */
  checkDeadlines(nowMs: number = this.nowMs()): void {
    if (this.#closed) return;
    this.outbox.checkDeadline();
    const late = this.lateness(nowMs);
    if (late !== null) return this.timeOut(late);
    if (this.isSignedIn && !this.#probed && nowMs - this.#heardMs > this.probeMs) {
      this.#probed = true;
      this.probe();
    }
  }

  /** Whether it was given over: nothing else may be said to the peer then. */
  protected get isGivenOver(): boolean {
    return this.#moved !== null;
  }

  /**
   * Gives the connection over to somebody who reads and writes bare bytes. To be called by whoever takes a unit; the peer sends nothing
   * behind that unit before it is answered. The connection ends with it.
   *
   * @param use Uses it. What it throws is thrown here.
   */
  protected async giveOverTo(use: (pipe: GivenPipe) => Promise<void>): Promise<void> {
    await this.outbox.drained();
    const moved = this.#moved = { bytes: 0, seenBytes: 0, seenMs: this.nowMs() };
    const pipe = this.barePipe;
    try {
      await use({
        read: async (buffer) => {
          const count = await pipe.read(buffer);
          moved.bytes += count ?? 0;
          return count;
        },
        write: async (bytes) => {
          const count = await pipe.write(bytes);
          moved.bytes += count;
          return count;
        },
        excuse: () => {
          moved.seenBytes = moved.bytes;
          moved.seenMs = this.nowMs();
        },
      });
    } finally {
      this.stopReading();
    }
  }

  /** What carries the bytes of a connection that is given over. */
  protected get barePipe(): BarePipe {
    return this.#socket;
  }

  #isStalled(moved: Moved, nowMs: number): boolean {
    if (nowMs - moved.seenMs <= fileStallTimeoutMs) return false;
    const bytes = moved.bytes - moved.seenBytes;
    moved.seenBytes = moved.bytes;
    moved.seenMs = nowMs;
    return bytes < fileStallBytesMin;
  }

  /** Which deadline the peer has missed; null for none. */
  protected lateness(nowMs: number): Lateness | null {
    if (this.#moved !== null) return this.#isStalled(this.#moved, nowMs) ? "silence" : null;
    if (!this.#handshaken) return nowMs - this.#openedMs > handshakeTimeoutMs ? "handshake" : null;
    const isStuck = this.#partialSinceMs !== null &&
      nowMs - this.#partialSinceMs > this.unitTimeoutMs;
    if (isStuck) return "unit";
    if (nowMs - this.#heardMs > this.silenceTimeoutMs) return "silence";
    return !this.isSignedIn && nowMs - this.#openedMs > this.signInTimeoutMs ? "sign_in" : null;
  }

  protected timeOut(late: Lateness): void {
    const { address } = this;
    this.logger.info(`Closed a connection: ${this.latenessText(late)}`, { address });
    this.#ending = true;
    this.lost = true;
    if (this.#handshaken && this.#moved === null) this.tellLateness(late);
    // The peer may not read: one turn for the write to reach the kernel, then the end.
    setTimeout(() => this.close(), 0);
  }

  /** Takes nothing more. */
  protected stopReading(): void {
    this.#ending = true;
    this.#resume?.();
    this.#aborter?.abort();
  }

  /** Resolves when everything that the peer was to be told has been sent. Never rejects. */
  finished(): Promise<void> {
    return this.outbox.drained();
  }

  /** Takes nothing more; closes when what waits was sent, without waiting for the peer to say something more. */
  end(): void {
    this.stopReading();
    void this.finished().then(() => this.close());
  }

  /** The peer has sent what cannot be read. */
  protected misread(error: ChatError): void {
    this.failed(error);
  }

  /** Closes at once because what is sent does not arrive. */
  cut(reason: OutboxFailure): void {
    if (this.#closed) return;
    logCut(this.logger, reason, this.address);
    this.lost = true;
    this.close();
  }

  /** Closes at once because of what the peer did, or did not do: see the text, which is a sentence. */
  protected closeBecause(text: string): void {
    if (this.#closed) return;
    this.logger.info("Closed a connection: {reason}", { reason: text, address: this.address });
    this.close();
  }

  /** Closes at once because of an error, which is our mistake unless the peer has gone. */
  failed(error: unknown): void {
    const { address } = this;
    logConnectionEnd(this.logger, error, { address, closed: this.#closed });
    if (!this.#closed) this.lost = true;
    this.close();
  }

  /**
   * Closes at once. Safe to call twice.
   *
   * Deno 2.9 closes the socket of a `TlsConn` only after it has sent what it holds and an end of TLS: that of a peer who
   * never ends its handshake, or never reads, stays with the kernel until that peer goes. Nothing else of it stays.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.outbox.close();
    this.#resume?.();
    this.#aborter?.abort();
    try {
      this.#socket.close();
    } catch {
      // It was closed by the peer or by the runtime.
    }
  }
}
