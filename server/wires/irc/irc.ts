/**
 * Puts the parts of the IRC wire together.
 *
 * @module
 */
import { plainAddress } from "../../common/address.ts";
import type { CapabilityContext } from "./format/capabilities.ts";
import { depose } from "./commands/server.ts";
import type { Irc } from "./delivery/irc_parts.ts";
import { Delivery } from "./delivery/delivery.ts";
import { giveUpNick } from "./sign_in/registering.ts";
import type { Listener } from "../connection/listener.ts";
import type { Traffic } from "../connection/traffic.ts";
import type { Acceptor } from "../connection/socket.ts";
import type { IrcConnection } from "./connection.ts";
import { listenIrc } from "./listener.ts";
import { Network, type NetworkOptions } from "./network/network.ts";
import { PostEncoder } from "./delivery/posts.ts";
import { PresenceTeller } from "./delivery/presence.ts";
import { tellSignal } from "./delivery/signals.ts";
import { tellProfile } from "./network/profiles.ts";

/** How long clients remember to come encrypted only. */
const stsDurationSeconds = 30 * 24 * 3600;

/** What the IRC wire is made with. */
export interface IrcOptions extends Omit<NetworkOptions, "serverName" | "networkName" | "nowMs"> {
  readonly traffic: Traffic;
  /** What people call this server. */
  readonly name: string;
  /** The ways to sign in by SASL that are offered. */
  readonly sasl: "all" | "plain";
  /** The port to which clients on plain connections are sent (IRCv3 sts); null unless they trust the certificate. */
  readonly stsPort: number | null;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
  /** Milliseconds on a clock that only goes forward. */
  readonly monotonicMs?: () => number;
}

/** Where connections come from. */
export interface IrcAcceptors {
  /** Encrypted ones. */
  readonly tls: Acceptor | null;
  readonly plain: Acceptor | null;
}

/** The IRC wire, running. */
export interface RunningIrc {
  /** One for each acceptor. */
  readonly listeners: readonly Listener<IrcConnection>[];
  /** Tells every client, and closes. */
  stop(): Promise<void>;
}

/**
 * Starts to serve IRC.
 *
 * @param acceptors Where connections come from.
 * @param options See {@linkcode IrcOptions}.
 */
export function startIrc({ tls, plain }: IrcAcceptors, options: IrcOptions): RunningIrc {
  const irc = composeIrc({ ...options, nowMs: options.nowMs ?? Date.now });
  const unwatch = watchNeighbours(irc, options.chat.watch((event) => irc.presence.tell(event)));
  const { accountSessions } = options.chat;
  const unwatchPasswords = accountSessions.watchPasswords((nameKey) =>
    depose(irc.network, nameKey)
  );
  const { logger, traffic, monotonicMs: nowMs = () => performance.now() } = options;
  const shared = { irc, logger, traffic, nowMs };
  const listeners: Listener<IrcConnection>[] = [];
  if (tls !== null) {
    listeners.push(listenIrc(tls, { ...shared, contextOf: secureContext(options) }));
  }
  if (plain !== null) {
    listeners.push(listenIrc(plain, { ...shared, contextOf: plainContext(options) }));
  }
  const stop = async () => {
    await Promise.all(listeners.map((listener) => listener.stop("The server is stopping")));
    unwatch();
    unwatchPasswords();
  };
  return { listeners, stop };
}

/** Follows what is not kept on other servers of the cluster, too. The returned function ends it all. */
function watchNeighbours({ network }: Irc, unwatch: () => void): () => void {
  const { chat } = network;
  const unwatchProfiles = chat.presence.watchProfiles(({ user, profile }) => {
    const person = network.persons.get(user.name);
    if (person !== undefined && profile !== null) tellProfile(network, person, profile);
  });
  const unhear = chat.signals.hear((signal) => tellSignal(network, signal));
  return () => {
    unwatch();
    unwatchProfiles();
    unhear();
  };
}

/** Addresses to listen on; null for none. */
export interface IrcAddresses {
  readonly tls: Deno.TcpListenOptions & Deno.TlsCertifiedKeyPem | null;
  readonly plain: Deno.TcpListenOptions | null;
}

/** An address of the IRC wire that is ready. */
export interface IrcAddress {
  readonly name: "irc" | "irc-plain";
  readonly address: Deno.NetAddr;
  /** Ends the whole wire. May be called for each address. */
  stop(): Promise<void>;
}

/**
 * Starts to serve IRC on addresses of this machine.
 *
 * @param addresses Port 0 picks a free one.
 * @param options See {@linkcode IrcOptions}; whether the certificate is one that clients trust.
 * @return The addresses, each ready.
 * @throws {Deno.errors.AddrInUse} and others of `Deno.listen`; then nothing listens.
 */
export function openIrc(
  addresses: IrcAddresses,
  { trusted, ...options }: Omit<IrcOptions, "stsPort"> & { trusted: boolean },
): IrcAddress[] {
  const tls = addresses.tls === null ? null : Deno.listenTls(addresses.tls);
  let plain: Deno.TcpListener | null = null;
  try {
    plain = addresses.plain === null ? null : Deno.listen(addresses.plain);
  } catch (error) {
    tls?.close();
    throw error;
  }
  const stsPort = trusted && tls !== null ? tls.addr.port : null;
  const running = startIrc({ tls, plain }, { ...options, stsPort });
  let stopping: Promise<void> | null = null;
  const stop = () => stopping ??= running.stop();
  return [
    ...(tls === null ? [] : [{ name: "irc" as const, address: tls.addr, stop }]),
    ...(plain === null ? [] : [{ name: "irc-plain" as const, address: plain.addr, stop }]),
  ];
}

function secureContext({ registration, sasl, stsPort }: IrcOptions) {
  const context: CapabilityContext = {
    secure: true,
    passwordsAllowed: true,
    registrationOpen: registration === "open",
    saslPlainOnly: sasl === "plain",
    sts: stsPort === null ? null : `duration=${stsDurationSeconds}`,
  };
  return () => context;
}

/** Passwords are only taken where they do not leave the machine. */
function plainContext({ registration, sasl, stsPort }: IrcOptions) {
  return (address: string): CapabilityContext => ({
    secure: false,
    passwordsAllowed: isLoopback(address),
    registrationOpen: registration === "open",
    saslPlainOnly: sasl === "plain",
    sts: stsPort === null ? null : `port=${stsPort}`,
  });
}

function composeIrc(options: IrcOptions & { nowMs: () => number }): Irc {
  const network = new Network({
    ...options,
    serverName: serverNameOf(options.name),
    networkName: options.name,
  });
  const posts = new PostEncoder(network);
  const delivery = new Delivery(network, posts);
  const presence = new PresenceTeller(network, (guest) => network.giveUpNick(guest));
  const irc = { network, posts, delivery, presence };
  network.giveUpNick = (guest) => giveUpNick(irc, guest);
  return irc;
}

function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === "::1" || plain.startsWith("127.");
}

/** What people call the server, as one word with a dot: clients tell a server from a nick by it. */
export function serverNameOf(name: string): string {
  const word = name.replace(/[^A-Za-z0-9.-]+/g, "-").replace(/^[.-]+|[.-]+$/g, "") || "chat";
  return word.includes(".") ? word : `${word}.chat`;
}
