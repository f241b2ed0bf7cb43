/**
 * Accepts connections that carry the session protocol, on whichever wire, and tells them comings and goings.
 *
 * @module
 */
import type { Request } from "../../../protocol/wire/requests.ts";
import type { Chat } from "../../heart/chat.ts";
import type { Logger } from "../../common/log.ts";
import { Listener } from "../connection/listener.ts";
import { Newcomers } from "../connection/newcomers.ts";
import type { AcceptedSocket, Acceptor } from "../connection/socket.ts";
import type { Traffic } from "../connection/traffic.ts";
import type { RoomName } from "../../heart/session.ts";
import type { ClusterView } from "../../storage/cluster_view.ts";
import { ClusterNews } from "./cluster_news.ts";
import { encodeEvent } from "./encoding.ts";
import { PresenceNews } from "./presence_news.ts";
import type { ProtocolConnection, ProtocolConnectionOptions } from "./protocol_connection.ts";

/** What a listener is made with. */
export interface ProtocolListenerOptions<C extends ProtocolConnection> {
  /** Which wire it is. */
  readonly wire: ProtocolConnection["wire"];
  /** Makes a connection of a socket, before its handshake. */
  readonly open: (socket: AcceptedSocket, options: ProtocolConnectionOptions) => C;
  readonly chat: Chat;
  readonly logger: Logger;
  readonly traffic: Traffic;
  readonly handle: (connection: ProtocolConnection, request: Request) => Promise<void> | void;
  /** What a peer is told first. */
  readonly hello: () => Uint8Array;
  /** The cluster that the server is one of; undefined where it is alone. */
  readonly cluster: ClusterView | undefined;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
}

/** Accepts connections until it is stopped. */
export class ProtocolListener<C extends ProtocolConnection> {
  readonly #options: ProtocolListenerOptions<C>;
  readonly #newcomers = new Newcomers();
  /** One for all connections: a function of its own would cost each of them memory. */
  readonly #settle = (connection: ProtocolConnection): void => this.#newcomers.delete(connection);
  readonly #listener: Listener<C>;
  readonly #news: PresenceNews;
  readonly #clusterNews: ClusterNews | null;
  readonly #unwatch: () => void;

  /**
   * Starts accepting.
   *
   * @param acceptor Where connections come from.
   * @param options See {@linkcode ProtocolListenerOptions}.
   */
  constructor(acceptor: Acceptor, options: ProtocolListenerOptions<C>) {
    this.#options = options;
    this.#news = new PresenceNews({
      audience: () => this.size - this.#newcomers.size,
      toAll: (frame) => this.#toAll(frame),
      toRoom: (room, frame) => this.#toRoom(room, frame),
    });
    this.#unwatch = options.chat.watch((event) => this.#news.note(event));
    this.#listener = new Listener(acceptor, {
      logger: options.logger,
      nowMs: options.nowMs,
      open: (socket, address) => this.#open(socket, address),
      sayGoodbye: (connection, reason) => connection.sendLast(encodeEvent("closing", { reason })),
      onEnd: (connection) => this.#forget(connection),
      peersMove: options.cluster !== undefined,
    });
    const { cluster } = options;
    this.#clusterNews = cluster === undefined
      ? null
      : new ClusterNews(cluster, this.#listener.connections);
  }

  /** How many connections there are, signed in or not. */
  get size(): number {
    return this.#listener.size;
  }

  /** Tells every client why, and closes: see {@linkcode Listener.stop}. */
  async stop(reason: string): Promise<void> {
    this.#unwatch();
    this.#news.stop();
    await this.#listener.stop(reason);
    this.#clusterNews?.stop();
  }

  #open(socket: AcceptedSocket, address: string): C {
    const { wire, chat, logger, traffic, handle, hello, nowMs } = this.#options;
    const onSignedIn = this.#settle;
    const connection = this.#options.open(socket, {
      address,
      logger,
      traffic,
      questions: chat.allowances.questions(wire),
      handle,
      hello,
      nowMs,
      onSignedIn,
    });
    this.#newcomers.add(connection);
    return connection;
  }

  #forget(connection: C): void {
    this.#newcomers.delete(connection);
    if (connection.session !== null) this.#options.chat.disconnect(connection.session);
  }

  #toAll(frame: Uint8Array): void {
    for (const connection of this.#listener.connections) {
      if (connection.session?.ended === false) connection.outbox.push(frame);
    }
  }

  #toRoom({ id }: RoomName, frame: Uint8Array): void {
    for (const { connection } of this.#options.chat.roomById(id).sessions) {
      if (this.#isOurs(connection)) connection.outbox.push(frame);
    }
  }

  #isOurs(connection: unknown): connection is C {
    return (this.#listener.connections as ReadonlySet<unknown>).has(connection);
  }
}
