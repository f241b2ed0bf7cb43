/**
 * The way to a server that this client trusts.
 *
 * There is one connection: the certificate is read from the one that will be used, and decided on before anything is sent.
 * In its handshake the server has proved that the certificate is its own. A pinned certificate has to be the same byte for
 * byte, and no authority stands in for it.
 *
 * @module
 */
import {
  channelBindingOf,
  fingerprintOf,
  serverCertificateName,
} from "../../protocol/certificate/fingerprint.ts";
import { decodePem, encodePem } from "../../protocol/certificate/pem.ts";
import { isMadeFor } from "./certificate_names.ts";
import { type ConnectAttempt, ConnectError, explainFailure } from "./connect_error.ts";
import type { ServerConnection } from "../core/link/transport.ts";
import { readCertificate, type ShownCertificate, trustedAuthorities } from "./shown_certificate.ts";
import { TimeBudget } from "./time_budget.ts";
import { CertificateNotProvenError, connectTls, type TlsConnection } from "./tls_connection.ts";
import type { SeenServer, ServerTrust } from "./trust.ts";
import { UntrustedServerError } from "../core/link/untrusted_server_error.ts";

export { ConnectError };

/** A connection to a server that this client trusts. */
export interface TrustedConnection extends ServerConnection {
  /** The fingerprint of the certificate that the server has shown on this connection. */
  readonly fingerprint: string;
}

/** Where to connect, and how to decide whether it is the right server. */
export interface OpenConnectionOptions {
  /** The host: a name or an IP address. */
  readonly host: string;
  /** The port, 1 to 65,535. */
  readonly port: number;
  /** Decides whether to talk to the server. */
  readonly trust: ServerTrust;
  /**
   * The server that it must be the same as, where that one has told of it: they are one cluster, with one certificate. Nobody is asked
   * about it, and nothing is remembered of it.
   */
  readonly sameAs?: { readonly host: string; readonly port: number } | undefined;
  /** Milliseconds for all steps in the network together, above 0. The time in which a person is asked does not count. */
  readonly timeoutMs: number;
  /** Gives up; then nothing stays open. */
  readonly signal?: AbortSignal | undefined;
  /** The certificates, in PEM, of the authorities to trust; {@linkcode trustedAuthorities} where not given. */
  readonly authorities?: (() => string[]) | undefined;
}

/**
 * Connects to a server, decides whether to trust it, and remembers it.
 *
 * @param options Where to connect, and how to decide.
 * @returns The connection. The caller closes it.
 * @throws {ConnectError} Where no connection can be made, in words for people; also to a server that is not the same as it must be.
 * @throws {UntrustedServerError} Where the server is not the right one, cannot prove that it is, or nobody agreed to it.
 * @throws {DataFolderError} Where the file of known servers cannot be read or written, or is damaged.
 */
export async function openConnection(options: OpenConnectionOptions): Promise<TrustedConnection> {
  return await new Opening(options).open();
}

/** One call of `openConnection`. */
class Opening {
  readonly #attempt: ConnectAttempt;
  readonly #options: OpenConnectionOptions;
  readonly #budget: TimeBudget;

  constructor(options: OpenConnectionOptions) {
    const { port, timeoutMs, signal } = options;
    this.#options = options;
    this.#attempt = { host: bareHost(options.host), port, timeoutMs };
    this.#budget = new TimeBudget(timeoutMs, signal);
  }

  async open(): Promise<TrustedConnection> {
    let conn = await this.#openTrusted();
    if (conn.ended) {
      // A person who was asked may have taken longer than the server waits. Now the server is known.
      conn.close();
      conn = await this.#openTrusted();
    }
    const der = conn.certificateDer;
    return {
      transport: conn,
      channelBinding: await channelBindingOf(der),
      fingerprint: await fingerprintOf(der),
    };
  }

