/**
 * Serves the page to a browser in a test, and is its gateway to a server: what `chat client --web` does, without its files.
 *
 * @module
 */
import type { Transport } from "../../client/core/link/transport.ts";
import { pageFiles } from "../../platform/web/page_files.ts";
import type { People } from "./people.ts";

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
  "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** The gateway of one page. */
export class PageGateway implements AsyncDisposable {
  readonly #people: People;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #work = new Set<Promise<void>>();
  readonly #stored = new Map<string, string>();
  readonly #sockets = new Set<WebSocket>();

  /** @param people Who connects to the server. */
  constructor(people: People) {
    this.#people = people;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Where the page is. */
  get address(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** Ends every connection of the page. */
  cut(): void {
    for (const socket of this.#sockets) socket.close();
  }

  /** Ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await Promise.all(this.#work);
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const { html, script, style, mlKem } = pageFiles;
    switch (pathname) {
      case "/":
        return file(html, "text/html");
      case "/page.js":
        return file(script, "text/javascript");
      case "/ml_kem.js":
        return file(mlKem, "text/javascript");
      case "/page.css":
        return file(style, "text/css");
      case "/settings":
        return Response.json({ way: "program", server: "test:1", name: null, known: [] });
      case "/store":
        return this.#store(await request.json());
      case "/connection":
        return this.#connect(request);
      default:
        return new Response(null, { status: 404 });
    }
  }

  #store({ name, kind, text }: { name: string; kind: string; text?: string }): Response {
    const key = `${kind} ${name}`;
    if (text === undefined) return Response.json({ text: this.#stored.get(key) ?? null });
    this.#stored.set(key, text);
    return Response.json({});
  }

  #connect(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    this.#sockets.add(socket);
    const work = carry(socket, this.#people).finally(() => {
      this.#sockets.delete(socket);
      this.#work.delete(work);
    });
    this.#work.add(work);
    return response;
  }
}

function file(text: string, type: string): Response {
  const headers = { "content-type": `${type}; charset=utf-8`, "content-security-policy": policy };
  return new Response(text, { headers });
}

async function carry(socket: WebSocket, people: People): Promise<void> {
  const closed = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onclose = () => closed.resolve();
  await Promise.race([opened.promise, closed.promise]);
  try {
    const { transport, channelBinding } = await people.connect();
    let writing = Promise.resolve();
    socket.onmessage = ({ data }) => {
      writing = writing.then(() => writeAll(transport, new Uint8Array(data))).catch(() => {});
    };
    socket.send(JSON.stringify({
      type: "connected",
      channelBinding: channelBinding?.toBase64() ?? null,
    }));
    const down = carryDown(transport, socket);
    await closed.promise;
    transport.close();
    await down;
  } catch (error) {
    if (socket.readyState !== WebSocket.OPEN) return;
    const message = (error as Error).message;
    socket.send(JSON.stringify({ type: "failed", code: "disconnected", message }));
    socket.close();
    await closed.promise;
  }
}

async function writeAll(transport: Transport, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await transport.write(bytes.subarray(written));
  }
}

async function carryDown(transport: Transport, socket: WebSocket): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const count = await transport.read(buffer).catch(() => null);
    if (count === null || socket.readyState !== WebSocket.OPEN) break;
    socket.send(buffer.slice(0, count));
  }
  socket.close();
}
