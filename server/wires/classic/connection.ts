/**
 * One classic connection: its fields in, its messages out, its deadlines. What the fields mean is in the states.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  classicSignInTimeoutMs,
  classicTextGraceMs,
  frameTimeoutMs,
} from "../../../protocol/wire/limits.ts";
import type { Logger } from "../../common/log.ts";
import { logConnectionEnd, logCut } from "../connection/connection_end.ts";
import { FloodGate } from "../connection/flood_gate.ts";
import { Outbox, type OutboxFailure } from "../connection/outbox.ts";
import type { Socket } from "../connection/socket.ts";
import type { Traffic } from "../connection/traffic.ts";
import type { Turn } from "../connection/turn.ts";
import { encodeClassicMessage, FieldDecoder, type MessageType } from "./fields.ts";
import { MessageSink } from "./message_sink.ts";
import type { ClassicClient, SignedIn, State } from "./state.ts";

/** What a connection needs of its surroundings. */
export interface ClassicConnectionOptions {
  /** The peer's address, for logs and for slowing wrong passwords. */
  readonly address: string;
  readonly logger: Logger;
  readonly traffic: Traffic;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
  /** The first state. */
  readonly begin: (client: ClassicClient) => State;
  /** Called when the client has signed in. */
  readonly onSignedIn: (connection: ClassicConnection) => void;
}

/** Bytes that are read at once. A buffer is kept by each idle connection, so it is small. */
const readBufferBytes = 2 * 1024;

/** What one connection may ask for. A post takes two fields, and has a rate of its own besides. */
const fields = { perSecond: 500, burst: 2_000 };
/** A sign-in takes three; who is not signed in gets answers to a hundred at once, then to 25 a second. */
const fieldCostBeforeSignIn = 20;

/** One classic connection. */
export class ClassicConnection implements ClassicClient {
  readonly wire = "classic";
  readonly address: string;
  readonly logger: Logger;
  /** Null until it is signed in. */
  member: SignedIn | null = null;
  readonly #socket: Socket;
  readonly #options: ClassicConnectionOptions;
  readonly #outbox: Outbox;
  readonly #decoder = new FieldDecoder();
  readonly #buffer = new Uint8Array(readBufferBytes);
  readonly #openedMs: number;
  #state: State | null;
  /** The read that is under way. */
  #reading: Promise<number | null> | null = null;
  readonly #gate: FloodGate;
  /** What the field that is being answered costs beyond an ordinary one. */
  #extraCost = 0;
  /** Whether a field is being answered: then it is not the client who is slow. */
  #answering = false;
  #heardMs: number;
  #partialSinceMs: number | null = null;
  /** Set when nothing more is taken. */
  #ending = false;
  /** Aborts what waits when the connection is closed. */
  readonly #closing = new AbortController();

