/**
 * The native wire: TLS 1.3, frames, SCRAM. Accepts connections, watches their deadlines, tells comings and goings.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { connectionsBeforeSignInMax, stopTimeoutMs } from "../../../protocol/wire/limits.ts";
import type { Request } from "../../../protocol/wire/messages.ts";
import { siteOf } from "../../common/address.ts";
import type { Chat } from "../../heart/chat.ts";
import { Groups } from "../../common/groups.ts";
import type { Logger } from "../../common/log.ts";
import { acceptAll } from "../connection/accept_loop.ts";
import type { Room } from "../../heart/session.ts";
import { NativeConnection } from "./connection.ts";
import type { AcceptedSocket, Acceptor } from "../connection/socket.ts";
import { encodeEvent } from "../session_protocol/encoding.ts";
import { PresenceNews } from "../session_protocol/presence_news.ts";

/** How often deadlines are looked at. */
const deadlineIntervalMs = 1_000;

/** What the native listener is made with. */
export interface NativeListenerOptions {
  readonly chat: Chat;
  readonly logger: Logger;
  readonly handle: (connection: NativeConnection, request: Request) => Promise<void> | void;
  /** What a peer is told first. */
  readonly hello: () => Uint8Array;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
}

/** Accepts native connections until it is stopped. */
export class NativeListener {
  readonly #acceptor: Acceptor;
  readonly #options: NativeListenerOptions;
  /** One for all connections: a function of its own would cost each of them memory. */
  readonly #nowMs: () => number;
  readonly #connections = new Set<NativeConnection>();
  /** Those that are not signed in, by where they come from. */
  readonly #newcomers = new Groups<NativeConnection>();
  /** Takes one that has signed in, or gone, from the newcomers. One for all connections, too. */
  readonly #settle = (connection: NativeConnection): void => {
    this.#newcomers.delete(siteOf(connection.address), connection);
  };
  /** One for all connections, see `run`. */
  readonly #forget = (connection: NativeConnection): void => {
    this.#connections.delete(connection);
    this.#settle(connection);
    if (connection.session !== null) this.#options.chat.exit(connection.session);
  };
  readonly #news: PresenceNews;
  readonly #unwatch: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #stopped = false;

  /**
   * Starts accepting.
   *
   * @param acceptor Where connections come from.
   * @param options See {@linkcode NativeListenerOptions}.
   */
  constructor(acceptor: Acceptor, options: NativeListenerOptions) {
    this.#acceptor = acceptor;
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#news = new PresenceNews({
      audience: () => this.#connections.size - this.#newcomers.size,
      toAll: (frame) => this.#toAll(frame),
      toRoom: (room, frame) => this.#toRoom(room, frame),
    });
    this.#unwatch = options.chat.watch((event) => this.#news.note(event));
    this.#timer = setInterval(() => this.#checkDeadlines(), deadlineIntervalMs);
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

  /**
   * Accepts nothing more, tells every client, sends what waits, and closes; after `stopTimeoutMs` without mercy.
   *
   * @param reason What clients are told.
   */
  async stop(reason: string): Promise<void> {
    this.#stopped = true;
    this.#acceptor.close();
    this.#unwatch();
    this.#news.stop();
    clearInterval(this.#timer);
    const closing = encodeEvent("closing", { reason });
    const aborter = new AbortController();
    const all = [...this.#connections].map((connection) => connection.sendLast(closing));
    const timeout = delay(stopTimeoutMs, { signal: aborter.signal }).catch(() => {});
    await Promise.race([Promise.all(all), timeout]);
    aborter.abort();
    for (const connection of this.#connections) connection.close();
  }

  #open(socket: AcceptedSocket): void {
    const { hostname } = socket.remoteAddr as Deno.NetAddr;
    const { logger, handle, hello } = this.#options;
    const nowMs = this.#nowMs;
    const connection = new NativeConnection(socket, {
      address: hostname,
      logger,
      handle,
      hello,
      nowMs,
      onSignedIn: this.#settle,
    });
    this.#connections.add(connection);
    this.#newcomers.add(siteOf(hostname), connection);
    this.#makeRoom();
    connection.run(this.#forget);
  }

  /** Silent newcomers must not keep honest ones out: the oldest goes, of those where most come from. */
  #makeRoom(): void {
    if (this.#newcomers.size <= connectionsBeforeSignInMax) return;
    const oldest = this.#newcomers.oldestOfLargest()!;
    oldest.close();
    this.#settle(oldest);
  }

  #checkDeadlines(): void {
    const nowMs = this.#nowMs();
    for (const connection of this.#connections) connection.checkDeadlines(nowMs);
  }

  #toAll(frame: Uint8Array): void {
    for (const connection of this.#connections) {
      if (connection.session?.ended === false) connection.outbox.push(frame);
    }
  }

  #toRoom(room: Room, frame: Uint8Array): void {
    for (const connection of this.#connections) {
      if (connection.session?.rooms.has(room)) connection.outbox.push(frame);
    }
  }
}
