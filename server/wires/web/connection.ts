/**
 * One connection of a browser: a request for a file of the page, or the WebSocket over which the page speaks the session protocol.
 *
 * @module
 */
import { encodeHex } from "@std/encoding/hex";
import { HttpDecoder, HttpError, type HttpRequest } from "../../../protocol/web/http_request.ts";
import { encodeAnswer, encodeHead, type HttpAnswer } from "../../../protocol/web/http_response.ts";
import {
  closeCodes,
  encodeWebSocketClose,
  encodeWebSocketFrame,
  encodeWebSocketText,
  webSocketBytesMax,
  WebSocketDecoder,
  WebSocketError,
} from "../../../protocol/web/web_socket_frames.ts";
import { acceptWebSocket } from "../../../protocol/web/web_socket_upgrade.ts";
import { closedHeaders, textAnswer } from "../../../platform/web/closed_answers.ts";
import type { ChatError } from "../../../protocol/wire/errors.ts";
import { FrameDecoder } from "../../../protocol/wire/frame.ts";
import { frameBytesMax, frameBytesMaxBeforeSignIn } from "../../../protocol/wire/limits.ts";
import type { Session } from "../../heart/session.ts";
import type { Socket } from "../connection/socket.ts";
import { assert } from "../../common/assert.ts";
import type { BarePipe, Lateness } from "../connection/wire_connection.ts";
import {
  ProtocolConnection,
  type ProtocolConnectionOptions,
} from "../session_protocol/protocol_connection.ts";
import { PostedSocket } from "./posted_socket.ts";
import { WebPipe } from "./web_pipe.ts";
import { WebSink } from "./web_sink.ts";

/**
 * What is made of a request: the bytes of an answer, after which the connection ends; the WebSocket that it asks for; an answer that does
 * not end; or bytes for the connection that has such an answer.
 */
export type WebReaction =
  | Uint8Array
  | "web_socket"
  | "stream"
  | { readonly post: (bytes: Uint8Array) => Promise<boolean> };

/** What comes from a browser. */
type WebUnit =
  | { readonly type: "request"; readonly request: HttpRequest }
  | { readonly type: "frame" | "ping" | "pong" | "close"; readonly bytes: Uint8Array };

/** What a connection needs of its surroundings. */
export interface WebConnectionOptions extends ProtocolConnectionOptions {
  /** Takes a request. */
  readonly react: (request: HttpRequest) => WebReaction;
  /** The connections with an answer that does not end, by the names that only their browsers know. */
  readonly streams: Map<string, PostedSocket>;
}

/** Bytes of the name of a stream: nobody guesses it. */
const streamNameBytes = 24;
const noStream = "There is nothing that takes this, or it has too much to take.";
const streamHead = encodeHead(200, [
  ...Object.entries(closedHeaders),
  ["content-type", "application/octet-stream"],
  ["transfer-encoding", "chunked"],
  ["connection", "close"],
]);

/** A request costs as much as a question before sign-in. */
const requestCost = 20;

/** A page cannot see the certificate: nothing to bind a proof to. */
const connected = encodeWebSocketText(JSON.stringify({ type: "connected", channelBinding: null }));

/** One connection of a browser. */
export class WebConnection extends ProtocolConnection<WebUnit> {
  readonly wire = "web";
  readonly bindings = "none";
  readonly isPage = true;
  readonly #react: WebConnectionOptions["react"];
  readonly #sink: WebSink;
  readonly #bare: PostedSocket;
  readonly #streams: WebConnectionOptions["streams"];
  readonly #requests = new HttpDecoder(webSocketBytesMax);
  readonly #frames = new FrameDecoder(frameBytesMaxBeforeSignIn);
  /** Null until a request has asked for one. */
  #webSocket: WebSocketDecoder | null = null;
  /** The name under which bytes are posted to it; null where none are. */
  #streamName: string | null = null;

  /**
   * @param socket The socket, after `accept`, before its handshake.
   * @param options See {@linkcode WebConnectionOptions}.
   */
  constructor(socket: Socket, options: WebConnectionOptions) {
    const bare = new PostedSocket(socket);
    const sink = new WebSink(bare);
    super(bare, options, sink);
    this.#sink = sink;
    this.#bare = bare;
    this.#streams = options.streams;
    this.#react = options.react;
  }

  /** Lifts the caps that hold before sign-in. */
  override signedIn(session: Session): void {
    super.signedIn(session);
    this.#frames.payloadBytesMax = frameBytesMax;
  }

  protected override get isPartial(): boolean {
    if (!this.#isOpen) return this.#requests.partial;
    return this.#webSocket?.partial === true || this.#frames.partial;
  }

  /** Whether the session protocol has begun on it. */
  get #isOpen(): boolean {
    return this.#webSocket !== null || this.#streamName !== null;
  }

