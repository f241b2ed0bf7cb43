/**
 * The gateway of one person, and everyone else who reaches its port.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Gateway, type GatewayOptions } from "../../../client/gateway/gateway.ts";
import { withFolder } from "../../fixtures/folders.ts";
import {
  askRaw,
  type RawAnswer,
  type RawHeaders,
  type RawRequest,
  rawRequest,
  RawWebSocket,
  webSocketHeaders,
} from "../../fixtures/raw_browser.ts";

/** A gateway, and the ways to it. */
export class GatewayFixture {
  /** How often an address was used twice. */
  stolen = 0;
  readonly gateway: Gateway;
  /** Where it is, as a browser writes it. */
  readonly host: string;
  readonly #port: number;

  /** @param options What differs from the usual, with the data folder. */
  constructor(readonly folder: string, options: Partial<GatewayOptions> = {}) {
    this.gateway = new Gateway({
      port: 0,
      folder,
      given: null,
      fingerprint: undefined,
      acceptNew: false,
      timeoutMs: 10_000,
      onStolen: () => void this.stolen++,
      ...options,
    });
    const { host, port } = new URL(this.gateway.newAddress());
    this.host = host;
    this.#port = Number(port);
  }

  /** Where it would be on the own site. */
  get origin(): string {
    return `http://${this.host}`;
  }

  /** A bare connection. */
  async connect(): Promise<Deno.TcpConn> {
    return await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
  }

  /** Makes a request as it is. */
  async ask(request: RawRequest): Promise<RawAnswer> {
    return await askRaw(() => this.connect(), rawRequest(this.host, request));
  }

  /** Somebody who comes in as the program says. */
  async enter(address = this.gateway.newAddress()): Promise<Insider> {
    const answer = await this.ask({ path: new URL(address).pathname });
    assertEquals(answer.status, 200, answer.body);
    const folder = /url=([^"]+)"/.exec(answer.body)![1]!;
    const cookies = answer.headers.getSetCookie().filter((one) => one.includes(`Path=${folder}`));
    return new Insider(this, folder, cookies.map((one) => one.split(";")[0]!).join("; "));
  }
}

/** Somebody who is in. */
export class Insider {
  readonly #fixture: GatewayFixture;

  constructor(fixture: GatewayFixture, readonly folder: string, readonly cookie: string) {
    this.#fixture = fixture;
  }

  /** Asks for something below the page's folder, with the cookie. */
  async ask(path: string, request: Omit<RawRequest, "path"> = {}): Promise<RawAnswer> {
    const headers = { cookie: this.cookie, ...request.headers };
    return await this.#fixture.ask({ ...request, path: this.folder + path, headers });
  }

  /** Asks for something to be kept, or for what was. */
  async store(content: unknown, headers: RawHeaders = {}): Promise<RawAnswer> {
    return await this.ask("store", {
      method: "POST",
      headers: { origin: this.#fixture.origin, ...headers },
      body: JSON.stringify(content),
    });
  }

  /** Opens a WebSocket. */
  async open(query: string, headers: RawHeaders = {}): Promise<RawWebSocket> {
    const request = rawRequest(this.#fixture.host, {
      path: `${this.folder}connection?${query}`,
      headers: {
        cookie: this.cookie,
        origin: this.#fixture.origin,
        ...webSocketHeaders,
        ...headers,
      },
    });
    return await RawWebSocket.open(await this.#fixture.connect(), request);
  }
}

/** Gives a test a gateway of its own. */
export async function withGateway(
  use: (fixture: GatewayFixture) => Promise<void>,
  options: Partial<GatewayOptions> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const fixture = new GatewayFixture(folder, options);
    try {
      await use(fixture);
    } finally {
      await fixture.gateway.stop();
    }
  });
}
