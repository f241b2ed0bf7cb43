/**
 * Accepts classic connections, and lets them go.
 *
 * @module
 */
import type { Chat } from "../../heart/chat.ts";
import type { Logger } from "../../common/log.ts";
import { Listener } from "../connection/listener.ts";
import { Newcomers } from "../connection/newcomers.ts";
import type { Traffic } from "../connection/traffic.ts";
import type { Acceptor } from "../connection/socket.ts";
import { ClassicConnection } from "./connection.ts";
import type { Members } from "./member.ts";
import type { ClassicClient, State } from "./state.ts";

/** What the listener is made with. */
export interface ClassicListenerOptions {
  readonly chat: Chat;
  readonly logger: Logger;
  readonly traffic: Traffic;
  readonly members: Members;
  /** The first state of a connection. */
  readonly begin: (client: ClassicClient) => State;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
}

/**
 * Starts accepting.
 *
 * @param acceptor Where connections come from.
 * @param options See {@linkcode ClassicListenerOptions}.
 */
export function listenClassic(
  acceptor: Acceptor,
  { chat, logger, traffic, members, begin, nowMs }: ClassicListenerOptions,
): Listener<ClassicConnection> {
  const newcomers = new Newcomers();
  const onSignedIn = (connection: ClassicConnection) => newcomers.delete(connection);
  return new Listener(acceptor, {
    logger,
    nowMs,
    open: (socket, address) => {
      // Each message is one segment, at once; and peers whose machine has gone are found.
      socket.setNoDelay?.(true);
      socket.setKeepAlive?.(true);
      const connection = new ClassicConnection(socket, {
        address,
        logger,
        traffic,
        questions: chat.allowances.questions("classic"),
        begin,
        nowMs,
        onSignedIn,
      });
      newcomers.add(connection);
      return connection;
    },
    // This wire has no word for it.
    sayGoodbye: (connection) => connection.finished(),
    onEnd: (connection) => {
      newcomers.delete(connection);
      if (connection.member === null) return;
      members.remove(connection.member.session);
      chat.disconnect(connection.member.session);
    },
  });
}
