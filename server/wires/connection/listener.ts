/**
 * Accepts connections, whatever the wire, watches their deadlines, and lets them go.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { stopTimeoutMs } from "../../../protocol/wire/limits.ts";
import type { Logger } from "../../common/log.ts";
import { acceptAll } from "./accept_loop.ts";
import type { AcceptedSocket, Acceptor } from "./socket.ts";

/** How often deadlines are looked at. */
const deadlineIntervalMs = 1_000;

/**
 * Where people go on with another server, they are told in groups, so that each one's way is short: how many groups there are at the most, of how many
 * at the least, and how long one has before the next, in milliseconds.
 */
const groupsMax = 10;
const groupSizeMin = 8;
const groupMs = 150;

/** What a listener needs of its connections. */
export interface ListenedConnection<C> {
  /** Runs to the connection's end, calls `onEnd` then, and never rejects. A promise's `finally` would keep memory. */
  run(onEnd: (connection: C) => void): Promise<void>;
  /**
   * Enforces every deadline.
   *
   * @param nowMs Milliseconds on a clock that only goes forward.
   */
  checkDeadlines(nowMs: number): void;
  /** Closes at once. Safe to call twice. */
  close(): void;
}

/** What a wire makes of connections. */
export interface ListenerOptions<C> {
  readonly logger: Logger;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
  /** Makes a connection of a socket, before its handshake. */
  readonly open: (socket: AcceptedSocket, address: string) => C;
  /** Tells a peer that the server stops. Resolves when all that it was to be told was sent; never rejects. */
  readonly sayGoodbye: (connection: C, reason: string) => Promise<void>;
  /** Called when a connection has ended. */
  readonly onEnd: (connection: C) => void;
  /** Whether peers that are told go on with another server. */
  readonly peersMove?: boolean;
}

/** Accepts connections until it is stopped. */
export class Listener<C extends ListenedConnection<C>> {
  readonly #acceptor: Acceptor;
  readonly #options: ListenerOptions<C>;
  readonly #connections = new Set<C>();
  /** One for all connections: a function of its own would cost each of them memory. */
  readonly #forget = (connection: C): void => {
    this.#connections.delete(connection);
    this.#options.onEnd(connection);
  };
  readonly #timer: ReturnType<typeof setInterval>;
  #stopped = false;

  /**
   * Starts accepting.
   *
   * @param acceptor Where connections come from.
   * @param options See {@linkcode ListenerOptions}.
   */
  constructor(acceptor: Acceptor, options: ListenerOptions<C>) {
    this.#acceptor = acceptor;
    this.#options = options;
    this.#timer = setInterval(() => this.checkDeadlines(), deadlineIntervalMs);
    acceptAll(acceptor, {
      open: (socket) => this.#open(socket),
      stopped: () => this.#stopped,
      logger: options.logger,
    });
  }

  /** All connections, signed in or not. */
  get connections(): ReadonlySet<C> {
    return this.#connections;
  }

  /** How many connections there are, signed in or not. */
  get size(): number {
    return this.#connections.size;
  }

  /**
   * Accepts nothing more, tells every peer, sends what waits, and closes; after `stopTimeoutMs` without mercy. Who was not told yet is served.
   *
   * @param reason What peers are told.
   */
  async stop(reason = "The server is stopping."): Promise<void> {
    this.#stopped = true;
    this.#acceptor.close();
    clearInterval(this.#timer);
    const aborter = new AbortController();
    const { signal } = aborter;
    const timeout = delay(stopTimeoutMs, { signal }).catch(() => {});
    await Promise.race([this.#sayGoodbyes(reason, signal), timeout]);
    aborter.abort();
    for (const connection of this.#connections) connection.close();
  }

  async #sayGoodbyes(reason: string, signal: AbortSignal): Promise<void> {
    const all = [...this.#connections];
    const { peersMove = false, sayGoodbye } = this.#options;
    const size = peersMove ? Math.max(groupSizeMin, Math.ceil(all.length / groupsMax)) : all.length;
    const told: Promise<void>[] = [];
    for (let first = 0; first < all.length; first += size) {
      if (first > 0) await delay(groupMs, { signal }).catch(() => {});
      const group = all.slice(first, first + size);
      told.push(...group.map((connection) => sayGoodbye(connection, reason)));
    }
    await Promise.all(told);
  }

  /** Enforces the deadlines of every connection; happens by itself once a second. */
  checkDeadlines(): void {
    const nowMs = this.#options.nowMs();
    for (const connection of this.#connections) connection.checkDeadlines(nowMs);
  }

  #open(socket: AcceptedSocket): void {
    const { hostname } = socket.remoteAddr as Deno.NetAddr;
    const connection = this.#options.open(socket, hostname);
    this.#connections.add(connection);
    connection.run(this.#forget);
  }
}
