/**
 * Puts the parts of the session protocol together, for whichever wire carries it.
 *
 * @module
 */
import { protocolVersion } from "../../../protocol/wire/messages.ts";
import type { Identities } from "../../accounts/key_directory.ts";
import type { SignIn } from "../../accounts/sign_in.ts";
import type { Logger } from "../../common/log.ts";
import type { Chat } from "../../heart/chat.ts";
import type { Files } from "../../heart/files/files.ts";
import type { ClusterView } from "../../storage/cluster_view.ts";
import type { Traffic } from "../connection/traffic.ts";
import { Commands } from "./commands.ts";
import { encodeEvent } from "./encoding.ts";
import { FileDesk } from "./file_desk.ts";
import { IdentityDesk } from "./identity_desk.ts";
import type { ProtocolConnection } from "./protocol_connection.ts";
import type { ProtocolListenerOptions } from "./protocol_listener.ts";
import { SignInDesk } from "./sign_in.ts";

/** What the session protocol stands on. */
export interface ConversationOptions {
  readonly chat: Chat;
  readonly signIn: SignIn;
  readonly identities: Identities;
  readonly logger: Logger;
  readonly traffic: Traffic;
  /** What people call this server. */
  readonly serverName: string;
  readonly registration: "open" | "closed";
  /** A message for everyone who connects. */
  readonly motd?: string | undefined;
  /** Where the page for browsers is, as those are told who may not know; none where left out. */
  readonly pageAddresses?: readonly string[];
  /** The files that people send; left out where none are taken. */
  readonly files?: Files | undefined;
  /** The cluster that the server is one of; left out where it is alone. */
  readonly cluster?: ClusterView | undefined;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
}

/**
 * What a listener of the session protocol needs, but for its wire.
 *
 * @param options See {@linkcode ConversationOptions}.
 */
export function conversationOf(
  options: ConversationOptions,
): Omit<ProtocolListenerOptions<ProtocolConnection>, "wire" | "open"> {
  const { chat, logger, traffic, cluster, nowMs = () => performance.now() } = options;
  const { pageAddresses = [] } = options;
  const hello = encodeEvent("hello", {
    protocol: protocolVersion,
    server: options.serverName,
    registration: options.registration,
    ...(options.motd === undefined ? {} : { motd: options.motd }),
    ...(pageAddresses.length === 0 ? {} : { page: [...pageAddresses] }),
  });
  const desk = new SignInDesk(options);
  const identityDesk = new IdentityDesk(options);
  const fileDesk = new FileDesk(chat, options.files ?? null);
  const commands = new Commands({ chat, desk, identityDesk, fileDesk, cluster });
  return {
    chat,
    logger,
    traffic,
    hello: () => hello,
    handle: (connection, request) => commands.handle(connection, request),
    cluster,
    nowMs,
  };
}
