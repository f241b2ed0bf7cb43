/**
 * Which servers this client talks to: trust on first use, and a refusal where a server's certificate has changed.
 *
 * @module
 */
import { safeText } from "../../protocol/text/safe_text.ts";
import { type KnownServer, KnownServers } from "../files/known_servers.ts";
import { UntrustedServerError } from "../core/link/untrusted_server_error.ts";

/** What a person is asked to agree to. */
export interface NewServer {
  /** The host as the person gave it. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** The fingerprint of the certificate that the server showed. */
  readonly fingerprint: string;
}

/** A server as it shows itself. */
export interface SeenServer extends NewServer {
  /** `authority`: verified by this machine's authorities; `pinned`: nobody but the person can say who it is. */
  readonly kind: KnownServer["kind"];
  /** The certificate, in PEM. */
  readonly certificatePem: string;
  /** The name in the certificate. */
  readonly serverName: string;
}

/** What the trust in servers depends on. */
export interface ServerTrustOptions {
  /** The client's data folder, which exists. */
  readonly dataDirectory: string;
  /** Asks whether to trust a server that was never seen. Not called where `expectedFingerprint` is given. */
  readonly confirmNewServer: (server: NewServer) => Promise<boolean>;
  /** The only fingerprint that is accepted, from a person who agreed to it: it replaces what was known. */
  readonly expectedFingerprint?: string | undefined;
  /** What the person gave beside host, port and trust: commands that are suggested carry the same. */
  readonly given?: { readonly name: string; readonly flags: readonly string[] } | undefined;
  /** Milliseconds since 1970, for the note of when a server was first seen. */
  readonly now?: (() => number) | undefined;
}

/** Decides on servers, and remembers them. */
export class ServerTrust {
  readonly #servers: KnownServers;
  readonly #options: ServerTrustOptions;

  /**
   * Nothing is read yet.
   *
   * @param options The data folder, the question, and the fingerprint if one was given.
   */
  constructor(options: ServerTrustOptions) {
    this.#servers = new KnownServers(options.dataDirectory);
    this.#options = options;
  }

  /**
   * What is known of a server.
   *
   * @param host The host as the person gave it.
   * @param port The port.
   * @returns The entry; undefined where the server was never seen, or a given fingerprint replaces what was known.
   * @throws {DataFolderError} Where the file of known servers cannot be read or is damaged.
   */
  async find(host: string, port: number): Promise<KnownServer | undefined> {
    const known = await this.#servers.find(host, port);
    const { expectedFingerprint } = this.#options;
    if (expectedFingerprint === undefined || known === undefined) return known;
    return known.kind === "pinned" && known.fingerprint === expectedFingerprint ? known : undefined;
  }

  /**
   * Decides whether to talk to a server. Nothing is remembered yet: showing a certificate proves nothing.
   *
   * @param seen The server as it shows itself.
   * @throws {UntrustedServerError} Where it is not the known one, not the one of the given fingerprint, or the person
   *   did not agree to a new one.
   * @throws {DataFolderError} Where the file of known servers cannot be read or is damaged.
   */
  async checkServer(seen: SeenServer): Promise<void> {
    if (await this.isKnown(seen)) return;
    if (seen.kind === "authority") return;
    const { host, port, fingerprint } = seen;
    if (!await this.#options.confirmNewServer({ host, port, fingerprint })) {
      throw notConfirmed(seen, wayOn(seen, this.#options.given));
    }
  }

  /**
   * Compares a server with what is known of it, or with the given fingerprint. Asks nobody.
   *
   * @param seen The server as it shows itself.
   * @returns True where it is the known or the given one; false where it was never seen.
   * @throws {UntrustedServerError} Where it is another one.
   * @throws {DataFolderError} Where the file of known servers cannot be read or is damaged.
   */
  async isKnown(seen: SeenServer): Promise<boolean> {
    const { expectedFingerprint } = this.#options;
    if (expectedFingerprint !== undefined) {
      if (expectedFingerprint !== seen.fingerprint) throw notExpected(seen, expectedFingerprint);
      return true;
    }
    const known = await this.#servers.find(seen.host, seen.port);
    if (known === undefined) return false;
    if (!isSame(known, seen)) throw this.#changed(seen, known);
    return true;
  }

  /**
   * Remembers a server that `checkServer` let pass and that has proved that the certificate is its own.
   *
   * @param seen The server.
   * @throws {UntrustedServerError} Where another client has meanwhile met another server in its place.
   * @throws {DataFolderError} Where the file of known servers cannot be written or is damaged.
   */
  async remember(seen: SeenServer): Promise<void> {
    await this.#servers.update(seen.host, seen.port, (known) => {
      if (known !== undefined) {
        if (isSame(known, seen)) return known;
        if (this.#options.expectedFingerprint === undefined) throw this.#changed(seen, known);
      }
      return this.#entryFor(seen);
    });
  }

  /**
   * Where the other servers of a server's cluster are, as it has told.
   *
   * @param host The host as the person gave it.
   * @param port The port.
   * @returns Addresses as they were told, which may be anything; none where the server is not known.
   * @throws {DataFolderError} Where the file of known servers cannot be read or is damaged.
   */
  async addressesOf(host: string, port: number): Promise<readonly string[]> {
    return (await this.find(host, port))?.addresses ?? [];
  }

  /**
   * Keeps where the other servers of a server's cluster are.
   *
   * @param host The host as the person gave it.
   * @param port The port.
   * @param addresses What it has told, after it has proved who it is.
   * @throws {DataFolderError} Where the file of known servers cannot be written or is damaged.
   */
  async keepAddresses(host: string, port: number, addresses: readonly string[]): Promise<void> {
    await this.#servers.update(
      host,
      port,
      (known) => known === undefined ? known : { ...known, addresses: [...addresses] },
    );
  }