  protected override *decode(chunk: Uint8Array): Generator<WebUnit, void, void> {
    if (this.#streamName !== null) {
      for (const bytes of this.#frames.decode(chunk)) yield { type: "frame", bytes };
      return;
    }
    if (this.#webSocket === null) {
      for (const request of this.#requests.decode(chunk)) yield { type: "request", request };
      return;
    }
    for (const piece of this.#webSocket.decode(chunk)) {
      if (piece.type === "binary") {
        for (const bytes of this.#frames.decode(piece.bytes)) yield { type: "frame", bytes };
      } else if (piece.type === "text") {
        // Only a program on the page's own machine has asked it something.
        throw new WebSocketError(closeCodes.forbidden, "A page says nothing in text here.");
      } else yield { type: piece.type, bytes: piece.bytes };
    }
  }

  protected override take(unit: WebUnit): Promise<void> {
    if (unit.type === "request") return this.#takeRequest(unit.request);
    if (unit.type === "frame") return this.answer(unit.bytes);
    return unit.type === "close" ? this.#endPolitely() : this.#heed(unit);
  }

  protected override get barePipe(): BarePipe {
    const [bare, sink] = [this.#bare, this.#sink];
    if (this.#streamName !== null) {
      return { read: (buffer) => bare.read(buffer), write: (bytes) => sink.write(bytes) };
    }
    assert(this.#webSocket !== null, "only what carries the session protocol is given over");
    return new WebPipe(this.#bare, this.#sink, this.#webSocket);
  }

  async #takeRequest(request: HttpRequest): Promise<void> {
    const waitMs = this.passGate(requestCost);
    if (waitMs > 0) await this.pause(waitMs);
    const reaction = this.#react(request);
    if (reaction === "web_socket") return await this.#becomeWebSocket(request);
    if (reaction === "stream") return await this.#becomeStream(request);
    if (reaction instanceof Uint8Array) this.outbox.push(reaction);
    else {
      const isTaken = await reaction.post(request.body);
      this.outbox.push(lastAnswer(textAnswer(isTaken ? 200 : 404, isTaken ? "" : noStream)));
    }
    this.end();
  }

  async #becomeStream(request: HttpRequest): Promise<void> {
    if (request.isFollowed) throw new HttpError(400, "Something came before the answer.");
    const name = encodeHex(crypto.getRandomValues(new Uint8Array(streamNameBytes)));
    await this.#sink.writeWhole(streamHead);
    this.#sink.become("chunks");
    this.#bare.feed();
    this.#streamName = name;
    this.#streams.set(name, this.#bare);
    const told = { type: "connected", channelBinding: null, up: `up/${name}` };
    await this.#sink.write(new TextEncoder().encode(`${JSON.stringify(told)}\n`));
    this.sayHello();
  }

  async #becomeWebSocket(request: HttpRequest): Promise<void> {
    if (request.isFollowed) throw new HttpError(400, "Something came before the answer.");
    await this.#sink.writeWhole(await acceptWebSocket(request));
    this.#sink.become("web_socket");
    this.#webSocket = new WebSocketDecoder();
    await this.#sink.writeWhole(connected);
    this.sayHello();
  }

  /** A ping, or a pong that nobody has asked for, counts as a question: whoever sends them without a pause is read slowly. */
  async #heed(
    { type, bytes }: { readonly type: string; readonly bytes: Uint8Array },
  ): Promise<void> {
    const waitMs = this.passGate(1);
    if (waitMs > 0) await this.pause(waitMs);
    if (type === "ping") await this.#sink.writeWhole(encodeWebSocketFrame("pong", bytes));
  }

  async #endPolitely(): Promise<void> {
    await this.#sink.writeWhole(encodeWebSocketClose(closeCodes.normal));
    this.end();
  }

  /** See {@linkcode ProtocolConnection.sendLast}. Whoever has asked for something else would take it for an answer. */
  override async sendLast(frame: Uint8Array): Promise<void> {
    if (this.#isOpen) await super.sendLast(frame);
  }

  /** Resolves when everything was sent. Never rejects. */
  override async finished(): Promise<void> {
    await super.finished();
    await this.#sink.rested();
  }

  protected override tellLateness(late: Lateness): void {
    if (this.#isOpen) super.tellLateness(late);
  }

  /** Browsers open connections for what they may need, and leave them: that is no news. */
  protected override timeOut(late: Lateness): void {
    if (this.#isOpen || this.#requests.partial) return super.timeOut(late);
    this.close();
  }

  /** Closes at once. Safe to call twice. */
  override close(): void {
    if (this.#streamName !== null) this.#streams.delete(this.#streamName);
    super.close();
  }

  protected override misread(error: ChatError): void {
    if (error instanceof HttpError) {
      this.logMisread(error);
      this.outbox.push(lastAnswer(textAnswer(error.status, error.message)));
    } else if (error instanceof WebSocketError) {
      this.logMisread(error);
      this.#sink.writeWhole(encodeWebSocketClose(error.closeCode)).catch(() => {});
    } else super.misread(error);
  }
}

/** The bytes of an answer after which the connection ends. */
export function lastAnswer(answer: HttpAnswer): Uint8Array {
  return encodeAnswer(answer, "close");
}
