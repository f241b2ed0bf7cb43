/**
 * People at a page: the core of the client over the very WebSockets that a page opens, by the program on their own machine, and by the
 * server.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { decodeBase64 } from "@std/encoding/base64";
import { connectTls } from "../../bench/deno_tls.ts";
import { ChatClient, type ClientEvent } from "../../client/core/chat/chat_client.ts";
import { Credentials } from "../../client/core/link/credentials.ts";
import { Link } from "../../client/core/link/link.ts";
import type { ServerConnection } from "../../client/core/link/transport.ts";
import { serverCertificateName } from "../../protocol/certificate/fingerprint.ts";
import { askRaw, rawRequest, RawWebSocket, webSocketHeaders } from "../fixtures/raw_browser.ts";
import { patienceMs } from "./processes.ts";
import { host } from "./wire.ts";

/** Makes a connection as a page does. */
export type PageConnect = () => Promise<ServerConnection>;

/**
 * The way of a page that a program serves on its own machine.
 *
 * @param address What the program has printed.
 * @param server The server, as `host:port`. It is trusted at the first contact.
 */
export async function throughProgram(address: string, server: string): Promise<PageConnect> {
  const { host: own, hostname, port, pathname } = new URL(address);
  const connect = () => Deno.connect({ hostname, port: Number(port) });
  const entered = await askRaw(connect, rawRequest(own, { path: pathname }));
  const folder = /url=([^"]+)"/.exec(entered.body)![1]!;
  const cookie = entered.headers.getSetCookie().map((one) => one.split(";")[0]!).join("; ");
  return async () => {
    const request = rawRequest(own, {
      path: `${folder}connection?server=${server}`,
      headers: { cookie, origin: `http://${own}`, ...webSocketHeaders },
    });
    const socket = await RawWebSocket.open(await connect(), request);
    let said = await socket.text();
    if (said["type"] === "question") {
      await socket.tell({ type: "answer", trusted: true });
      said = await socket.text();
    }
    assertEquals(said["type"], "connected", JSON.stringify(said));
    return { transport: socket, channelBinding: decodeBase64(String(said["channelBinding"])) };
  };
}

/**
 * The way of a page that a server gives out.
 *
 * @param port The port of the page.
 * @param pem The certificate of the server.
 */
export function fromServer(port: number, pem: string): PageConnect {
  const own = `${host}:${port}`;
  return async () => {
    const target = { host, port, serverName: serverCertificateName, trustedPems: [pem] };
    const request = rawRequest(own, {
      path: "/connection",
      headers: { origin: `https://${own}`, ...webSocketHeaders },
    });
    const conn = await connectTls(target, new AbortController().signal);
    const socket = await RawWebSocket.open(conn, request);
    assertEquals(await socket.text(), { type: "connected", channelBinding: null });
    return { transport: socket, channelBinding: null };
  };
}

/** Registers somebody new and signs in. */
export async function comeByPage(
  name: string,
  connect: PageConnect,
  onEvent: (event: ClientEvent) => void,
): Promise<ChatClient> {
  const credentials = new Credentials(name, `password of ${name}`);
  const { transport } = await connect();
  const link = new Link(transport, { onEvent: () => {}, onClosed: () => {} });
  await link.request("register", await credentials.registration());
  link.close();
  return await ChatClient.open({ credentials, connect, onEvent });
}

/** What somebody has heard, with a way to wait for more. */
export class Ears {
  readonly #heard: string[] = [];
  #wake = Promise.withResolvers<void>();

  /** Takes an event of a client. */
  readonly onEvent = (event: ClientEvent): void => {
    if (event.type === "ended") this.#heard.push(`ended: ${event.error.message}`);
    if (event.type === "notice") this.#heard.push(`notice: ${event.remark.kind}`);
    if (event.type === "post") {
      const { from, message } = event.post;
      this.#heard.push(`${from}: ${message.text}${message.encrypted ? " (sealed)" : ""}`);
    }
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  };

  /** Resolves when it was heard. */
  async hear(text: string): Promise<void> {
    await deadline(this.#hear(text), patienceMs).catch((error) => {
      const message = `Not heard: ${text}. Heard:\n${this.#heard.join("\n")}`;
      throw new Error(message, { cause: error });
    });
  }

  async #hear(text: string): Promise<void> {
    while (!this.#heard.includes(text)) {
      assert(!this.#heard.some((one) => one.startsWith("ended: ")), this.#heard.join("\n"));
      await this.#wake.promise;
    }
  }

  /** All of it. */
  get heard(): readonly string[] {
    return this.#heard;
  }
}
