/**
 * Composes the server out of its parts.
 *
 * @module
 */
import { Accounts } from "../accounts/accounts.ts";
import { loadCertificate } from "../certificate/certificate.ts";
import { Chat } from "../heart/chat.ts";
import { startNative } from "../wires/native/native.ts";
import type { Logger } from "../common/log.ts";
import { Outbox } from "../wires/connection/outbox.ts";
import { countedByNetwork } from "../common/peer_log.ts";
import { makePostRate } from "../heart/post_rate.ts";
import { Rate } from "../common/rate.ts";
import { SignInGuard } from "../accounts/sign_in_guard.ts";
import { Identities } from "../accounts/key_directory.ts";
import { openStorage } from "../storage/sqlite/sqlite_storage.ts";
import type { IdentityStorage } from "../storage/identity_storage.ts";
import type { Storage, StorageError } from "../storage/storage.ts";

/** What a server is started with. */
export interface ServerOptions {
  /** The address to listen on. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** The address to listen on for wires that do not encrypt. */
  readonly plainHost?: string | undefined;
  /** Where classic clients connect; 0 picks a free port. They are not served where none is given. */
  readonly classicPort?: number | undefined;
  /** Where IRC clients connect with TLS; 0 picks a free port. They are not served where none is given. */
  readonly ircPort?: number | undefined;
  /** The same for IRC clients without TLS. */
  readonly ircPlainPort?: number | undefined;
  /** The ways to sign in by SASL that IRC clients are offered; all where not given. */
  readonly ircSasl?: "all" | "plain" | undefined;
  /** The account whose owner may become operator of IRC. */
  readonly operator?: string | undefined;
  /** PBKDF2 iterations for passwords that the server derives itself; only tests have a reason to give any. */
  readonly iterations?: number | undefined;
  /** The data folder, which exists. */
  readonly dataDirectory: string;
  /** What people call this server. */
  readonly name: string;
  /** A message for everyone who connects. */
  readonly motd?: string | undefined;
  readonly registration: "open" | "closed";
  /** The operator's own certificate and key in PEM: both or none. */
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** How many posts a user may make a second in the long run; 0 means any number. */
  readonly postsPerSecond: number;
  /** How many bytes a user may post a day; 0 means any number. */
  readonly bytesPerDay: number;
  readonly logger: Logger;
  /** Opens the store; the one in the data folder where not given. */
  readonly openStorage?: (
    directory: string,
    options: {
      onDeath: (error: StorageError) => void;
      onLowDisk: (message: string) => void;
    },
  ) => Promise<Storage & IdentityStorage>;
}

/** A listener that is ready. */
export interface ReadyListener {
  /** What it is called in the line that says so. */
  readonly name: string;
  readonly address: Deno.NetAddr;
}

/** A listener beside the native one, which can be stopped. */
interface FurtherListener extends ReadyListener {
  stop(): Promise<void>;
}

/** A server that runs. */
export interface RunningServer {
  /** Where native clients connect. */
  readonly address: Deno.NetAddr;
  /** The certificate's fingerprint, as clients show it. */
  readonly fingerprint: string;
  /** The further listeners. */
  readonly listeners: readonly ReadyListener[];
  /** Resolves when nothing can be stored any more: the server should be stopped then, and started again. */
  readonly failed: Promise<StorageError>;
  /** Tells clients, finishes what was acknowledged, and ends. May be called twice. */
  stop(): Promise<void>;
}

/** How often it is looked whether too much waits for all connections together. */
const budgetIntervalMs = 1_000;

/** New accounts from one address: a class registers at once, a script does not fill the store. */
const registrationBurst = 200;
const registrationsPerSecond = 2;

/** New rooms from one address: they stay, and when there are \`roomsMax\` nobody can make one any more. */
const roomBurst = 100;
const roomsPerSecond = 1 / 30;

