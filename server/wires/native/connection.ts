/**
 * One native connection: its frames in, its frames out, its deadlines. What requests mean is in commands.ts.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { FrameDecoder } from "../../../protocol/wire/frame.ts";
import {
  frameBytesMax,
  frameBytesMaxBeforeSignIn,
  frameTimeoutMs,
  handshakeTimeoutMs,
  idleProbeMs,
  idleTimeoutMs,
  requestsUnderWayMax,
  signInTimeoutMs,
  silenceBeforeSignInTimeoutMs,
} from "../../../protocol/wire/limits.ts";
import {
  parseRequest,
  type Request,
  RequestError,
  type RequestType,
} from "../../../protocol/wire/messages.ts";
import type { Logger } from "../../common/log.ts";
import { logConnectionEnd, logCut } from "../connection/connection_end.ts";
import { FloodGate } from "../connection/flood_gate.ts";
import { Outbox } from "../connection/outbox.ts";
import type { Socket } from "../connection/socket.ts";
import type { Session } from "../../heart/session.ts";
import type { Traffic } from "../connection/traffic.ts";
import type { Turn } from "../connection/turn.ts";
import type { SessionCarrier } from "../session_protocol/session_carrier.ts";
import type { SignIn } from "../session_protocol/sign_in_state.ts";
import { encodeError, encodeEvent } from "../session_protocol/encoding.ts";

/** What a connection needs of its surroundings. */
export interface NativeConnectionOptions {
  /** The peer's address, for logs and for slowing wrong passwords. */
  readonly address: string;
  readonly logger: Logger;
  readonly traffic: Traffic;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
  /** Answers a request; see `Commands.handle`. */
  readonly handle: (connection: NativeConnection, request: Request) => Promise<void> | void;
  /** The first frame that the peer gets. */
  readonly hello: () => Uint8Array;
  /** Called when it has signed in. */
  readonly onSignedIn: (connection: NativeConnection) => void;
}

/** Bytes that are read at once. A buffer is kept by each idle connection, so it is small: an answer to a probe. */
const idleReadBufferBytes = 256;
/** Bytes that are read at once from a peer that has sent more than that: some requests. */
const readBufferBytes = 2 * 1024;
/** Bytes that are read at once while a peer sends more than the middle buffer holds. */
const busyReadBufferBytes = 32 * 1024;
/** Bytes of replies that may wait before the next request is read: who asks and does not read is not to fill the memory. */
const unreadBytesMax = 512 * 1024;

/** Questions that one connection may ask: a client that catches up asks for one page after the other. */
const questions = { perSecond: 500, burst: 2_000 };
/** A sign-in takes five; who is not signed in gets answers to a hundred at once, then to 25 a second. */
const questionCostBeforeSignIn = 20;

/** Answers of up to a thousand names or rooms, which the thread of all connections puts together: each counts for so many. */
const listCost = 10;

/** A read position takes little, and a client that has just posted sends one after all that it reads at once: of a full room, thousands. */
const readPositionCost = 1 / 4;

/** What a question counts for once its peer is signed in; 1 where nothing is said here. */
const costs: Partial<Record<RequestType, number>> = {
  who: listCost,
  rooms: listCost,
  read: readPositionCost,
};

/** What honest clients seldom send: worth a line in the log. */
const oddCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "bad_message",
  "bad_name",
  "bad_text",
  "bad_proof",
  "unsupported",
  "not_signed_in",
  "signed_in_already",
]);

/** The same for everyone. */
const probe = encodeEvent("probe", {});

/** How many bytes to read next, after a read into a buffer of this size brought this many. */
function nextBufferBytes(bufferBytes: number, count: number): number {
  if (count <= idleReadBufferBytes && bufferBytes > idleReadBufferBytes) return idleReadBufferBytes;
  if (count < bufferBytes) return Math.min(bufferBytes, readBufferBytes);
  return bufferBytes < readBufferBytes ? readBufferBytes : busyReadBufferBytes;
}

/** One native connection. */
export class NativeConnection implements SessionCarrier {
  readonly wire = "native";
  readonly address: string;
  readonly outbox: Outbox;
  readonly logger: Logger;
  /** Null until it is signed in. */
  session: Session | null = null;
  /** The sign-in under way. */
  signIn: SignIn | null = null;
  readonly #socket: Socket;
  readonly #options: NativeConnectionOptions;
  readonly #gate: FloodGate;
  readonly #decoder = new FrameDecoder(frameBytesMaxBeforeSignIn);
  readonly #openedMs: number;
  #handshaken = false;
  #heardMs: number;
  #partialSinceMs: number | null = null;
  #probed = false;
  #underWay = 0;
  #resume: (() => void) | null = null;
  #closed = false;
  #oddityLogged = false;
  /** Set when reading is to end after what is answered has been sent. */
  #ending = false;

