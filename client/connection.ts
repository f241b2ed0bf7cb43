/**
 * The way to a server that this client trusts.
 *
 * A known server is connected to at once, with its certificate as the only one of that name that TLS accepts. Any other
 * is first asked for its certificate over a connection that is used for nothing else; after the decision the real
 * connection is made, verified against just that certificate. So the server has proved that the certificate is its
 * own before anything is sent, and before it is remembered.
 *
 * @module
 */
import { channelBindingOf, fingerprintOf, serverCertificateName } from "../protocol/fingerprint.ts";
import { decodePem } from "../protocol/pem.ts";
import { type Attempt, ConnectError, explainFailure } from "./connect_error.ts";
import type { PinnedServer } from "./known_servers.ts";
import type { ShownCertificate } from "./shown_certificate.ts";
import { TimeBudget } from "./time_budget.ts";
import { connectTls, type TlsTarget } from "./tls_connection.ts";
import { type SeenServer, type ServerTrust, UntrustedServerError } from "./trust.ts";

export { ConnectError };

/** Where to connect, and how to decide whether it is the right server. */
export interface OpenConnectionOptions {
  /** The host: a name or an IP address. */
  readonly host: string;
  /** The port, 1 to 65,535. */
  readonly port: number;
  /** Decides whether to talk to the server. */
  readonly trust: ServerTrust;
  /** Milliseconds for all steps in the network together, above 0. The time in which a person is asked does not count. */
  readonly timeoutMs: number;
  /** Gives up; then nothing stays open. */
  readonly signal?: AbortSignal | undefined;
  /** The certificates, in PEM, of the authorities that this machine trusts; the system's where not given. */
  readonly systemAuthorities?: (() => string[]) | undefined;
}

/** A connection to a server that is trusted. */
export interface ServerConnection {
  /** The connection, its handshake done, with Nagle's algorithm off. */
  readonly conn: Deno.TlsConn;
  /** The data of the channel binding `tls-server-end-point` (RFC 5929, section 4.1). */
  readonly channelBinding: Uint8Array<ArrayBuffer>;
  /** The fingerprint of the server's certificate. */
  readonly fingerprint: string;
}

/**
 * Connects to a server, decides whether to trust it, and remembers it.
 *
 * @param options Where to connect, and how to decide.
 * @returns The connection. The caller closes it.
 * @throws {ConnectError} Where no connection can be made, in words for people.
 * @throws {UntrustedServerError} Where the server is not the right one, or nobody agreed to it.
 * @throws {DataFolderError} Where the file of known servers cannot be read or written, or is damaged.
 */
export async function openConnection(options: OpenConnectionOptions): Promise<ServerConnection> {
  return await new Opening(options).open();
}

/** One call of `openConnection`. */
class Opening {
  readonly #attempt: Attempt;
  readonly #options: OpenConnectionOptions;
  readonly #budget: TimeBudget;

  constructor(options: OpenConnectionOptions) {
    const { port, timeoutMs, signal } = options;
    this.#options = options;
    this.#attempt = { host: bareHost(options.host), port, timeoutMs };
    this.#budget = new TimeBudget(timeoutMs, signal);
  }

  async open(): Promise<ServerConnection> {
    const { host, port } = this.#attempt;
    const known = await this.#options.trust.find(host, port);
    const opened = known?.kind === "pinned" ? await this.#openKnown(known) : undefined;
    return opened ?? await this.#openShown();
  }

