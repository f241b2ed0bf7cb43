/**
 * The page of the person at this machine: served on 127.0.0.1 to whoever has the address that was printed, and let through to
 * servers that this client trusts.
 *
 * Others reach this port, too: users of the same machine, and pages of other sites through the person's own browser. So each
 * request has to name this very host, where it comes from a page also this one as its origin, and has to have come through
 * the door.
 *
 * @module
 */
import { DataFolderError } from "../../platform/data_folder.ts";
import { jsonAnswer, onwardAnswer, textAnswer } from "../../platform/web/closed_answers.ts";
import { pageAnswer } from "../../platform/web/page_answers.ts";
import { isFingerprint } from "../../protocol/certificate/fingerprint.ts";
import type { HttpRequest } from "../../protocol/web/http_request.ts";
import type { HttpAnswer } from "../../protocol/web/http_response.ts";
import { asksForWebSocket } from "../../protocol/web/web_socket_upgrade.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { parseServerAddress, serverAddressText } from "../../protocol/wire/server_address.ts";
import { KnownServers } from "../files/known_servers.ts";
import { BrowserConnection, type BrowserReaction } from "./browser_connection.ts";
import { Door } from "./door.ts";
import { keepForPage } from "./page_store.ts";
import { openPassage } from "./passage.ts";

/** What is given to the page, and what it may use. */
export interface GatewayOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** The client's data folder, which exists. */
  readonly folder: string;
  /** The server and the name that the person gave; null where the page asks. */
  readonly given: { readonly host: string; readonly port: number; readonly name: string } | null;
  /** What the person gave for that server: see `JoinOptions`. */
  readonly fingerprint: string | undefined;
  readonly acceptNew: boolean;
  /** How long connecting may take, in milliseconds. */
  readonly timeoutMs: number;
  /** How long a browser may take for a request, in milliseconds; some tests have no time. */
  readonly requestTimeoutMs?: number;
  /** Called where an address was used a second time, by someone else: nobody is in any more. */
  readonly onStolen: () => void;
}

/** Nobody else is to reach it from another machine. */
const hostname = "127.0.0.1";
/** Connections at once: more than the tabs of a person need. Above it, the oldest one that is no WebSocket ends. */
const connectionsMax = 256;

const wayIn = "Open the address that the program has printed: only that one lets you in.";

