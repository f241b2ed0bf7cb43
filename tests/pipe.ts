/**
 * Two ends of a connection in memory. They behave as Deno's sockets do, and a test can cut, stall and watch them.
 *
 * @module
 */

/** One direction. */
class Channel {
  readonly #chunks: Uint8Array[] = [];
  #wake = Promise.withResolvers<void>();
  #ended = false;
  stalled = false;

  get ended(): boolean {
    return this.#ended;
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
    this.wake();
  }

  end(): void {
    this.#ended = true;
    this.wake();
  }

  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  async take(buffer: Uint8Array, isClosed: () => boolean): Promise<number | null> {
    for (;;) {
      if (isClosed()) throw new Deno.errors.Interrupted("operation canceled");
      const first = this.stalled ? undefined : this.#chunks[0];
      if (first !== undefined) {
        const count = Math.min(first.length, buffer.length);
        buffer.set(first.subarray(0, count));
        if (count === first.length) this.#chunks.shift();
        else this.#chunks[0] = first.subarray(count);
        return count;
      }
      if (this.#ended) return null;
      await this.#wake.promise;
    }
  }
}

/** One end. */
export class PipeEnd {
  readonly remoteAddr: Deno.NetAddr;
  readonly #incoming: Channel;
  readonly #outgoing: Channel;
  #closed = false;
  #stall = Promise.resolve();

  constructor(incoming: Channel, outgoing: Channel, address: string) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.remoteAddr = { transport: "tcp", hostname: address, port: 1 };
  }

  /** Whether this end was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#incoming.take(buffer, () => this.#closed);
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#stall;
    if (this.#closed) throw new Deno.errors.BadResource("closed");
    if (this.#incoming.ended) throw new Deno.errors.BrokenPipe("gone");
    this.#outgoing.push(bytes);
    return bytes.length;
  }

  close(): void {
    if (this.#closed) throw new Deno.errors.BadResource("closed");
    this.#closed = true;
    this.#incoming.wake();
    this.#outgoing.end();
  }

  /** What this end writes does not get away, as with a peer that does not read, until the returned function is called. */
  stallWrites(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stall = promise;
    return resolve;
  }

  /** What this end would read stays on the way: the other end believes it sent. It is lost where the end is closed. */
  stallReads(): void {
    this.#incoming.stalled = true;
  }
}

/**
 * Makes a connection.
 *
 * @param address The address that the first end sees as its peer's.
 * @returns Both ends.
 */
export function makePipe(address = "192.0.2.1"): [server: PipeEnd, client: PipeEnd] {
  const [up, down] = [new Channel(), new Channel()];
  return [new PipeEnd(up, down, address), new PipeEnd(down, up, "192.0.2.254")];
}
