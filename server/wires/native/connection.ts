/**
 * One native connection: frames over TLS.
 *
 * @module
 */
import { FrameDecoder } from "../../../protocol/wire/frame.ts";
import { frameBytesMax, frameBytesMaxBeforeSignIn } from "../../../protocol/wire/limits.ts";
import type { Session } from "../../heart/session.ts";
import type { Socket } from "../connection/socket.ts";
import {
  ProtocolConnection,
  type ProtocolConnectionOptions,
} from "../session_protocol/protocol_connection.ts";

/** What browsers offer in the handshake (ALPN, RFC 7301), and no chat client does. */
export const browserProtocol = "http/1.1";

/** What a connection needs of its surroundings. */
export interface NativeConnectionOptions extends ProtocolConnectionOptions {
  /** What a browser is answered that has come to this port. */
  readonly forBrowsers: Uint8Array;
}

/** One native connection. */
export class NativeConnection extends ProtocolConnection<Uint8Array> {
  readonly wire = "native";
  readonly bindings = "required";
  readonly isPage = false;
  readonly #decoder = new FrameDecoder(frameBytesMaxBeforeSignIn);
  readonly #forBrowsers: Uint8Array;
  #isBrowser = false;

  /**
   * @param socket The socket, after `accept`, before its handshake.
   * @param options See {@linkcode NativeConnectionOptions}.
   */
  constructor(socket: Socket, options: NativeConnectionOptions) {
    super(socket, options);
    this.#forBrowsers = options.forBrowsers;
  }

  /** Lifts the caps that hold before sign-in. */
  override signedIn(session: Session): void {
    super.signedIn(session);
    this.#decoder.payloadBytesMax = frameBytesMax;
  }

  protected override get isPartial(): boolean {
    return this.#decoder.partial;
  }

  protected override greet(protocol: string | null): void {
    this.#isBrowser = protocol === browserProtocol;
    if (!this.#isBrowser) this.sayHello();
  }

  protected override decode(chunk: Uint8Array): Iterable<Uint8Array> {
    return this.#isBrowser ? this.#pointToPage() : this.#decoder.decode(chunk);
  }

  /** Whatever it asks for, there is one answer. */
  #pointToPage(): [] {
    this.outbox.push(this.#forBrowsers);
    this.end();
    return [];
  }

  protected override take(payload: Uint8Array): Promise<void> {
    return this.answer(payload);
  }
}
