/**
 * Accepts IRC connections on one address.
 *
 * @module
 */
import type { Logger } from "../../common/log.ts";
import { Listener } from "../connection/listener.ts";
import type { Traffic } from "../connection/traffic.ts";
import type { Acceptor } from "../connection/socket.ts";
import type { CapabilityContext } from "./format/capabilities.ts";
import type { Irc } from "./delivery/irc_parts.ts";
import { IrcConnection } from "./connection.ts";
import { leaveNetwork } from "./sign_in/registering.ts";

/** What a listener is made with. */
export interface IrcListenerOptions {
  readonly irc: Irc;
  readonly logger: Logger;
  readonly traffic: Traffic;
  /** What connections from an address may do. */
  readonly contextOf: (address: string) => CapabilityContext;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
}

/**
 * Starts accepting.
 *
 * @param acceptor Where connections come from.
 * @param options See {@linkcode IrcListenerOptions}.
 */
export function listenIrc(
  acceptor: Acceptor,
  { irc, logger, traffic, contextOf, nowMs }: IrcListenerOptions,
): Listener<IrcConnection> {
  return new Listener(acceptor, {
    logger,
    nowMs,
    open: (socket, address) => {
      socket.setNoDelay?.(true);
      const context = contextOf(address);
      const connection = new IrcConnection(socket, {
        irc,
        address,
        context,
        logger,
        traffic,
        questions: irc.network.chat.allowances.questions("irc"),
        nowMs,
      });
      irc.network.newcomers.add(connection.client);
      return connection;
    },
    sayGoodbye: async (connection, reason) => {
      connection.endWith(reason);
      // How far its peer has read is known when it has ended.
      await connection.ended;
    },
    onEnd: ({ client }) => leaveNetwork(irc, client),
  });
}
