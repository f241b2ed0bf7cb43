/**
 * Puts the parts of the native wire together.
 *
 * @module
 */
import { encodeEvent } from "../session_protocol/encoding.ts";
import { protocolVersion } from "../../../protocol/wire/messages.ts";
import type { Chat } from "../../heart/chat.ts";
import type { Identities } from "../../accounts/key_directory.ts";
import type { Logger } from "../../common/log.ts";
import type { SignIn } from "../../accounts/sign_in.ts";
import { Commands } from "../session_protocol/commands.ts";
import { IdentityDesk } from "../session_protocol/identity_desk.ts";
import type { Traffic } from "../connection/traffic.ts";
import type { Acceptor } from "../connection/socket.ts";
import { NativeListener } from "./listener.ts";
import type { ClusterView } from "../../storage/cluster_view.ts";
import { SignInDesk } from "../session_protocol/sign_in.ts";

/** What the native wire is made with. */
export interface NativeOptions {
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
  /** The cluster that the server is one of; left out where it is alone. */
  readonly cluster?: ClusterView | undefined;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
}

/**
 * Starts to serve the native wire.
 *
 * @param acceptor Where TLS connections come from.
 * @param options See {@linkcode NativeOptions}.
 */
export function startNative(acceptor: Acceptor, options: NativeOptions): NativeListener {
  const { chat, logger, traffic, cluster, nowMs = () => performance.now() } = options;
  const hello = encodeEvent("hello", {
    protocol: protocolVersion,
    server: options.serverName,
    registration: options.registration,
    ...(options.motd === undefined ? {} : { motd: options.motd }),
  });
  const desk = new SignInDesk(options);
  const identityDesk = new IdentityDesk(options);
  const commands = new Commands({ chat, desk, identityDesk, cluster });
  return new NativeListener(acceptor, {
    chat,
    logger,
    traffic,
    hello: () => hello,
    handle: (connection, request) => commands.handle(connection, request),
    cluster,
    nowMs,
  });
}
