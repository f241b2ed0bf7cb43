/**
 * Composes the server out of its parts.
 *
 * @module
 */
import { Accounts } from "../accounts/accounts.ts";
import { SharedCounts } from "../accounts/shared_counts.ts";
import { SignIn } from "../accounts/sign_in.ts";
import { Chat } from "../heart/chat.ts";
import { Files } from "../heart/files/files.ts";
import { FileFolder } from "../storage/files/file_folder.ts";
import { usualFileLimits } from "./file_flags.ts";
import { openFoundation } from "./foundation.ts";
import type { Foundation } from "./foundation_parts.ts";
import { browserProtocol } from "../wires/native/connection.ts";
import { startNative } from "../wires/native/native.ts";
import { Traffic } from "../wires/connection/traffic.ts";
import { motdWithPage, openPagePort, pageAddresses, startPage } from "./page_listener.ts";
import { reachableAddresses } from "./reachable_addresses.ts";
import type { ServerCertificate } from "../certificate/certificate.ts";
import { Allowances } from "../common/allowances.ts";
import type { Logger } from "../common/log.ts";
import { countedByNetwork } from "../common/peer_log.ts";
import { type FurtherListener, openFurther, type ReadyListener } from "./further_listeners.ts";
import type { ServerOptions } from "./server_options.ts";
import { SignInGuard } from "../accounts/sign_in_guard.ts";
import { Identities } from "../accounts/key_directory.ts";
import type { ClusterPresence } from "../storage/cluster_view.ts";
import type { StorageError } from "../storage/storage_error.ts";

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
  const foundation = await openFoundation(options, {
    onDeath: failed.resolve,
    onProgress: options.onProgress,
    onLowDisk: (message) => options.logger.warn("{message}", { message }),
  });
  try {
    return { ...await listen(options, foundation), failed: failed.promise };
  } catch (error) {
    await foundation.storage.close();
    throw error;
  }
}

/** The heart, and the one way in to it. */
interface House {
  readonly chat: Chat;
  readonly signIn: SignIn;
  readonly allowances: Allowances;
  /** Stores what waits to be stored. The sessions must be gone. */
  stop(): Promise<void>;
}

async function openHouse(
  options: ServerOptions,
  { storage, certificate, whispers }: Foundation,
  logger: Logger,
): Promise<House> {
  const guard = await SignInGuard.open(storage);
  const accounts = await Accounts.open(storage, {
    registration: options.registration,
    ...(options.iterations === undefined ? {} : { iterations: options.iterations }),
  });
  const operator = options.operator === undefined
    ? undefined
    : await accounts.requireOperator(options.operator);
  const allowances = new Allowances(options);
  const counts = whispers === undefined ? null : new SharedCounts(whispers, [allowances, guard]);
  const chat = await Chat.open(storage, { operator, allowances, whispers });
  const signIn = new SignIn({
    accounts,
    guard,
    allowances,
    logger,
    channelBinding: certificate.channelBinding,
    // What was said before someone came is history, nothing that was missed.
    onRegistered: (nameKey) => chat.markReadUpToNow(nameKey),
  });
  const stop = async () => {
    counts?.stop();
    await chat.stop();
  };
  return { chat, signIn, allowances, stop };
}

async function listen(
  options: ServerOptions,
  foundation: Foundation,
): Promise<Omit<RunningServer, "failed">> {
  const { registration } = options;
  const { storage, certificate, presence } = foundation;
  const logger = countedByNetwork(options.logger);
  const house = await openHouse(options, foundation, logger);
  const { chat, signIn, allowances } = house;
  const acceptor = openAcceptor(options, certificate);
  const page = await openPagePort(options, certificate).catch((error) => {
    acceptor.close();
    throw error;
  });
  const addresses = page === null ? [] : pageAddresses(page.address);
  const traffic = new Traffic();
  const files = await openFiles(options, foundation, { chat, logger });
  const conversation = {
    chat,
    traffic,
    signIn,
    identities: new Identities(storage, allowances),
    logger,
    registration,
    serverName: options.name,
    motd: options.motd,
    files,
    cluster: presence,
  };
  const native = startNative(acceptor, { ...conversation, pageAddresses: addresses });
  const further: FurtherListener[] = page === null ? [] : [await startPage(page, conversation)];
  const budgetTimer = setInterval(() => traffic.outboxes.checkBudget(), budgetIntervalMs);
  const stopListeners = async () => {
    clearInterval(budgetTimer);
    const all = further.map((listener) => listener.stop());
    await Promise.all([native.stop("The server is stopping."), ...all]);
  };
  try {
    const { dataDirectory } = options;
    const shared = { chat, traffic, signIn, logger, storage, dataDirectory };
    const motd = motdWithPage(options.motd, addresses);
    for await (const listener of openFurther({ ...options, motd }, shared, certificate)) {
      further.push(listener);
    }
  } catch (error) {
    await Promise.all([stopListeners(), files.stop()]);
    throw error;
  }
  const address = acceptor.addr as Deno.NetAddr;
  announce(presence, options, { address, chat, files });
  const stop = async () => {
    // First: whoever is told to go is not to be sent back by another server.
    presence?.retire();
    chat.retire();
    await stopListeners();
    await files.stop();
    // A store that fails now must not keep the folder from the next server.
    await house.stop().finally(() => storage.close());
  };
  let stopping: Promise<void> | null = null;
  return {
    address,
    fingerprint: certificate.fingerprint,
    listeners: further,
    stop: () => stopping ??= stop(),
  };
}

/** The files that people send. */
async function openFiles(
  { dataDirectory, files: limits = usualFileLimits }: ServerOptions,
  { storage, shareFiles }: Foundation,
  { chat, logger }: { readonly chat: Chat; readonly logger: Logger },
): Promise<Files> {
  const folder = await FileFolder.open(dataDirectory);
  const bytes = await shareFiles?.(folder, limits.allBytesMax > 0) ?? folder;
  return new Files({ chat, storage, bytes, limits, logger });
}

function openAcceptor(
  { host, port }: ServerOptions,
  { certificatePem, keyPem }: ServerCertificate,
): Deno.TlsListener {
  const alpnProtocols = [browserProtocol];
  return Deno.listenTls({ hostname: host, port, cert: certificatePem, key: keyPem, alpnProtocols });
}

/** Tells the other servers of the cluster where clients reach this one. */
function announce(
  presence: ClusterPresence | undefined,
  { clusterAddresses }: ServerOptions,
  { address, chat, files }: {
    readonly address: Deno.NetAddr;
    readonly chat: Chat;
    readonly files: Files;
  },
): void {
  presence?.announce({
    addresses: clusterAddresses ?? reachableAddresses(address),
    people: () => chat.presence.sizeHere,
    missingFiles: () => files.bytes.missing,
  });
}