/**
 * Starts a server.
 *
 * @param options See {@linkcode ServerOptions}.
 * @return When it is ready.
 * @throws {StorageError} The data folder cannot be used.
 * @throws {ChatError} The account that is to be operator does not exist.
 * @throws {CertificateError} The certificate, or the key for classic clients, cannot be used.
 * @throws {Deno.errors.AddrInUse} and others of `Deno.listenTls`.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const failed = Promise.withResolvers<StorageError>();
  const open = options.openStorage ?? openStorage;
  // Side by side: at the first start the certificate has to be made, and takes as long as the store.
  const [certificate, storage] = await Promise.allSettled([
    loadCertificate(options.dataDirectory, options),
    open(options.dataDirectory, {
      onDeath: failed.resolve,
      onLowDisk: (message) => options.logger.warn("{message}", { message }),
    }),
  ]);
  if (storage.status === "rejected") throw storage.reason;
  try {
    if (certificate.status === "rejected") throw certificate.reason;
    const running = await listen(options, storage.value, certificate.value);
    return { ...running, failed: failed.promise };
  } catch (error) {
    await storage.value.close();
    throw error;
  }
}

async function listen(
  options: ServerOptions,
  storage: Storage & IdentityStorage,
  certificate: Awaited<ReturnType<typeof loadCertificate>>,
): Promise<Omit<RunningServer, "failed">> {
  const { host, port, registration } = options;
  const logger = countedByNetwork(options.logger);
  const chat = await Chat.open(storage);
  const guard = await SignInGuard.open(storage);
  const accounts = await Accounts.open(storage, {
    registration,
    ...(options.iterations === undefined ? {} : { iterations: options.iterations }),
  });
  if (options.operator !== undefined) await accounts.requireOperator(options.operator);
  const postRate = makePostRate(options);
  const registrationRate = new Rate({
    perSecond: registrationsPerSecond,
    burst: registrationBurst,
    message: "Too many new accounts from your address. Try again in a moment.",
  });
  const roomRate = new Rate({
    perSecond: roomsPerSecond,
    burst: roomBurst,
    message: "Too many new rooms from your address. Wait a minute.",
  });
  const acceptor = Deno.listenTls({
    hostname: host,
    port,
    cert: certificate.certificatePem,
    key: certificate.keyPem,
  });
  const native = startNative(acceptor, {
    chat,
    accounts,
    identities: new Identities(storage),
    guard,
    logger,
    registration,
    postRate,
    roomRate,
    registrationRate,
    channelBinding: certificate.channelBinding,
    serverName: options.name,
    motd: options.motd,
  });
  const further: FurtherListener[] = [];
  const budgetTimer = setInterval(() => Outbox.checkBudget(), budgetIntervalMs);
  const stopListeners = async () => {
    clearInterval(budgetTimer);
    const all = further.map((listener) => listener.stop());
    await Promise.all([native.stop("The server is stopping."), ...all]);
  };
  try {
    const { plainHost = "127.0.0.1", classicPort, dataDirectory } = options;
    const shared = { chat, accounts, guard, logger, postRate, registrationRate, dataDirectory };
    // Wires that are not served are not loaded: they would take memory and time.
    if (classicPort !== undefined) {
      const { openClassic } = await import("../wires/classic/classic.ts");
      further.push(await openClassic({ hostname: plainHost, port: classicPort }, shared));
    }
    const { ircPort, ircPlainPort } = options;
    if (ircPort !== undefined || ircPlainPort !== undefined) {
      const { openIrc } = await import("../wires/irc/irc.ts");
      const { certificatePem: cert, keyPem: key, channelBinding } = certificate;
      const addresses = {
        tls: ircPort === undefined ? null : { hostname: host, port: ircPort, cert, key },
        plain: ircPlainPort === undefined ? null : { hostname: plainHost, port: ircPlainPort },
      };
      further.push(...openIrc(addresses, {
        ...shared,
        roomRate,
        registration,
        channelBinding,
        name: options.name,
        motd: options.motd,
        operator: options.operator,
        sasl: options.ircSasl ?? "all",
        postsPerSecond: options.postsPerSecond,
        trusted: options.certificateFile !== undefined,
      }));
    }
  } catch (error) {
    await stopListeners();
    throw error;
  }
  const stop = async () => {
    await stopListeners();
    // A store that fails now must not keep the folder from the next server.
    await chat.stop().finally(() => storage.close());
  };
  let stopping: Promise<void> | null = null;
  return {
    address: acceptor.addr as Deno.NetAddr,
    fingerprint: certificate.fingerprint,
    listeners: further,
    stop: () => stopping ??= stop(),
  };
}
