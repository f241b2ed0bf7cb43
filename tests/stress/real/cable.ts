/**
 * A cable between clients and a server that can be cut: from then on nothing passes, and neither end is told.
 *
 * @module
 */

/** Forwards a port of its own to another one. */
export class Cable implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #conns = new Set<Deno.Conn>();
  readonly #target: number;
  #isCut = false;

  /** @param target The port to forward to. */
  constructor(target: number) {
    this.#target = target;
    this.#acceptAll();
  }

  /** The port to connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Nothing passes any more. */
  cut(): void {
    this.#isCut = true;
  }

  /** Ends it, and every connection through it. */
  [Symbol.dispose](): void {
    this.#listener.close();
    for (const conn of this.#conns) {
      try {
        conn.close();
      } catch {
        // Closed already.
      }
    }
  }

  async #acceptAll(): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      this.#conns.add(near).add(far);
      this.#pump(near, far);
      this.#pump(far, near);
    }
  }

  async #pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        // What was sent into a cut cable is lost, the end of the connection too.
        if (this.#isCut && count !== null) continue;
        if (count === null) return this.#isCut ? undefined : to.close();
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
    } catch {
      // One of the ends is gone.
    }
  }
}
