/**
 * One classic connection: its fields in, its messages out. What the fields mean is in the states.
 *
 * @module
 */
import type { ChatError } from "../../../protocol/wire/errors.ts";
import { classicSignInTimeoutMs, classicTextGraceMs } from "../../../protocol/wire/limits.ts";
import type { Session } from "../../heart/session.ts";
import type { Socket } from "../connection/socket.ts";
import {
  type Lateness,
  WireConnection,
  type WireConnectionOptions,
} from "../connection/wire_connection.ts";
import { encodeClassicMessage, FieldDecoder, type MessageType } from "./fields.ts";
import { MessageSink } from "./message_sink.ts";
import { ReadAhead } from "./read_ahead.ts";
import type { ClassicClient, SignedIn, State } from "./state.ts";

/** What a connection needs of its surroundings. */
export interface ClassicConnectionOptions extends WireConnectionOptions {
  /** The first state. */
  readonly begin: (client: ClassicClient) => State;
  /** Called when the client has signed in. */
  readonly onSignedIn: (connection: ClassicConnection) => void;
}

/** A sign-in takes three; who is not signed in gets answers to a hundred at once, then to 25 a second. */
const fieldCostBeforeSignIn = 20;

/** A field; null where it is to be seen first whether it ends here. */
type MaybeField = Uint8Array<ArrayBuffer> | null;

/** One classic connection. */
export class ClassicConnection extends WireConnection<MaybeField> implements ClassicClient {
  readonly wire = "classic";
  /** Null until it is signed in. */
  member: SignedIn | null = null;
  readonly #socket: ReadAhead;
  readonly #options: ClassicConnectionOptions;
  readonly #decoder = new FieldDecoder();
  /** Null when nothing more is taken. */
  #state: State | null;
  /** Whether nothing has come after an undecided field: then it ends here. */
  #settled = false;
  /** What the field that is being answered costs beyond an ordinary one. */
  #extraCost = 0;
  /** Whether a field is being answered: then it is not the client who is slow. */
  #answering = false;

  /**
   * @param socket The socket, after `accept`.
   * @param options See {@linkcode ClassicConnectionOptions}.
   */
  constructor(socket: Socket, options: ClassicConnectionOptions) {
    const readAhead = new ReadAhead(socket);
    super(readAhead, options, new MessageSink(socket));
    this.#socket = readAhead;
    this.#options = options;
    this.#state = options.begin(this);
  }

  /** Null until it is signed in. */
  get session(): Session | null {
    return this.member?.session ?? null;
  }

  protected override get isPartial(): boolean {
    return this.#decoder.partial;
  }

  protected override get signInTimeoutMs(): number {
    return classicSignInTimeoutMs;
  }

  protected override get silenceTimeoutMs(): number {
    return this.#state?.silenceTimeoutMs ?? Infinity;
  }

  /** See {@linkcode ClassicClient.tell}. */
  tell(type: MessageType, body: string): void {
    this.outbox.push(encodeClassicMessage(type, body));
  }

  /** See {@linkcode ClassicClient.drained}. */
  async drained(): Promise<void> {
    await this.outbox.drained();
  }

  /** See {@linkcode WireConnection.finished}. */
  override async finished(): Promise<void> {
    await this.member?.sealed();
    await this.outbox.drained();
  }

  /** See {@linkcode ClassicClient.charge}. */
  charge(cost: number): void {
    this.#extraCost += cost;
  }

  /** See {@linkcode ClassicClient.signedIn}. */
  signedIn(member: SignedIn): void {
    this.member = member;
    this.#options.onSignedIn(this);
  }

  /** See `SessionConnection.endBecause`. This wire has no word for it: it is shown as something said to everyone. */
  endBecause(reason: string): void {
    this.tell("BM", reason);
    this.end();
  }

  protected override lateness(nowMs: number): Lateness | null {
    return this.#answering || this.#state === null ? null : super.lateness(nowMs);
  }

  protected override latenessText(late: Lateness): string {
    if (late === "unit") return "A field took too long to arrive.";
    if (late === "silence") return `Silent for too long while waiting for: ${this.#state?.name}.`;
    return "Signing in took too long.";
  }

  /** This wire has no word for it. */
  protected override tellLateness(): void {}

  protected override timeOut(late: Lateness): void {
    this.closeBecause(this.latenessText(late));
  }

  protected override misread(error: ChatError): void {
    this.closeBecause(error.message);
  }

  protected override *decode(chunk: Uint8Array): Generator<MaybeField> {
    this.#decoder.add(chunk);
    while (this.#state !== null) {
      const field = this.#decoder.next(this.#state.reads, { settled: this.#settled });
      this.#settled = false;
      if (field === null && !this.#decoder.undecided) return;
      yield field;
      if (field === null && !this.#settled) return;
    }
  }

  protected override async take(field: MaybeField): Promise<void> {
    if (this.#state === null) return;
    if (field === null) {
      this.#settled = !await this.#socket.hasMoreWithin(classicTextGraceMs);
      return;
    }
    this.#answering = true;
    this.#state = await this.#state.take(field);
    const cost = (this.member === null ? fieldCostBeforeSignIn : 1) + this.#extraCost;
    this.#extraCost = 0;
    const waitMs = this.passGate(cost);
    if (this.#state === null) this.stopReading();
    else if (waitMs > 0) await this.pause(waitMs);
    this.#answering = false;
    this.heard();
  }
}