  #entryFor(seen: SeenServer): KnownServer {
    const firstSeenAt = new Date((this.#options.now ?? Date.now)()).toISOString();
    if (seen.kind === "authority") return { kind: "authority", firstSeenAt };
    const { kind, fingerprint, certificatePem, serverName } = seen;
    return { kind, fingerprint, certificatePem, serverName, firstSeenAt };
  }

  #changed(seen: SeenServer, known: KnownServer): UntrustedServerError {
    const { host, port, fingerprint } = seen;
    const before = known.kind === "pinned"
      ? known.fingerprint
      : "a certificate signed by a trusted authority";
    return new UntrustedServerError(
      [
        "",
        "*** WARNING: THE SERVER'S CERTIFICATE HAS CHANGED ***",
        "",
        `  server  ${host} port ${port}`,
        `  before  ${before}`,
        `          (since ${known.firstSeenAt.slice(0, 10)})`,
        `  now     ${fingerprint}`,
        "",
        "Either the server was set up again, or someone is between you and the server, reading or changing what you write. " +
        "Your name and password were not sent. Ask the person who runs the server, in some other way than this, which " +
        'fingerprint it printed when it started. Only if that is the one after "now", letter for letter, continue with:',
        "",
        `  ${wayOn(seen, this.#options.given)}`,
        "",
        `This replaces the entry in ${this.#servers.path}.`,
      ].join("\n"),
      { seen: { before, now: fingerprint } },
    );
  }
}

/** A certificate that was pinned stays trusted when an authority vouches for it as well. */
function isSame(known: KnownServer, seen: SeenServer): boolean {
  if (known.kind === "pinned") return known.fingerprint === seen.fingerprint;
  return seen.kind === "authority";
}

function notExpected(seen: SeenServer, expected: string): UntrustedServerError {
  return new UntrustedServerError(
    [
      `${seen.host} port ${seen.port} is not the server with the given fingerprint.`,
      `  given   ${expected}`,
      `  server  ${seen.fingerprint}`,
      "Your name and password were not sent. Compare the fingerprint with the one that the server printed when it started.",
    ].join("\n"),
    { seen: { before: expected, now: seen.fingerprint } },
  );
}

/** The command that trusts the server as it is now. */
function wayOn(
  { host, port, fingerprint }: SeenServer,
  given: ServerTrustOptions["given"],
): string {
  const words = given === undefined ? ["NAME"] : [given.name, ...given.flags].map(quoted);
  return `chat client ${host} ${port} ${words.join(" ")} --fingerprint ${fingerprint}`;
}

/** One word for a shell, and harmless on a terminal. */
function quoted(text: string): string {
  const shown = safeText(text);
  return /^[\p{L}\p{M}\p{N}_.\/:\\-]+$/u.test(shown)
    ? shown
    : `'${shown.replaceAll("'", "'\\''")}'`;
}

function notConfirmed(
  { host, port, fingerprint }: SeenServer,
  command: string,
): UntrustedServerError {
  return new UntrustedServerError(
    [
      `${host} port ${port} is a new server and is not trusted. Its fingerprint is`,
      `  ${fingerprint}`,
      "If the server printed the same one when it started, continue with:",
      `  ${command}`,
    ].join("\n"),
    { seen: { before: null, now: fingerprint } },
  );
}