/** Serves the page until it is stopped. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #listener: Deno.TcpListener;
  readonly #door = new Door();
  /** Each with its end. */
  readonly #connections = new Map<BrowserConnection, Promise<void>>();
  readonly #host: string;
  readonly #stopping = new AbortController();
  readonly #accepting: Promise<void>;

  /**
   * Begins to serve.
   *
   * @param options See {@linkcode GatewayOptions}.
   * @throws {Deno.errors.AddrInUse} and others of `Deno.listen`.
   */
  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ hostname, port: options.port });
    const { port } = this.#listener.addr;
    // As browsers write it.
    this.#host = new URL(`http://${hostname}:${port}/`).host;
    this.#accepting = this.#acceptAll();
  }

  /** An address that lets one browser in. */
  newAddress(): string {
    return `http://${this.#host}${this.#door.newEntry()}`;
  }

  /** Ends every connection, and resolves when that is done. */
  async stop(): Promise<void> {
    this.#listener.close();
    this.#stopping.abort();
    const ends = [...this.#connections.values()];
    for (const connection of this.#connections.keys()) connection.close();
    await Promise.all([this.#accepting, ...ends]);
  }

  async #acceptAll(): Promise<void> {
    for (;;) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
          return;
        }
        // One that came was gone at once, or there are too many open files: the next may do.
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      this.#open(conn);
    }
  }

  #open(conn: Deno.TcpConn): void {
    conn.setNoDelay(true);
    const { requestTimeoutMs } = this.#options;
    const connection = new BrowserConnection(conn, {
      react: (request) => this.#react(request),
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    });
    if (this.#connections.size >= connectionsMax) this.#endOldest();
    const end = connection.run().then(() => void this.#connections.delete(connection));
    this.#connections.set(connection, end);
  }

  #endOldest(): void {
    const all = [...this.#connections.keys()];
    (all.find((one) => !one.isWebSocket) ?? all[0]!).close();
  }

  async #react(request: HttpRequest): Promise<BrowserReaction> {
    const { headers, path, method } = request;
    if (headers.get("host")?.toLowerCase() !== this.#host) {
      return textAnswer(421, `This is ${this.#host}, and nothing else.`);
    }
    if (!this.#isFromHere(request)) return textAnswer(403, "Another page has asked for this.");
    const cookies = headers.get("cookie");
    if (this.#door.isEntry(path)) {
      return method === "GET" ? this.#enter(path, cookies) : textAnswer(405, "Only GET is known.");
    }
    const inside = this.#door.pathInside(path, cookies);
    if (inside === null) return textAnswer(path === "/favicon.ico" ? 404 : 403, wayIn);
    try {
      return await this.#reactInside(request, inside);
    } catch (error) {
      return errorAnswer(error);
    }
  }

  /** Whether no other site has made the browser ask. What opens an address by itself names no origin. */
  #isFromHere({ headers, method, path }: HttpRequest): boolean {
    const origin = headers.get("origin");
    const isOurs = origin === `http://${this.#host}`;
    if (origin !== undefined && !isOurs) return false;
    const isOpened = method === "GET" && headers.get("upgrade") === undefined;
    if (!isOpened) return isOurs;
    const site = headers.get("sec-fetch-site") ?? "none";
    // A link from elsewhere may lead to the address that was printed, but nothing is loaded for another page.
    return ["none", "same-origin"].includes(site) ||
      (this.#door.isEntry(path) && headers.get("sec-fetch-mode") === "navigate");
  }

  #enter(path: string, cookies: string | undefined): HttpAnswer {
    const entry = this.#door.enter(path, cookies);
    if (entry.type === "enters") return onwardAnswer(entry.path, entry.cookies);
    if (entry.type === "unknown") return textAnswer(403, wayIn);
    for (const connection of this.#connections.keys()) {
      if (connection.isWebSocket) connection.close();
    }
    this.#options.onStolen();
    return textAnswer(
      403,
      "This address was used before, by another browser or by someone else. Both have been shut out: " +
        "the program has printed a new address.",
    );
  }

  async #reactInside(request: HttpRequest, path: string): Promise<BrowserReaction> {
    const { method, body } = request;
    if (path === "connection") return this.#connection(request);
    if (path === "store") {
      if (method !== "POST") return textAnswer(405, "Only POST is known.");
      return jsonAnswer(200, await keepForPage(this.#options.folder, body));
    }
    if (method !== "GET") return textAnswer(405, "Only GET is known.");
    if (path === "settings") return jsonAnswer(200, await this.#settings());
    const document = this.#options.given === null ? "asking" : "given";
    return pageAnswer(path, document) ?? textAnswer(404, "There is nothing here.");
  }

  async #settings(): Promise<unknown> {
    const { given, folder } = this.#options;
    return {
      way: "program",
      server: given === null ? null : serverAddressText(given.host, given.port),
      name: given?.name ?? null,
      known: await new KnownServers(folder).addresses(),
    };
  }

  #connection(request: HttpRequest): BrowserReaction {
    if (!asksForWebSocket(request)) return textAnswer(426, "Only a WebSocket is opened here.");
    const { query } = request;
    const server = parseServerAddress(query.get("server") ?? "");
    const sameAs = query.has("sameAs") ? parseServerAddress(query.get("sameAs")!) : undefined;
    const given = query.get("fingerprint") ?? undefined;
    if (server === null || sameAs === null || (given !== undefined && !isFingerprint(given))) {
      return textAnswer(400, "This is no address of a server, or no fingerprint.");
    }
    const { folder, timeoutMs, acceptNew } = this.#options;
    const { signal } = this.#stopping;
    const fingerprint = given ?? this.#fingerprintOf(serverAddressText(server.host, server.port));
    const passage = { server, sameAs, fingerprint, acceptNew, folder, timeoutMs, signal };
    return (socket) => openPassage(socket, passage);
  }

  /** The fingerprint of the command line, which is about the server beside it. */
  #fingerprintOf(server: string): string | undefined {
    const { given, fingerprint } = this.#options;
    if (given === null || server !== serverAddressText(given.host, given.port).toLowerCase()) {
      return undefined;
    }
    return fingerprint;
  }
}

function errorAnswer(error: unknown): HttpAnswer {
  if (error instanceof ChatError || error instanceof DataFolderError) {
    const code = error instanceof ChatError ? error.code : "storage_failed";
    return jsonAnswer(error instanceof ChatError ? 400 : 500, { code, message: error.message });
  }
  return jsonAnswer(500, {
    code: "storage_failed",
    message: "The program cannot do this: see its folder.",
  });
}
