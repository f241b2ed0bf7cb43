/**
 * Simulated connections: bytes arrive in order, late, and cut into any pieces; connections are reset, go dead without a
 * word, or have a reader that stops reading.
 *
 * @module
 */
import type { AcceptedSocket, Acceptor } from "../../../server/wires/connection/socket.ts";
import type { World } from "./world.ts";

/** Bytes that an end takes in before its peer's writes have to wait. */
const windowBytes = 256 * 1024;

/** A promise that somebody waits for. */
type Waiter<T> = PromiseWithResolvers<T>;

/** One end of a connection. */
export class End {
  readonly #world: World;
  readonly #latencyMs: () => number;
  peer!: End;
  #incoming: Uint8Array[] = [];
  #incomingBytes = 0;
  #lastArrivalMs = 0;
  #ended = false;
  #error: Error | null = null;
  #closed = false;
  #dead = false;
  #pausedUntilMs = 0;
  #reader: { waiter: Waiter<number | null>; buffer: Uint8Array } | null = null;
  #writers: (() => void)[] = [];

  constructor(world: World, latencyMs: () => number) {
    this.#world = world;
    this.#latencyMs = latencyMs;
  }

  /** Whether this end was closed by its owner, or broken. */
  get isOver(): boolean {
    return this.#closed || this.#error !== null;
  }

  /** See `Deno.Conn`. */
  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#closed) return Promise.reject(new Deno.errors.BadResource("closed"));
    const waiter = Promise.withResolvers<number | null>();
    this.#reader = { waiter, buffer };
    this.#serve();
    return waiter.promise;
  }

  /** See `Deno.Conn`. */
  async write(bytes: Uint8Array): Promise<number> {
    const { random } = this.#world;
    const count = random.chance(0.1) ? 1 + random.below(bytes.length) : bytes.length;
    const copy = bytes.slice(0, count);
    this.#assertOpen();
    while (this.peer.#incomingBytes >= windowBytes) {
      await new Promise<void>((resolve) => this.peer.#writers.push(resolve));
      this.#assertOpen();
    }
    this.peer.#incomingBytes += count;
    this.#send(() => this.peer.#take(copy));
    if (random.chance(0.3)) await this.#world.sleep(random.between(0, 5));
    this.#assertOpen();
    return count;
  }

  /** See `Deno.Conn`. */
  close(): void {
    if (this.#closed) throw new Deno.errors.BadResource("closed");
    this.#closed = true;
    this.#send(() => this.peer.#end());
    this.#wakeAll();
  }

  /** Both ends are told at once that the connection is gone. */
  reset(): void {
    for (const end of [this, this.peer]) {
      end.#error ??= new Deno.errors.ConnectionReset("reset");
      end.#wakeAll();
    }
  }

  /** From now on nothing arrives, and nobody is told. */
  goDead(): void {
    this.#dead = this.peer.#dead = true;
  }

  /** The process at this end is no more: nothing that it waits for comes, and its peer finds a broken connection. */
  abandon(): void {
    this.#reader = null;
    this.#dead = true;
    const { peer } = this;
    this.#world.schedule(this.#latencyMs(), () => {
      peer.#error ??= new Deno.errors.ConnectionReset("reset");
      peer.#wakeAll();
    });
  }

  /** The owner of this end reads nothing for a while. */
  pauseReading(ms: number): void {
    this.#pausedUntilMs = this.#world.nowMs + ms;
    this.#world.schedule(ms, () => this.#serve());
  }

  #assertOpen(): void {
    if (this.#closed) throw new Deno.errors.BadResource("closed");
    if (this.#error !== null) throw this.#error;
  }

  /** What is sent later never arrives earlier. */
  #send(arrive: () => void): void {
    const arrivalMs = Math.max(this.#lastArrivalMs, this.#world.nowMs + this.#latencyMs());
    this.#lastArrivalMs = arrivalMs + 0.001;
    this.#world.schedule(arrivalMs - this.#world.nowMs, () => {
      if (!this.#dead) arrive();
    });
  }

  #take(bytes: Uint8Array): void {
    this.#incoming.push(bytes);
    this.#serve();
  }

  #end(): void {
    this.#ended = true;
    this.#serve();
  }

  #serve(): void {
    if (this.#reader === null) return;
    const { waiter, buffer } = this.#reader;
    if (this.#closed) {
      return this.#answer(() => waiter.reject(new Deno.errors.BadResource("closed")));
    }
    const error = this.#error;
    if (error !== null) return this.#answer(() => waiter.reject(error));
    if (this.#world.nowMs < this.#pausedUntilMs) return;
    const count = this.#fill(buffer);
    if (count > 0) this.#answer(() => waiter.resolve(count));
    else if (this.#ended) this.#answer(() => waiter.resolve(null));
  }

  #answer(settle: () => void): void {
    this.#reader = null;
    settle();
  }

  /** Bytes are cut in any place: a read may bring a part of a frame, or many. */
  #fill(buffer: Uint8Array): number {
    const { random } = this.#world;
    const most = random.chance(0.2) ? 1 + random.below(buffer.length) : buffer.length;
    let count = 0;
    while (count < most && this.#incoming.length > 0) {
      const first = this.#incoming[0]!;
      const part = first.subarray(0, most - count);
      buffer.set(part, count);
      count += part.length;
      if (part.length === first.length) this.#incoming.shift();
      else this.#incoming[0] = first.subarray(part.length);
    }
    this.#incomingBytes -= count;
    if (count > 0 && this.#incomingBytes < windowBytes) this.#wakeWriters();
    return count;
  }

  #wakeAll(): void {
    this.#serve();
    this.#wakeWriters();
    this.peer.#wakeWriters();
  }

  #wakeWriters(): void {
    const writers = this.#writers;
    this.#writers = [];
    for (const wake of writers) wake();
  }
}

/** One connection, by its two ends. */
export interface Connected {
  readonly client: End;
  readonly server: End;
}

/** A port on which a simulated server listens. */
export class Port implements Acceptor {
  readonly #waiting: AcceptedSocket[] = [];
  #wake = (): void => {};
  #closed = false;

  /** See `Deno.TlsListener`. */
  async accept(): Promise<AcceptedSocket> {
    while (this.#waiting.length === 0) {
      if (this.#closed) throw new Deno.errors.BadResource("closed");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#waiting.shift()!;
  }

  /** A peer connects. */
  offer(socket: AcceptedSocket): void {
    this.#waiting.push(socket);
    this.#wake();
  }

  /** See `Deno.TlsListener`. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }
}

/**
 * Makes a connection.
 *
 * @param world Where.
 * @return Its two ends.
 */
export function connectedPair(world: World): Connected {
  const { random } = world;
  const baseMs = random.chance(0.5) ? 0.2 : random.between(1, 80);
  const latencyMs = () => {
    if (random.chance(0.01)) return random.between(100, 5_000);
    return baseMs * random.between(0.5, 1.5);
  };
  const client = new End(world, latencyMs);
  const server = new End(world, latencyMs);
  client.peer = server;
  server.peer = client;
  return { client, server };
}
