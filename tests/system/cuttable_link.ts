/**
 * A link to a server that a test can cut and mend.
 *
 * @module
 */

/** Passes connections on to a server, as long as it is whole. */
export class CuttableLink implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #accepting: Promise<void>;
  #whole = true;
  #deaf = false;
  /** What is done when so many bytes more have passed. */
  #after: { bytes: number; readonly act: () => void } | null = null;
  /** There while nothing passes. */
  #frozen: PromiseWithResolvers<void> | null = null;

  /** @param target The server's port on the loopback address. */
  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  /** Where clients connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** What clients send still arrives, but they hear nothing any more: no acknowledgement, no event. */
  deafen(): void {
    this.#deaf = true;
  }

  /** Nothing passes in either direction, and nobody is told; what is sent meanwhile arrives when the link is mended. */
  freeze(): void {
    this.#frozen ??= Promise.withResolvers();
  }

  /** Every connection breaks when so many bytes more have passed, in either direction; new ones pass. Resolves then. */
  cutAfter(bytes: number): Promise<void> {
    return this.#afterBytes(bytes, () => {
      this.cut();
      this.mend();
    });
  }

  /** Nothing passes any more when so many bytes more have passed. Resolves then. */
  freezeAfter(bytes: number): Promise<void> {
    return this.#afterBytes(bytes, () => this.freeze());
  }

  #afterBytes(bytes: number, act: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#after = {
        bytes,
        act: () => {
          this.#after = null;
          act();
          resolve();
        },
      };
    });
  }

  /** Every connection breaks, and new ones break at once. */
  cut(): void {
    this.#whole = false;
    this.#thaw();
    for (const connection of this.#connections) close(connection);
    this.#connections.clear();
  }

  /** New connections are passed on again. */
  mend(): void {
    this.#whole = true;
    this.#deaf = false;
    this.#thaw();
  }

  #thaw(): void {
    this.#frozen?.resolve();
    this.#frozen = null;
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#listener.close();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const pumps: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) pumps.push(this.#pass(connection));
    } catch {
      // The listener was closed.
    }
    await Promise.all(pumps);
  }

  async #pass(client: Deno.TcpConn): Promise<void> {
    if (!this.#whole) return close(client);
    this.#connections.add(client);
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    } catch {
      // Nobody listens there now.
      return close(client);
    }
    this.#connections.add(server);
    await Promise.all([
      this.#pump(client, server, () => true),
      this.#pump(server, client, () => !this.#deaf),
    ]);
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn, passes: () => boolean): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        while (this.#frozen !== null) await this.#frozen.promise;
        if (!passes()) continue;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
        const after = this.#after;
        if (after !== null && (after.bytes -= count) <= 0) after.act();
      }
    } catch {
      // It was cut.
    }
    for (const connection of [from, to]) {
      this.#connections.delete(connection);
      close(connection);
    }
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