  /** Connects to a known server; undefined where what answers is not that server. */
  async #openKnown(known: PinnedServer): Promise<ServerConnection | undefined> {
    const { serverName, certificatePem, fingerprint } = known;
    const conn = await this.#connectVerified(serverName, [certificatePem]);
    if (conn === undefined) return undefined;
    const der = decodePem("CERTIFICATE", certificatePem) ?? new Uint8Array();
    return { conn, channelBinding: await channelBindingOf(der), fingerprint };
  }

  /** Looks at the certificate that the server shows, and decides. */
  async #openShown(): Promise<ServerConnection> {
    const { fetchCertificate } = await import("./shown_certificate.ts");
    const { host, port } = this.#attempt;
    const shown = await this.#network((signal) => fetchCertificate(host, port, signal));
    const fingerprint = await fingerprintOf(shown.der);
    const seen = { host, port, fingerprint, certificatePem: shown.pem };
    const conn = await this.#connectByAuthority(shown, seen) ??
      await this.#connectPinned(shown, seen);
    return { conn, channelBinding: await channelBindingOf(shown.der), fingerprint };
  }

  /** Connects where the authorities of this machine vouch for the server; undefined where they do not. */
  async #connectByAuthority(
    shown: ShownCertificate,
    seen: Omit<SeenServer, "kind" | "serverName">,
  ): Promise<Deno.TlsConn | undefined> {
    if (shown.names.includes(serverCertificateName)) return undefined;
    const { systemAuthorities } = await import("./shown_certificate.ts");
    const authorities = (this.#options.systemAuthorities ?? systemAuthorities)();
    const conn = await this.#connectVerified(seen.host, authorities);
    if (conn === undefined) return undefined;
    return await this.#agreed(conn, { ...seen, kind: "authority", serverName: seen.host });
  }

  /** Connects where the person trusts, or comes to trust, just this certificate. */
  async #connectPinned(
    shown: ShownCertificate,
    part: Omit<SeenServer, "kind" | "serverName">,
  ): Promise<Deno.TlsConn> {
    const { trust, signal } = this.#options;
    const serverName = pinnableName(shown);
    const seen: SeenServer = { ...part, kind: "pinned", serverName: serverName ?? "" };
    if (serverName === undefined) {
      // A changed certificate comes first: advice on how to trust it would play into an attacker's hands.
      await trust.isKnown(seen);
      throw notVerifiable(seen, shown);
    }
    await orAborted(() => trust.checkServer(seen), signal);
    const conn = await this.#connectVerified(serverName, [seen.certificatePem]);
    if (conn === undefined) throw refusedByTls(seen);
    return await this.#remembered(conn, seen);
  }

  async #agreed(conn: Deno.TlsConn, seen: SeenServer): Promise<Deno.TlsConn> {
    try {
      await this.#options.trust.checkServer(seen);
    } catch (error) {
      conn.close();
      throw error;
    }
    return await this.#remembered(conn, seen);
  }

  async #remembered(conn: Deno.TlsConn, seen: SeenServer): Promise<Deno.TlsConn> {
    try {
      await this.#options.trust.remember(seen);
    } catch (error) {
      conn.close();
      throw error;
    }
    return conn;
  }

  /** Connects; undefined where TLS refuses the peer, because of its certificate or because it speaks no TLS. */
  async #connectVerified(
    serverName: string,
    trustedPems: string[],
  ): Promise<Deno.TlsConn | undefined> {
    const { host, port } = this.#attempt;
    const target: TlsTarget = { host, port, serverName, trustedPems };
    return await this.#network(async (signal) => {
      try {
        return await connectTls(target, signal);
      } catch (error) {
        if (error instanceof Deno.errors.InvalidData) return undefined;
        throw error;
      }
    });
  }

  async #network<T>(step: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await this.#budget.run(step);
    } catch (error) {
      if (this.#options.signal?.aborted) throw error;
      throw explainFailure(error, this.#attempt);
    }
  }
}

/** The host without the brackets of an IPv6 address. */
function bareHost(host: string): string {
  // deno-lint-ignore no-control-regex
  if (!/^[^\s\u0000-\u0020\u007f-\u009f]+$/.test(host)) {
    throw new ConnectError(
      "disconnected",
      "The name of the host is empty or holds blanks or control characters.",
    );
  }
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** The name under which a certificate can be pinned: TLS wants it self-signed, no authority's, and with a plain name. */
function pinnableName(shown: ShownCertificate): string | undefined {
  if (shown.names.includes(serverCertificateName)) return serverCertificateName;
  if (!shown.selfSigned || shown.authority) return undefined;
  return shown.names.find((name) => !name.includes("*"));
}

function notVerifiable({ host, port, fingerprint }: SeenServer, shown: ShownCertificate): Error {
  const who = shown.selfSigned
    ? "It is signed by itself, in a form that TLS accepts from an authority only."
    : `It is signed by an authority that this machine does not know, expired, or not made for the name ${host}.`;
  return new UntrustedServerError([
    `The certificate of ${host} port ${port} cannot be verified. ${who}`,
    `  ${fingerprint}`,
    "Ask whoever runs the server to do one of these:",
    "  - start it without --tls-cert and --tls-key, to use its built-in certificate;",
    "  - tell you which authority's certificate to add to this machine's store (or to name in SSL_CERT_FILE).",
    `Also check that the certificate is made for ${host}, and that this machine's clock is right.`,
  ].join("\n"));
}

function refusedByTls({ host, port, fingerprint }: SeenServer): Error {
  return new UntrustedServerError([
    `TLS refuses the certificate of ${host} port ${port}, although it is the one that was agreed to.`,
    `  ${fingerprint}`,
    "Has it expired, or is this machine's clock wrong? Or the server changed its certificate this very moment: try again.",
  ].join("\n"));
}

/** Waits for a person, unless the caller gives up. */
async function orAborted<T>(
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await work();
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