  /**
   * @param socket The socket, after `accept`, before its handshake.
   * @param options See {@linkcode NativeConnectionOptions}.
   */
  constructor(socket: Socket, options: NativeConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.address = options.address;
    this.logger = options.logger;
    this.#openedMs = this.#heardMs = options.nowMs();
    this.#gate = new FloodGate(questions, this.#openedMs);
    this.outbox = new Outbox(options.traffic.outboxes, socket, {
      nowMs: options.nowMs,
      onFailure: (reason) => {
        logCut(this.logger, reason, this.address);
        this.close();
      },
    });
  }

  /**
   * Runs the connection to its end. Never rejects.
   *
   * It waits here for what comes, and in no function of its own: each one that waits keeps 400 bytes for an idle connection.
   *
   * @param onEnd Called at the end. (A promise's `finally` would keep memory too.)
   */
  async run(onEnd: (connection: NativeConnection) => void = () => {}): Promise<void> {
    try {
      await this.#shakeHands();
      this.outbox.push(this.#options.hello());
      let buffer = new Uint8Array(idleReadBufferBytes);
      while (!this.#ending && !this.#closed) {
        const count = await this.#socket.read(buffer);
        if (count === null) break;
        await this.#hear(buffer.subarray(0, count));
        if (this.#turn.isOver()) await this.#turn.next();
        const wanted = nextBufferBytes(buffer.length, count);
        if (wanted !== buffer.length) buffer = new Uint8Array(wanted);
      }
      await this.outbox.drained();
    } catch (error) {
      this.#logEnd(error);
    }
    this.close();
    onEnd(this);
  }

  get #turn(): Turn {
    return this.#options.traffic.turn;
  }

  async #shakeHands(): Promise<void> {
    try {
      await this.#socket.handshake?.();
      this.#handshaken = true;
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

  /** Lifts the caps that hold before sign-in. */
  signedIn(session: Session): void {
    this.session = session;
    this.signIn = null;
    this.#decoder.payloadBytesMax = frameBytesMax;
    this.#options.onSignedIn(this);
  }

  /** Tells the peer of its error. */
  sendError(id: number, error: ChatError): void {
    // Only the first one of a connection is in plain view: nobody is to fill the log.
    const odd = oddCodes.has(error.code) && !this.#oddityLogged;
    if (odd) this.#oddityLogged = true;
    this.logger[odd ? "info" : "debug"]("Refused a request: {reason}", {
      reason: error.message,
      code: error.code,
      address: this.address,
    });
    this.outbox.push(encodeError(id, error));
  }

  /** Tells the peer something and waits until it was sent. There is no way yet to one whose handshake has not ended. */
  async sendLast(frame: Uint8Array): Promise<void> {
    if (!this.#handshaken) return;
    this.outbox.push(frame);
    await this.outbox.drained();
  }

  /** Reads nothing more; closes when what waits was sent. */
  end(): void {
    this.#ending = true;
    this.#resume?.();
  }

  /** See {@linkcode SessionConnection.silentMs}. */
  silentMs(): number {
    return this.#options.nowMs() - this.#heardMs;
  }

  /** See {@linkcode SessionConnection.endBecause}. It does not wait for the peer to say something more. */
  endBecause(reason: string): void {
    this.outbox.push(encodeEvent("closing", { reason, final: true }));
    this.end();
    void this.outbox.drained().then(() => this.close());
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
    try {
      this.#socket.close();
    } catch {
      // It was closed by the peer or by the runtime.
    }
  }

  /**
   * Enforces every deadline; to be called about once a second.
   *
   * @param nowMs What the clock says.
   */
  checkDeadlines(nowMs: number = this.#options.nowMs()): void {
    if (this.#closed) return;
    this.outbox.checkDeadline();
    const late = this.#lateness(nowMs);
    if (late !== null) return this.#timeOut(late);
    if (this.session !== null && !this.#probed && nowMs - this.#heardMs > idleProbeMs) {
      this.#probed = true;
      this.outbox.push(probe);
    }
  }

  #lateness(nowMs: number): string | null {
    if (!this.#handshaken) {
      return nowMs - this.#openedMs > handshakeTimeoutMs
        ? "The TLS handshake took too long."
        : null;
    }
    if (this.#partialSinceMs !== null && nowMs - this.#partialSinceMs > frameTimeoutMs) {
      return "A frame took too long to arrive.";
    }
    const silentMs = nowMs - this.#heardMs;
    if (this.session !== null) {
      return silentMs > idleTimeoutMs ? "You were silent for too long." : null;
    }
    if (silentMs > silenceBeforeSignInTimeoutMs) return "You were silent for too long.";
    return nowMs - this.#openedMs > signInTimeoutMs ? "Signing in took too long." : null;
  }

  #timeOut(message: string): void {
    this.logger.info(`Closed a connection: ${message}`, { address: this.address });
    if (this.#handshaken) {
      this.outbox.push(encodeError(0, new ChatError("timeout", message)));
    }
    // The peer may not read: one turn for the write to reach the kernel, then the end.
    setTimeout(() => this.close(), 0);
  }

  async #hear(chunk: Uint8Array): Promise<void> {
    this.#heardMs = this.#options.nowMs();
    this.#probed = false;
    await this.#take(chunk);
    this.#partialSinceMs = this.#decoder.partial
      ? this.#partialSinceMs ?? this.#options.nowMs()
      : null;
  }

  async #take(chunk: Uint8Array): Promise<void> {
    try {
      for (const payload of this.#decoder.decode(chunk)) {
        this.#partialSinceMs = null;
        if (this.#ending || this.#closed) continue;
        await this.#answer(payload);
        if (this.#turn.isOver()) await this.#turn.next();
      }
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      // The stream has lost its place: nothing after this can be read.
      this.logger.info("Closed a connection: {message}", {
        message: error.message,
        address: this.address,
      });
      this.outbox.push(encodeError(0, error));
      this.end();
    }
  }

  /** Answers one request. Where the handler gives a promise, the next request waits for it. */
  async #answer(payload: Uint8Array): Promise<void> {
    let id = 0;
    let type: RequestType | null = null;
    try {
      const request = parseRequest(payload);
      ({ id, type } = request);
      const waitMs = this.#waitMs(type);
      if (waitMs > 0) await delay(waitMs);
      const handled = this.#options.handle(this, request);
      if (handled !== undefined) await handled;
      if (this.#underWay >= requestsUnderWayMax) await this.#untilFewer();
      if (this.outbox.queuedBytes > unreadBytesMax) await this.outbox.drained();
    } catch (error) {
      if (error instanceof RequestError) await this.#refuse(error);
      else if (!(error instanceof ChatError)) throw error;
      // What is refused for its rate has taken nothing of it.
      else if (this.#hasOwnRate(type)) await this.#refuse({ id, error });
      else this.sendError(id, error);
    }
  }

  #hasOwnRate(type: RequestType | null): boolean {
    return this.session !== null && (type === "post" || type === "private");
  }

  /** Who asks without a pause is read slowly. What is posted has a rate of its own. */
  #waitMs(type: RequestType | null): number {
    return this.#hasOwnRate(type) ? 0 : this.#passGate(type);
  }

  /** @return How long to wait, in milliseconds. */
  #passGate(type: RequestType | null): number {
    const signedInCost = type === null ? 1 : costs[type] ?? 1;
    const cost = this.session === null ? questionCostBeforeSignIn : signedInCost;
    return this.#gate.take(cost, this.#options.nowMs());
  }

