/**
 * One connection that carries the session protocol, whatever is below it: its frames in, its frames out. What requests mean is in
 * commands.ts.
 *
 * @module
 */
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { requestsUnderWayMax } from "../../../protocol/wire/limits.ts";
import { parseRequest, RequestError } from "../../../protocol/wire/request_payload.ts";
import type { Request, RequestType } from "../../../protocol/wire/requests.ts";
import type { Sink } from "../connection/outbox.ts";
import type { Socket } from "../connection/socket.ts";
import {
  type GivenPipe,
  type Lateness,
  WireConnection,
  type WireConnectionOptions,
} from "../connection/wire_connection.ts";
import type { Session, SessionConnection } from "../../heart/session.ts";
import type { SessionCarrier } from "./session_carrier.ts";
import type { PasswordProof } from "../../accounts/sign_in.ts";
import { encodeError, encodeEvent } from "./encoding.ts";

/** What a connection needs of its surroundings. */
export interface ProtocolConnectionOptions extends WireConnectionOptions {
  /** Answers a request; see `Commands.handle`. */
  readonly handle: (connection: ProtocolConnection, request: Request) => Promise<void> | void;
  /** The first frame that the peer gets. */
  readonly hello: () => Uint8Array;
  /** Called when it has signed in. */
  readonly onSignedIn: (connection: ProtocolConnection) => void;
}

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

const latenessTexts: Readonly<Record<Lateness, string>> = {
  handshake: "The TLS handshake took too long.",
  unit: "A frame took too long to arrive.",
  silence: "You were silent for too long.",
  sign_in: "Signing in took too long.",
};

/** One connection of the session protocol. A wire's own one says how frames come and go. */
export abstract class ProtocolConnection<Unit = unknown> extends WireConnection<Unit>
  implements SessionCarrier {
  /** See {@linkcode SessionCarrier.bindings}. */
  abstract readonly bindings: SessionCarrier["bindings"];
  /** See {@linkcode SessionCarrier.isPage}. */
  abstract readonly isPage: boolean;
  abstract readonly wire: SessionConnection["wire"];
  /** Null until it is signed in. */
  session: Session | null = null;
  /** See {@linkcode SessionCarrier.proof}. */
  proof: PasswordProof | null = null;
  readonly #options: ProtocolConnectionOptions;
  #oddityLogged = false;

  /**
   * @param socket The socket, after `accept`, before its handshake.
   * @param options See {@linkcode ProtocolConnectionOptions}.
   * @param sink Where the outbox writes, if not to the socket itself.
   */
  constructor(socket: Socket, options: ProtocolConnectionOptions, sink?: Sink) {
    super(socket, options, sink);
    this.#options = options;
  }

  /** Tells the peer what comes first in this protocol. */
  protected sayHello(): void {
    this.outbox.push(this.#options.hello());
  }

  protected override probe(): void {
    this.outbox.push(probe);
  }

  protected override latenessText(late: Lateness): string {
    return latenessTexts[late];
  }

  protected override tellLateness(late: Lateness): void {
    this.outbox.push(encodeError(0, new ChatError("timeout", latenessTexts[late])));
  }

  /** Lifts the caps that hold before sign-in. */
  signedIn(session: Session): void {
    this.session = session;
    this.proof = null;
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
    if (!this.isHandshaken || this.isGivenOver) return;
    this.outbox.push(frame);
    await this.outbox.drained();
  }

  /** See `SessionConnection.endBecause`. */
  endBecause(reason: string): void {
    this.outbox.push(encodeEvent("closing", { reason, final: true }));
    this.end();
  }

  /** The stream has lost its place: nothing after this can be read. */
  protected override misread(error: ChatError): void {
    this.logMisread(error);
    this.outbox.push(encodeError(0, error));
  }

  /** Says in the log that a stream has lost its place. */
  protected logMisread(error: ChatError): void {
    this.logger.info("Closed a connection: {reason}", {
      reason: error.message,
      address: this.address,
    });
  }

  /** Answers the request in one frame. */
  protected async answer(payload: Uint8Array): Promise<void> {
    let id = 0;
    let type: RequestType | null = null;
    try {
      const request = parseRequest(payload);
      ({ id, type } = request);
      const waitMs = this.#waitMs(type);
      if (waitMs > 0) await this.pause(waitMs);
      const handled = this.#options.handle(this, request);
      if (handled !== undefined) await handled;
      if (this.underWay >= requestsUnderWayMax) await this.untilFewer(requestsUnderWayMax);
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
    return this.#hasOwnRate(type) ? 0 : this.passGate(this.#costOf(type));
  }

  #costOf(type: RequestType | null): number {
    if (this.session === null) return questionCostBeforeSignIn;
    return type === null ? 1 : costs[type] ?? 1;
  }

  /** What cannot be read, or comes faster than its rate, counts as a question. */
  async #refuse({ id, error }: { id: number; error: ChatError }): Promise<void> {
    this.sendError(id, error);
    const waitMs = this.passGate(this.#costOf(null));
    if (waitMs > 0) await this.pause(waitMs);
  }

  /** See {@linkcode SessionCarrier.giveOver}. */
  giveOver(use: (pipe: GivenPipe) => Promise<void>): Promise<void> {
    this.#options.onSignedIn(this);
    return this.giveOverTo(use);
  }

  /** See {@linkcode SessionCarrier.answerLater}. */
  answerLater(id: number, reply: Promise<Uint8Array>): void {
    this.later(reply.then(
      (frame) => this.outbox.push(frame),
      (error: unknown) => {
        if (!(error instanceof ChatError)) throw error;
        this.sendError(id, error);
      },
    ));
  }
}