  async #openTrusted(): Promise<TlsConnection> {
    const { trust, authorities = trustedAuthorities } = this.#options;
    const { host, port } = this.#known;
    const known = await trust.find(host, port);
    const pinned = known?.kind === "pinned" ? known : undefined;
    const conn = await this.#connect(pinned === undefined ? authorities() : []);
    try {
      const certificate = readCertificate(conn.certificateDer);
      const isPinned = pinned !== undefined && holds(pinned.certificatePem, conn.certificateDer);
      if (!isPinned || !isCurrent(certificate)) await this.#decide(conn, certificate);
      return conn;
    } catch (error) {
      conn.close();
      throw error;
    }
  }

  /** By what the server is known. */
  get #known(): { readonly host: string; readonly port: number } {
    const { sameAs } = this.#options;
    return sameAs === undefined ? this.#attempt : { ...sameAs, host: bareHost(sameAs.host) };
  }

  async #connect(authorities: string[]): Promise<TlsConnection> {
    const { host, port } = this.#attempt;
    const { sameAs, signal: given } = this.#options;
    try {
      return await this.#budget.run((signal) => connectTls({ host, port, authorities }, signal));
    } catch (error) {
      if (given?.aborted) throw error;
      if (error instanceof CertificateNotProvenError) {
        throw sameAs === undefined ? notProven(this.#attempt) : notSame(this.#attempt);
      }
      throw explainFailure(error, this.#attempt);
    }
  }

  /** Lets the authorities of this machine, what is known, or the person decide, and remembers the server. */
  async #decide(conn: TlsConnection, certificate: ShownCertificate): Promise<void> {
    const { trust, signal, sameAs } = this.#options;
    const seen = await this.#seen(conn, certificate);
    if (sameAs !== undefined) {
      if (isCurrent(certificate) && await isTheSame(trust, seen)) return;
      throw notSame(this.#attempt);
    }
    if (seen.serverName === "") {
      // A changed certificate comes first: advice on how to trust it would play into an attacker's hands.
      await trust.isKnown(seen);
      throw notVerifiable(seen, certificate);
    }
    await orAborted(() => trust.checkServer(seen), signal);
    if (!isCurrent(certificate)) throw outdated(seen);
    await trust.remember(seen);
  }

  async #seen(conn: TlsConnection, certificate: ShownCertificate): Promise<SeenServer> {
    const { host, port } = this.#known;
    const der = conn.certificateDer;
    const shown = {
      host,
      port,
      fingerprint: await fingerprintOf(der),
      certificatePem: encodePem("CERTIFICATE", der),
    };
    const isVouchedFor = conn.verified && isMadeFor(der, host);
    return isVouchedFor && !certificate.names.includes(serverCertificateName)
      ? { ...shown, kind: "authority", serverName: host }
      : { ...shown, kind: "pinned", serverName: pinnableName(certificate) };
  }
}

/** Whether a certificate is the pinned one, byte for byte. Neither is secret. */
function holds(certificatePem: string, der: Uint8Array): boolean {
  const pinned = decodePem("CERTIFICATE", certificatePem);
  return pinned !== undefined && pinned.length > 0 && pinned.length === der.length &&
    pinned.every((byte, at) => byte === der[at]);
}

function isCurrent({ validFromMs, validUntilMs }: ShownCertificate): boolean {
  const nowMs = Date.now();
  return validFromMs <= nowMs && nowMs <= validUntilMs;
}

/** The host without the brackets of an IPv6 address. */
function bareHost(host: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (!/^[^\s\u0000-\u0020\u007f-\u009f]+$/.test(host)) {
    throw new ConnectError(
      "disconnected",
      "The host name is empty, or contains spaces or control characters.",
    );
  }
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** The name under which a certificate is pinned: a self-signed one that is no authority's. Empty where it cannot be. */
function pinnableName(certificate: ShownCertificate): string {
  if (certificate.names.includes(serverCertificateName)) return serverCertificateName;
  if (!certificate.selfSigned || certificate.authority) return "";
  return certificate.names.find((name) => !name.includes("*")) ?? "";
}

function notVerifiable({ host, port, fingerprint }: SeenServer, shown: ShownCertificate): Error {
  const who = shown.selfSigned
    ? "It is self-signed, and is a certificate authority's or names no host."
    : `Its authority is unknown to this machine, it has expired, or it is not for the name ${host}.`;
  return new UntrustedServerError([
    `The certificate of ${host} port ${port} cannot be verified. ${who}`,
    `  ${fingerprint}`,
    "Ask the person who runs the server to do one of these:",
    "  - start it without --tls-cert and --tls-key, to use its built-in certificate;",
    "  - tell you which authority's certificate to add to this machine's store (or to name in SSL_CERT_FILE).",
    `Also check that the certificate is for ${host}, and that this machine's clock is right.`,
  ].join("\n"));
}

/** Whether the server is the one that is known. */
async function isTheSame(trust: ServerTrust, seen: SeenServer): Promise<boolean> {
  try {
    return await trust.isKnown(seen);
  } catch (error) {
    if (error instanceof UntrustedServerError) return false;
    throw error;
  }
}

function notSame({ host, port }: ConnectAttempt): Error {
  return new ConnectError(
    "disconnected",
    `${host} port ${port} is not a server of this chat: it has another certificate.`,
  );
}

function outdated({ host, port, fingerprint }: SeenServer): Error {
  return new UntrustedServerError([
    `The certificate of ${host} port ${port} is the one that you accepted, but it is not valid now.`,
    `  ${fingerprint}`,
    "Has it expired, or is this machine's clock wrong?",
  ].join("\n"));
}

function notProven({ host, port }: ConnectAttempt): Error {
  return new UntrustedServerError([
    "",
    "*** WARNING: THE SERVER CANNOT PROVE WHO IT IS ***",
    "",
    `  server  ${host} port ${port}`,
    "",
    "It showed a certificate but does not have the key for it. Someone may be between you and the server, reading or " +
    "changing what you write. Your name and password were not sent. Ask the person who runs the server, in some other way " +
    "than this, and do not trust this network until you know what happened.",
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
