/**
 * Puts the parts of the IRC wire together.
 *
 * @module
 */
import { plainAddress } from "../../address.ts";
import { Rate } from "../../rate.ts";
import type { CapabilityContext } from "./capabilities.ts";
import type { Irc } from "./command.ts";
import { Delivery } from "./delivery.ts";
import { giveUpNick } from "./identity.ts";
import { IrcListener } from "./listener.ts";
import { Network, type NetworkOptions } from "./network.ts";
import { PostEncoder } from "./posts.ts";
import { PresenceTeller } from "./presence.ts";

/** What the IRC wire is made with. */
export interface IrcOptions
  extends Omit<NetworkOptions, "serverName" | "networkName" | "channelRate" | "nowMs"> {
  /** What people call this server. */
  readonly name: string;
  /** How fast one user may post in the long run; 0 for any speed. */
  readonly postsPerSecond: number;
  /** Where to listen for encrypted connections; null for nowhere. */
  readonly tls: Deno.TcpListenOptions & Deno.TlsCertifiedKeyPem | null;
  /** Where to listen for plain ones; null for nowhere. */
  readonly plain: Deno.TcpListenOptions | null;
  /** Whether clients on plain connections are to be told to come encrypted (IRCv3 sts): only with a certificate that they trust. */
  readonly trusted: boolean;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** One of the addresses of the IRC wire. */
export interface RunningIrc {
  /** What it is called in the line that says that it is ready. */
  readonly name: "irc" | "irc-plain";
  readonly address: Deno.NetAddr;
  /** Tells every client, and closes. */
  stop(): Promise<void>;
}

/** Channels that can be made from one address at once, and in the long run. */
const channelsBurst = 100;
const channelsPerSecond = 1 / 30;
/** Commands that a client may send at once beside those that the post rate allows. */
const floodSlack = 50;
/** How long clients remember to come encrypted only. */
const stsDurationSeconds = 30 * 24 * 3600;

/**
 * Starts to serve IRC.
 *
 * @param options See {@linkcode IrcOptions}.
 * @return The addresses, each ready.
 * @throws {Deno.errors.AddrInUse} and others of `Deno.listen`; then nothing listens.
 */
export function openIrc(options: IrcOptions): RunningIrc[] {
  const { chat, tls, plain } = options;
  const irc = composeIrc({ ...options, nowMs: options.nowMs ?? Date.now });
  const tlsAcceptor = tls === null ? null : Deno.listenTls(tls);
  let plainAcceptor: Deno.TcpListener | null = null;
  try {
    plainAcceptor = plain === null ? null : Deno.listen(plain);
  } catch (error) {
    tlsAcceptor?.close();
    throw error;
  }
  const unwatch = chat.watch((event) => irc.presence.tell(event));
  const port = options.trusted ? tlsAcceptor?.addr.port : undefined;
  const all: RunningIrc[] = [];
  const serve = (name: RunningIrc["name"], acceptor: Deno.TlsListener | Deno.TcpListener) => {
    const contextOf = name === "irc" ? secureContext(options) : plainContext(options, port);
    const listener = new IrcListener(acceptor, { irc, contextOf, ...limitsOf(options) });
    const stop = async () => {
      await listener.stop("The server is stopping");
      unwatch();
    };
    all.push({ name, address: acceptor.addr as Deno.NetAddr, stop });
  };
  if (tlsAcceptor !== null) serve("irc", tlsAcceptor);
  if (plainAcceptor !== null) serve("irc-plain", plainAcceptor);
  return all;
}

function limitsOf({ logger, postsPerSecond }: IrcOptions) {
  const burst = postsPerSecond * 10 + floodSlack;
  return { logger, flood: { perSecond: postsPerSecond, burst } };
}

function secureContext({ registration, trusted }: IrcOptions) {
  const context: CapabilityContext = {
    secure: true,
    passwordsAllowed: true,
    registrationOpen: registration === "open",
    sts: trusted ? `duration=${stsDurationSeconds}` : null,
  };
  return () => context;
}

/** Passwords are only taken where they do not leave the machine. */
function plainContext({ registration }: IrcOptions, stsPort: number | undefined) {
  return (address: string): CapabilityContext => ({
    secure: false,
    passwordsAllowed: isLoopback(address),
    registrationOpen: registration === "open",
    sts: stsPort === undefined ? null : `port=${stsPort}`,
  });
}

function composeIrc(options: IrcOptions & { nowMs: () => number }): Irc {
  const network = new Network({
    ...options,
    serverName: serverNameOf(options.name),
    networkName: options.name,
    channelRate: new Rate({
      perSecond: channelsPerSecond,
      burst: channelsBurst,
      message: "Too many new channels from your address. Wait a minute.",
    }),
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
