/**
 * The file of servers seen before, shared by every client that uses the same data folder.
 *
 * @module
 */
import { join } from "node:path";
import * as v from "valibot";
import { DataFolderError, reasonOf } from "../../platform/data_folder.ts";
import { writePrivateFile } from "../../platform/private_file.ts";
import { fingerprintOf, isFingerprint } from "../../protocol/certificate/fingerprint.ts";
import { decodePem } from "../../protocol/certificate/pem.ts";
import { serverAddressCharactersMax, serverAddressesMax } from "../../protocol/wire/limits.ts";

/** Where the other servers of its cluster are reached, as it has told; clients of before do not keep that. */
const addresses = v.optional(
  v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(serverAddressCharactersMax))),
    v.maxLength(serverAddressesMax),
  ),
);

const pinnedServer = v.object({
  /** Trusted because the person agreed to this very certificate. */
  kind: v.literal("pinned"),
  fingerprint: v.pipe(v.string(), v.check(isFingerprint)),
  certificatePem: v.string(),
  /** The name in the certificate, which TLS asks for. */
  serverName: v.string(),
  /** When the certificate was first seen, in ISO 8601. */
  firstSeenAt: v.pipe(v.string(), v.isoTimestamp()),
  addresses,
});

const authorityServer = v.object({
  /** Trusted because an authority that this machine trusts signed the certificate; a renewed one is trusted too. */
  kind: v.literal("authority"),
  firstSeenAt: v.pipe(v.string(), v.isoTimestamp()),
  addresses,
});

const knownServer = v.variant("kind", [pinnedServer, authorityServer]);

const knownServersFile = v.object({
  version: v.literal(1),
  servers: v.record(v.string(), knownServer),
});

/** A server of which this very certificate is trusted. */
export type PinnedServer = v.InferOutput<typeof pinnedServer>;

/** A server seen before. */
export type KnownServer = v.InferOutput<typeof knownServer>;

/** The file's name in the client's data folder. */
export const knownServersFileName = "known_servers.json";

const lockTimeoutMs = 5_000;
const lockRetryMs = 10;

/** The servers seen before, kept in one file. Safe with several clients that start at the same time. */
export class KnownServers {
  /** The file, for messages to people. */
  readonly path: string;

  /**
   * Nothing is read yet.
   *
   * @param dataDirectory The client's data folder, which exists.
   */
  constructor(dataDirectory: string) {
    this.path = join(dataDirectory, knownServersFileName);
  }

  /**
   * Looks a server up.
   *
   * @param host The host as the person gave it.
   * @param port The port.
   * @returns What is known of the server; undefined where it was never seen.
   * @throws {DataFolderError} Where the file cannot be read or is damaged.
   */
  async find(host: string, port: number): Promise<KnownServer | undefined> {
    const servers = await this.#read();
    return await this.#checked(servers.get(serverKey(host, port)));
  }

  /**
   * Where all known servers are.
   *
   * @returns Each as `host:port`.
   * @throws {DataFolderError} Where the file cannot be read or is damaged.
   */
  async addresses(): Promise<string[]> {
    return [...(await this.#read()).keys()];
  }

  /**
   * Changes what is known of one server while no other client changes the file.
   *
   * @param host The host as the person gave it.
   * @param port The port.
   * @param change Gets what is known at that moment and returns what is to be known; the same object, or nothing, to leave it.
   *   What it throws is passed on, and nothing is changed.
   * @throws {DataFolderError} Where the file cannot be read or written, is damaged, or stays locked.
   */
  async update(
    host: string,
    port: number,
    change: (known: KnownServer | undefined) => KnownServer | undefined,
  ): Promise<void> {
    using _lock = await this.#lock();
    const servers = await this.#read();
    const key = serverKey(host, port);
    const known = await this.#checked(servers.get(key));
    const wanted = change(known);
    if (wanted === undefined || wanted === known) return;
    servers.set(key, wanted);
    await this.#write(servers);
  }

  async #read(): Promise<Map<string, KnownServer>> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return new Map();
      throw this.#unusable("read", error);
    }
    const result = v.safeParse(knownServersFile, parseJson(text));
    if (!result.success) throw this.#damaged();
    return new Map(Object.entries(result.output.servers));
  }

  async #write(servers: Map<string, KnownServer>): Promise<void> {
    const file = { version: 1, servers: Object.fromEntries(servers) };
    try {
      await writePrivateFile(this.path, JSON.stringify(file, undefined, 2) + "\n", "replace");
    } catch (error) {
      throw this.#unusable("written", error);
    }
  }

  /** The lock is on a file of its own, because the known-servers file is replaced by each change. */
  async #lock(): Promise<Disposable> {
    const path = `${this.path}.lock`;
    let file: Deno.FsFile;
    try {
      file = await Deno.open(path, { write: true, create: true, mode: 0o600 });
    } catch (error) {
      throw this.#unusable("locked", error);
    }
    for (let waitedMs = 0; waitedMs < lockTimeoutMs; waitedMs += lockRetryMs) {
      if (await file.tryLock(true)) return file;
      await new Promise((resolve) => setTimeout(resolve, lockRetryMs));
    }
    file.close();
    throw new DataFolderError(`Another chat client has locked ${path}. Close it and try again.`);
  }

  async #checked(server: KnownServer | undefined): Promise<KnownServer | undefined> {
    if (server?.kind !== "pinned") return server;
    const der = decodePem("CERTIFICATE", server.certificatePem);
    if (der === undefined || await fingerprintOf(der) !== server.fingerprint) throw this.#damaged();
    return server;
  }

  #unusable(what: string, error: unknown): DataFolderError {
    return new DataFolderError(
      `The file of known servers ${this.path} cannot be ${what}: ${reasonOf(error)}.`,
      { cause: error },
    );
  }

  #damaged(): DataFolderError {
    return new DataFolderError(
      `The file of known servers ${this.path} is damaged. Restore it from a copy, or move it away: ` +
        "then every server counts as new, so compare its fingerprint with the one that the server printed when it started.",
    );
  }
}

/** `host:port`, an IPv6 address in brackets; the same for every way to write the same name. */
function serverKey(host: string, port: number): string {
  const name = host.toLowerCase().replace(/\.$/, "");
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
