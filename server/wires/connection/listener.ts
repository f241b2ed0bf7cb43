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
   * Accepts nothing more, tells every peer, sends what waits, and closes; after `stopTimeoutMs` without mercy.
   *
   * @param reason What peers are told.
   */
  async stop(reason = "The server is stopping."): Promise<void> {
    this.#stopped = true;
    this.#acceptor.close();
    clearInterval(this.#timer);
    const aborter = new AbortController();
    const { sayGoodbye } = this.#options;
    const all = [...this.#connections].map((connection) => sayGoodbye(connection, reason));
    const timeout = delay(stopTimeoutMs, { signal: aborter.signal }).catch(() => {});
    await Promise.race([Promise.all(all), timeout]);
    aborter.abort();
    for (const connection of this.#connections) connection.close();
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