  /** What cannot be read, or comes faster than its rate, counts as a question. */
  async #refuse({ id, error }: { id: number; error: ChatError }): Promise<void> {
    this.sendError(id, error);
    const waitMs = this.#passGate(null);
    if (waitMs > 0) await delay(waitMs);
  }

  /**
   * Answers later, without keeping the next request waiting: for what waits for the disk but has taken its place in the
   * order already.
   */
  answerLater(id: number, reply: Promise<Uint8Array>): void {
    this.#underWay++;
    reply.then(
      (frame) => this.outbox.push(frame),
      (error: unknown) => {
        if (error instanceof ChatError) this.sendError(id, error);
        else this.#logEnd(error);
        if (!(error instanceof ChatError)) this.close();
      },
    ).finally(() => {
      this.#underWay--;
      this.#resume?.();
    });
  }

  async #untilFewer(): Promise<void> {
    while (this.#underWay >= requestsUnderWayMax && !this.#closed) {
      await new Promise<void>((resolve) => this.#resume = resolve);
    }
    this.#resume = null;
  }

  /** A peer that goes away is ordinary; anything else is our mistake and must be seen. */
  #logEnd(error: unknown): void {
    logConnectionEnd(this.logger, error, { address: this.address, closed: this.#closed });
  }
}
