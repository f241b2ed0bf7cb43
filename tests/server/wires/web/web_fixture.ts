/**
 * The web wire over pipes, beside the native one, in one heart: browsers, pages that are signed in, and what no browser sends.
 *
 * @module
 */
import { ScramClient } from "../../../../protocol/scram/scram.ts";
import type { ProtocolListener } from "../../../../server/wires/session_protocol/protocol_listener.ts";
import type { WebConnection } from "../../../../server/wires/web/connection.ts";
import { startWeb } from "../../../../server/wires/web/web.ts";
import { keysOfEveryone } from "../../../fixtures/accounts.ts";
import { type Message, Peer } from "../../../fixtures/peer.ts";
import { makePipe, type PipeEnd } from "../../../fixtures/pipe.ts";
import { PipeAcceptor } from "../../../fixtures/pipe_acceptor.ts";
import {
  askRaw,
  type RawAnswer,
  type RawRequest,
  rawRequest,
  RawStream,
  RawWebSocket,
  webSocketHeaders,
} from "../../../fixtures/raw_browser.ts";
import { type FixtureOptions, NativeFixture } from "../native/native_fixture.ts";

/** The name of the server in these tests. */
export const webHost = "chat.example:8443";

/** Both wires. */
export class WebFixture implements AsyncDisposable {
  readonly web: ProtocolListener<WebConnection>;
  /** The server's ends of all connections of browsers. */
  readonly servers: PipeEnd[] = [];
  readonly #acceptor = new PipeAcceptor();
  readonly #peers: Peer[] = [];

  private constructor(readonly native: NativeFixture) {
    this.web = startWeb(this.#acceptor, { ...native.parts, fingerprint: "SHA256:x" });
  }

  /** Starts it. */
  static async start(options: FixtureOptions = {}): Promise<WebFixture> {
    return new WebFixture(await NativeFixture.start(options));
  }

  /** A connection of a browser. */
  connect(address?: string): PipeEnd {
    const [server, client] = makePipe(address);
    this.servers.push(server);
    this.#acceptor.add(server);
    return client;
  }

  /** Makes a request. */
  async ask(request: RawRequest): Promise<RawAnswer> {
    return await askRaw(() => Promise.resolve(this.connect()), rawRequest(webHost, request));
  }

  /** Opens a WebSocket and passes over the text that says that it is connected. */
  async open(address?: string): Promise<RawWebSocket> {
    const socket = await RawWebSocket.open(
      this.connect(address),
      rawRequest(webHost, {
        path: "/connection",
        headers: { ...webSocketHeaders, origin: `https://${webHost}` },
      }),
    );
    await socket.text();
    return socket;
  }

  /** What a browser opens that refuses a WebSocket. */
  async stream(): Promise<RawStream> {
    const origin = `https://${webHost}`;
    return await RawStream.open(
      this.connect(),
      rawRequest(webHost, { method: "POST", path: "/stream", headers: { origin } }),
      async (path, body) =>
        (await this.ask({ method: "POST", path, headers: { origin }, body })).status,
    );
  }

  /** A page without a WebSocket. */
  async pageOverStream(): Promise<Peer> {
    const peer = new Peer(await this.stream());
    this.#peers.push(peer);
    await peer.event("hello");
    return peer;
  }

  /** A page that has not said anything. */
  async page(address?: string): Promise<Peer> {
    const peer = new Peer(await this.open(address));
    this.#peers.push(peer);
    await peer.event("hello");
    return peer;
  }

  /** A page that is signed in. */
  async member(name: string): Promise<Peer> {
    const page = await this.page();
    const welcome = await signInUnbound(page, name);
    if (welcome["name"] === undefined) throw new Error(JSON.stringify(welcome));
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) peer[Symbol.dispose]();
    await this.web.stop("The test is over.");
    await this.native[Symbol.asyncDispose]();
  }
}

/** Signs in without channel binding, as pages do. */
export async function signInUnbound(peer: Peer, userName: string): Promise<Message> {
  const scram = new ScramClient({ userName, keysFor: keysOfEveryone, binding: "not_supported" });
  const first = await peer.ask("sign_in", { data: scram.first });
  if (first["error"] !== undefined) return first;
  return await peer.ask("sign_in_proof", { data: await scram.respond(String(first["data"])) });
}