  /**
   * @param socket The socket, after `accept`.
   * @param options See {@linkcode ClassicConnectionOptions}.
   */
  constructor(socket: Socket, options: ClassicConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.address = options.address;
    this.logger = options.logger;
    this.#openedMs = this.#heardMs = options.nowMs();
    this.#gate = new FloodGate(fields, this.#openedMs);
    const onFailure = (reason: OutboxFailure) => this.cut(reason);
    this.#outbox = new Outbox(options.traffic.outboxes, new MessageSink(socket), {
      nowMs: options.nowMs,
      onFailure,
    });
    this.#state = options.begin(this);
  }

  /**
   * Runs the connection to its end. Never rejects.
   *
   * @param onEnd Called at the end.
   */
  async run(onEnd: (connection: ClassicConnection) => void): Promise<void> {
    try {
      await this.#takeAll();
      await this.finished();
    } catch (error) {
      this.#logEnd(error);
    }
    this.close();
    onEnd(this);
  }

  /** See {@linkcode ClassicClient.closed}. */
  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** See {@linkcode ClassicClient.tell}. */
  tell(type: MessageType, body: string): void {
    this.#outbox.push(encodeClassicMessage(type, body));
  }

  /** See {@linkcode ClassicClient.drained}. */
  async drained(): Promise<void> {
    await this.#outbox.drained();
  }

  /** Resolves when everything that the client was to be told has been sent. */
  async finished(): Promise<void> {
    await this.member?.sealed();
    await this.#outbox.drained();
  }

  /** See {@linkcode ClassicClient.charge}. */
  charge(cost: number): void {
    this.#extraCost += cost;
  }

  /** See {@linkcode ClassicClient.pause}. */
  async pause(ms: number): Promise<void> {
    await delay(ms, { signal: this.#closing.signal }).catch(() => {});
  }

  /** See {@linkcode ClassicClient.signedIn}. */
  signedIn(member: SignedIn): void {
    this.member = member;
    this.#options.onSignedIn(this);
  }

  /** See {@linkcode ClassicClient.silentMs}. */
  silentMs(): number {
    return this.#options.nowMs() - this.#heardMs;
  }

  /** See {@linkcode ClassicClient.endBecause}. This wire has no word for it: it is shown as something said to everyone. */
  endBecause(reason: string): void {
    this.#ending = true;
    this.tell("BM", reason);
    void this.#outbox.drained().then(() => this.close());
  }

  /** See {@linkcode ClassicClient.cut}. */
  cut(reason: OutboxFailure): void {
    if (this.closed) return;
    logCut(this.logger, reason, this.address);
    this.close();
  }

  #closeBecause(reason: string): void {
    if (this.closed) return;
    this.logger.info("Closed a connection: {reason}", { reason, address: this.address });
    this.close();
  }

  /** See {@linkcode ClassicClient.failed}. */
  failed(error: unknown): void {
    this.#logEnd(error);
    this.close();
  }

  get #turn(): Turn {
    return this.#options.traffic.turn;
  }

  /** Closes at once. Safe to call twice. */
  close(): void {
    if (this.closed) return;
    this.#closing.abort();
    this.#outbox.close();
    try {
      this.#socket.close();
    } catch {
      // It was closed by the peer or by the runtime.
    }
  }

  /** Enforces every deadline; to be called about once a second. */
  checkDeadlines(): void {
    if (this.closed) return;
    this.#outbox.checkDeadline();
    const late = this.#lateness(this.#options.nowMs());
    if (late !== null) this.#closeBecause(late);
  }

  #lateness(nowMs: number): string | null {
    if (this.#answering || this.#state === null) return null;
    if (this.#partialSinceMs !== null && nowMs - this.#partialSinceMs > frameTimeoutMs) {
      return "A field took too long to arrive.";
    }
    const { name, silenceTimeoutMs } = this.#state;
    if (nowMs - this.#heardMs > silenceTimeoutMs) {
      return `Silent for too long while waiting for: ${name}.`;
    }
    const isNewcomer = this.member === null;
    return isNewcomer && nowMs - this.#openedMs > classicSignInTimeoutMs
      ? "Signing in took too long."
      : null;
  }

  /** Takes fields until the client has gone or a state ends the connection. */
  async #takeAll(): Promise<void> {
    let settled = false;
    while (this.#state !== null && !this.#ending && !this.closed) {
      const field = this.#decoder.next(this.#state.reads, { settled });
      if (field !== null) {
        settled = false;
        await this.#take(this.#state, field);
        if (this.#turn.isOver()) await this.#turn.next();
        continue;
      }
      this.#partialSinceMs = this.#decoder.partial
        ? this.#partialSinceMs ?? this.#options.nowMs()
        : null;
      settled = this.#decoder.undecided && !await this.#moreComesSoon();
      if (!settled && !await this.#read()) return;
    }
  }

  async #take(state: State, field: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#partialSinceMs = null;
    this.#answering = true;
    this.#state = await state.take(field);
    const cost = (this.member === null ? fieldCostBeforeSignIn : 1) + this.#extraCost;
    this.#extraCost = 0;
    const waitMs = this.#gate.take(cost, this.#options.nowMs());
    if (waitMs > 0 && this.#state !== null) await this.pause(waitMs);
    this.#answering = false;
    this.#heardMs = this.#options.nowMs();
  }

  /** Gives false where the client has gone. */
  async #read(): Promise<boolean> {
    const count = await this.#beginRead();
    this.#reading = null;
    if (count === null) return false;
    this.#heardMs = this.#options.nowMs();
    this.#decoder.add(this.#buffer.subarray(0, count));
    return true;
  }

  #beginRead(): Promise<number | null> {
    if (this.#reading === null) {
      this.#reading = this.#socket.read(this.#buffer);
      // Nobody may wait for it when the connection is closed.
      this.#reading.catch(() => {});
    }
    return this.#reading;
  }

  async #moreComesSoon(): Promise<boolean> {
    const aborter = new AbortController();
    const signal = AbortSignal.any([aborter.signal, this.#closing.signal]);
    const grace = delay(classicTextGraceMs, { signal }).then(() => false, () => false);
    const more = await Promise.race([this.#beginRead().then(() => true), grace]);
    aborter.abort();
    return more;
  }

  /** A peer that goes away or sends nonsense is ordinary; anything else is our mistake and must be seen. */
  #logEnd(error: unknown): void {
    if (error instanceof ChatError) return this.#closeBecause(error.message);
    logConnectionEnd(this.logger, error, { address: this.address, closed: this.closed });
  }
}
