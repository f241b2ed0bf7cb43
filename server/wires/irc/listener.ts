/**
 * Accepts IRC connections on one address and watches their deadlines.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { connectionsBeforeSignInMax, stopTimeoutMs } from "../../../protocol/wire/limits.ts";
import { siteOf } from "../../common/address.ts";
import type { Logger } from "../../common/log.ts";
import { acceptAll } from "../connection/accept_loop.ts";
import type { CapabilityContext } from "./format/capabilities.ts";
import type { Irc } from "./delivery/irc_parts.ts";
import { IrcConnection } from "./connection.ts";
import type { AcceptedSocket, Acceptor } from "../connection/socket.ts";
import type { FloodGateOptions } from "../connection/flood_gate.ts";

/** How often deadlines are looked at. */
const deadlineIntervalMs = 1_000;

/** What a listener is made with. */
export interface IrcListenerOptions {
  readonly irc: Irc;
  readonly logger: Logger;
  readonly flood: FloodGateOptions;
  /** What connections from an address may do. */
  readonly contextOf: (address: string) => CapabilityContext;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
}

/** Accepts IRC connections until it is stopped. */
export class IrcListener {
  readonly #acceptor: Acceptor;
  readonly #options: IrcListenerOptions;
  readonly #connections = new Set<IrcConnection>();
  readonly #running = new Set<Promise<void>>();
  readonly #timer: ReturnType<typeof setInterval>;
  #stopped = false;

  /**
   * Starts accepting.
   *
   * @param acceptor Where connections come from.
   * @param options See {@linkcode IrcListenerOptions}.
   */
  constructor(acceptor: Acceptor, options: IrcListenerOptions) {
    this.#acceptor = acceptor;
    this.#options = options;
    this.#timer = setInterval(() => this.checkDeadlines(), deadlineIntervalMs);
    acceptAll(acceptor, {
      open: (socket) => this.#open(socket),
      stopped: () => this.#stopped,
      logger: options.logger,
    });
  }

  /** How many connections there are, registered or not. */
  get size(): number {
    return this.#connections.size;
  }

  /**
   * Accepts nothing more, tells every client, sends what waits, and closes; after `stopTimeoutMs` without mercy.
   *
   * @param reason What clients are told.
   */
  async stop(reason: string): Promise<void> {
    this.#stopped = true;
    this.#acceptor.close();
    clearInterval(this.#timer);
    const aborter = new AbortController();
    const all = [...this.#connections].map(async (connection) => {
      connection.endWith(reason);
      await connection.outbox.drained();
    });
    const timeout = delay(stopTimeoutMs, { signal: aborter.signal }).catch(() => {});
    await Promise.race([Promise.all(all), timeout]);
    for (const connection of this.#connections) connection.close();
    // How far each has read is known when it has ended.
    await Promise.race([Promise.all(this.#running), timeout]);
    aborter.abort();
  }

  /** Enforces every deadline; happens by itself once a second. */
  checkDeadlines(): void {
    for (const connection of this.#connections) connection.checkDeadlines();
  }

  #open(socket: AcceptedSocket): void {
    const { irc, logger, flood, contextOf, nowMs = () => performance.now() } = this.#options;
    const { hostname: address } = socket.remoteAddr as Deno.NetAddr;
    socket.setNoDelay?.(true);
    const context = contextOf(address);
    const connection = new IrcConnection(socket, { irc, address, context, logger, flood, nowMs });
    this.#connections.add(connection);
    const running = connection.run().finally(() => {
      this.#connections.delete(connection);
      this.#running.delete(running);
    });
    this.#running.add(running);
    this.#makeRoom();
  }

  /** Silent newcomers must not keep honest ones out: the oldest goes, of those where most come from. */
  #makeRoom(): void {
    const { newcomers } = this.#options.irc.network;
    if (newcomers.size <= connectionsBeforeSignInMax) return;
    const oldest = newcomers.oldestOfLargest()!;
    oldest.close();
    newcomers.delete(siteOf(oldest.address), oldest);
  }
}
