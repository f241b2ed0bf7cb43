/**
 * A link to a server over which everything that the server sends arrives late.
 *
 * @module
 */
import { delay } from "@std/async/delay";

/** Passes connections on. */
export class DelayedLink implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #delayMs: number;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #accepting: Promise<void>;
  readonly #aborter = new AbortController();

  /**
   * @param target The server's port on the loopback address.
   * @param delayMs How late everything is.
   */
  constructor(target: number, delayMs: number) {
    this.#target = target;
    this.#delayMs = delayMs;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  /** Where clients connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#aborter.abort();
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const pumps: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) {
        const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
        this.#connections.add(client).add(server);
        pumps.push(this.#pump(client, server, 0), this.#pump(server, client, this.#delayMs));
      }
    } catch {
      // The listener was closed.
    }
    await Promise.all(pumps);
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn, delayMs: number): Promise<void> {
    let last: Promise<void> = Promise.resolve();
    try {
      for (;;) {
        const buffer = new Uint8Array(16 * 1024);
        const count = await from.read(buffer);
        if (count === null) break;
        const due = delay(delayMs, { signal: this.#aborter.signal }).catch(() => {});
        last = Promise.all([last, due]).then(() => writeAll(to, buffer.subarray(0, count)));
        // It is waited for at the end.
        last.catch(() => {});
      }
      await last;
    } catch {
      // The other end has closed.
    }
    close(from);
    close(to);
  }
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
