/**
 * Accepts classic connections, watches their deadlines, and lets them go.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { connectionsBeforeSignInMax, stopTimeoutMs } from "../../../protocol/wire/limits.ts";
import { siteOf } from "../../common/address.ts";
import type { Chat } from "../../heart/chat.ts";
import { Groups } from "../../common/groups.ts";
import type { Logger } from "../../common/log.ts";
import { acceptAll } from "../connection/accept_loop.ts";
import { ClassicConnection } from "./connection.ts";
import type { AcceptedSocket, Acceptor } from "../connection/socket.ts";
import type { Members } from "./member.ts";
import type { ClassicClient, State } from "./state.ts";

/** How often deadlines are looked at. */
const deadlineIntervalMs = 1_000;

/** What the listener is made with. */
export interface ClassicListenerOptions {
  readonly chat: Chat;
  readonly logger: Logger;
  readonly members: Members;
  /** The first state of a connection. */
  readonly begin: (client: ClassicClient) => State;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
}

/** Accepts classic connections until it is stopped. */
export class ClassicListener {
  readonly #acceptor: Acceptor;
  readonly #options: ClassicListenerOptions;
  readonly #connections = new Set<ClassicConnection>();
  /** Those that are not signed in, by where they come from. */
  readonly #newcomers = new Groups<ClassicConnection>();
  readonly #timer: ReturnType<typeof setInterval>;
  #stopped = false;

  /**
   * Starts accepting.
   *
   * @param acceptor Where connections come from.
   * @param options See {@linkcode ClassicListenerOptions}.
   */
  constructor(acceptor: Acceptor, options: ClassicListenerOptions) {
    this.#acceptor = acceptor;
    this.#options = options;
    this.#timer = setInterval(() => this.checkDeadlines(), deadlineIntervalMs);
    acceptAll(acceptor, {
      open: (socket) => this.#open(socket),
      stopped: () => this.#stopped,
      logger: options.logger,
    });
  }

  /** How many connections there are, signed in or not. */
  get size(): number {
    return this.#connections.size;
  }

  /** Accepts nothing more, sends what waits, and closes; after `stopTimeoutMs` without mercy. This wire has no word for it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#acceptor.close();
    clearInterval(this.#timer);
    const aborter = new AbortController();
    const timeout = delay(stopTimeoutMs, { signal: aborter.signal }).catch(() => {});
    const all = [...this.#connections].map((connection) => connection.finished());
    await Promise.race([Promise.all(all), timeout]);
    aborter.abort();
    for (const connection of this.#connections) connection.close();
  }

  /** Enforces the deadlines of every connection. */
  checkDeadlines(): void {
    for (const connection of this.#connections) connection.checkDeadlines();
  }

  #open(socket: AcceptedSocket): void {
    // Each message is one segment, at once; and peers whose machine has gone are found.
    socket.setNoDelay?.(true);
    socket.setKeepAlive?.(true);
    const { logger, begin, nowMs } = this.#options;
    const connection = new ClassicConnection(socket, {
      address: (socket.remoteAddr as Deno.NetAddr).hostname,
      logger,
      begin,
      nowMs,
      onSignedIn: () => this.#settled(connection),
    });
    this.#connections.add(connection);
    this.#newcomers.add(siteOf(connection.address), connection);
    this.#makeRoom();
    connection.run().finally(() => this.#forget(connection));
  }

  #settled(connection: ClassicConnection): void {
    this.#newcomers.delete(siteOf(connection.address), connection);
  }

  /** Silent newcomers must not keep honest ones out: the oldest goes, of those where most come from. */
  #makeRoom(): void {
    if (this.#newcomers.size <= connectionsBeforeSignInMax) return;
    const oldest = this.#newcomers.oldestOfLargest()!;
    oldest.close();
    this.#settled(oldest);
  }

  #forget(connection: ClassicConnection): void {
    this.#connections.delete(connection);
    this.#settled(connection);
    if (connection.member === null) return;
    this.#options.members.remove(connection.member.session);
    this.#options.chat.exit(connection.member.session);
  }
}
