/**
 * `chat server`: flags to options, the lines that say that it is ready, and the way to a good end.
 *
 * @module
 */
import {
  type CommandLine,
  ExitError,
  exitStatus,
  helpText,
  type ReadArguments,
  readArguments,
  readChoice,
  readPort,
  usageError,
} from "../../platform/command_line.ts";
import {
  checkDataFolder,
  DataFolderError,
  defaultDataFolder,
  prepareDataFolder,
} from "../../platform/data_folder.ts";
import { numberText } from "../../protocol/text/number_text.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { CertificateError } from "../certificate/certificate.ts";
import { clusterFlags, readCluster, readClusterAddresses } from "./cluster_flags.ts";
import { descriptorAdvice, descriptorLimit } from "./descriptor_limit.ts";
import { fileFlags, readFileLimits } from "./file_flags.ts";
import { logFormats, logLevels, openLog } from "../common/log.ts";
import { readMotd } from "./motd.ts";
import { readyLines } from "./ready_lines.ts";
import { withProgress } from "./progress_line.ts";
import { startServer } from "./compose.ts";
import type { ServerOptions } from "./server_options.ts";
import { StorageError } from "../storage/storage_error.ts";

/** The port where none is given. */
const defaultPort = "41000";

/** What can be said after `chat server`. */
export const serverCommandLine: CommandLine = {
  usage: "chat server [PORT]",
  summary: `Starts a server on PORT (${defaultPort} if none is given; 0 picks a free one).`,
  argumentsMax: 1,
  flags: {
    "host": {
      value: "ADDR",
      help: "The address to listen on; :: for IPv6 and IPv4 (default: every IPv4 address).",
    },
    "data": {
      value: "DIR",
      help:
        "Where accounts, history and the server's key are kept (default on Linux: ~/.local/share/chat/server).",
    },
    "name": {
      value: "TEXT",
      help: "What people call this server (default: the machine's name).",
    },
    "motd": { value: "FILE", help: "A text shown to everyone who connects." },
    "registration": {
      value: "open|closed",
      help: "Whether new accounts are accepted (default: open).",
    },
    "tls-cert": {
      value: "FILE",
      help:
        "A certificate of your own, in PEM (default: the built-in one, made on the first start).",
    },
    "tls-key": { value: "FILE", help: "The key of that certificate, in PEM." },
    "irc": { value: "PORT", help: "Also serves IRC clients on this port, with TLS." },
    "irc-plain": {
      value: "PORT",
      help:
        "Also serves IRC clients on this port, without TLS; for this machine only unless --host is given.",
    },
    "irc-operator": {
      value: "NAME",
      help:
        "The account that rules the server, and with it the lobby and every room; it must exist already.",
    },
    "irc-sasl": {
      value: "all|plain",
      help:
        "Which ways to sign in IRC clients are offered (default: all); plain for Pidgin and Finch.",
    },
    "classic": {
      value: "PORT",
      help:
        "Also serves the course project's own client on this port, without TLS; for this machine only unless --host is given.",
    },
    "web": {
      value: "PORT",
      help: "Also serves a page for browsers on this port, over https: see docs/operating.md.",
    },
    "web-cert": {
      value: "FILE",
      help: "The certificate that browsers are shown, in PEM (default: that of --tls-cert).",
    },
    "web-key": { value: "FILE", help: "The key of that certificate, in PEM." },
    "posts-per-second": {
      value: "N",
      help: "How fast one user may post in the long run (default: 100); 0 for any speed.",
    },
    "bytes-per-day": {
      value: "N",
      help: "How many bytes one user may post in a day (default: 2,000,000,000); 0 for any number.",
    },
    ...fileFlags,
    "connections": {
      value: "N",
      help:
        "How many connections to expect at once (default: 1,000); the server warns at the start if the system's limits are too low.",
    },
    ...clusterFlags,
    "log-level": { value: "LEVEL", help: "debug, info, warning or error (default: info)." },
    "log-format": { value: "FORM", help: "text or json (default: text)." },
    "check": {
      help: "Checks the options, the certificate and all stored data, then ends.",
    },
    "unsafe-cheap-passwords": {
      help:
        "For tests only: stores passwords from IRC so that they are easy to guess. Needs --host 127.0.0.1.",
    },
  },
  statuses: {
    0: "Stopped as asked (Ctrl-C, SIGTERM).",
    1: "Could not start or go on: the port is in use, the data folder cannot be written or belongs to another server, the data is damaged.",
    2: "The command line is wrong.",
  },
  notes: ["The log goes to standard error."],
};

/**
 * Runs `chat server`.
 *
 * @param args The words after `server`.
 * @return The exit status, when the server has stopped.
 * @throws {ExitError} Where it cannot start; the message says why.
 */
export async function runServer(args: string[]): Promise<number> {
  const read = readArguments(serverCommandLine, args);
  if (read === null) {
    writeLines(helpText(serverCommandLine).trimEnd());
    return exitStatus.ok;
  }
  const connections = readConnections(read.text("connections"));
  const options = await readOptions(read);
  if (read.has("cluster-status")) return await showCluster(options);
  try {
    if (read.has("rebuild")) return await rebuild(options);
    const prepare = read.has("check") ? checkDataFolder : prepareDataFolder;
    await prepare(options.dataDirectory);
    const advice = descriptorAdvice(await descriptorLimit(), connections, Deno.pid);
    if (advice !== null) options.logger.warn(advice);
    return read.has("check") ? await check(options) : await serve(options);
  } catch (error) {
    throw asExitError(error, options);
  }
}

async function showCluster(options: ServerOptions): Promise<number> {
  const { cluster, name: node, logger } = options;
  if (cluster === undefined) {
    throw usageError(serverCommandLine, "--cluster-status needs --cluster.");
  }
  const { clusterStatus } = await import("../storage/nats/cluster_status.ts");
  try {
    writeLines(...await clusterStatus({ ...cluster, node, logger }));
  } catch (error) {
    throw asExitError(error, options);
  }
  return exitStatus.ok;
}

/** Makes the database anew from the cluster. */
async function rebuild(options: ServerOptions): Promise<number> {
  const { cluster, dataDirectory, name: node, logger } = options;
  if (cluster === undefined) throw usageError(serverCommandLine, "--rebuild needs --cluster.");
  const { rebuildClusterStorage } = await import("../storage/nats/cluster_storage.ts");
  const lines = await withProgress((onProgress) =>
    rebuildClusterStorage(dataDirectory, { ...cluster, node, logger }, { onProgress })
  );
  writeLines(...lines);
  return exitStatus.ok;
}

async function readOptions(read: ReadArguments): Promise<ServerOptions> {
  const port = readPort(serverCommandLine, read.positional[0] ?? defaultPort, 0);
  const certificateFile = read.text("tls-cert");
  const keyFile = read.text("tls-key");
  checkPair(read, "tls-cert", "tls-key");
  checkPair(read, "web-cert", "web-key");
  const registration = readChoice(serverCommandLine, "registration", read.text("registration"), [
    "open",
    "closed",
  ]);
  const ircSasl = readChoice(serverCommandLine, "irc-sasl", read.text("irc-sasl"), [
    "all",
    "plain",
  ]);
  const level = readChoice(
    serverCommandLine,
    "log-level",
    read.text("log-level") ?? "info",
    logLevels,
  );
  const format = readChoice(serverCommandLine, "log-format", read.text("log-format"), logFormats);
  const postsPerSecond = readRate(read.text("posts-per-second"));
  checkPorts(port, read);
  const bytesPerDay = readBytesPerDay(read.text("bytes-per-day"));
  return {
    host: read.text("host") ?? "0.0.0.0",
    port,
    plainHost: read.text("host"),
    classicPort: readPortFlag(read, "classic"),
    ircPort: readPortFlag(read, "irc"),
    ircPlainPort: readPortFlag(read, "irc-plain"),
    webPort: readPortFlag(read, "web"),
    webCertificateFile: read.text("web-cert"),
    webKeyFile: read.text("web-key"),
    operator: read.text("irc-operator"),
    ircSasl,
    iterations: readIterations(read),
    dataDirectory: read.text("data") ?? dataFolder(),
    name: readName(read.text("name")),
    motd: await readMotd(read.text("motd")),
    registration,
    certificateFile,
    keyFile,
    postsPerSecond,
    bytesPerDay,
    files: readFileLimits(serverCommandLine, read),
    cluster: await readCluster(serverCommandLine, read),
    clusterAddresses: readClusterAddresses(serverCommandLine, read),
    logger: await openLog({ level, format }),
  };
}

/** Two flags of which one means nothing without the other. */
function checkPair(read: ReadArguments, one: string, other: string): void {
  if ((read.text(one) === undefined) === (read.text(other) === undefined)) return;
  throw usageError(serverCommandLine, `--${one} and --${other} must be given together.`);
}

/** PBKDF2 iterations that only a server which nobody else can reach may use. */
const cheapIterations = 1_000;

function readIterations(read: ReadArguments): number | undefined {
  if (!read.has("unsafe-cheap-passwords")) return undefined;
  if (["127.0.0.1", "::1"].includes(read.text("host") ?? "")) return cheapIterations;
  throw usageError(
    serverCommandLine,
    "--unsafe-cheap-passwords is for tests, and needs --host 127.0.0.1.",
  );
}

/** Each wire wants a port of its own. */
function checkPorts(port: number, read: ReadArguments): void {
  const taken = new Map([[port, "the chat client"]]);
  for (const flag of ["irc", "irc-plain", "classic", "web"]) {
    const wanted = readPortFlag(read, flag);
    if (wanted === undefined || wanted === 0) continue;
    const other = taken.get(wanted);
    if (other !== undefined) {
      const message = `--${flag} needs a port of its own: ${wanted} is already used for ${other}.`;
      throw usageError(serverCommandLine, message);
    }
    taken.set(wanted, `--${flag}`);
  }
}

/** The port that a flag names; undefined where it is not given. */
function readPortFlag(read: ReadArguments, flag: string): number | undefined {
  const text = read.text(flag);
  return text === undefined ? undefined : readPort(serverCommandLine, text, 0);
}

function dataFolder(): string {
  try {
    return defaultDataFolder("server");
  } catch (error) {
    throw new ExitError(exitStatus.failed, (error as Error).message);
  }
}

function readRate(text: string | undefined): number {
  const rate = text === undefined ? 100 : /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(rate)) {
    throw usageError(serverCommandLine, "--posts-per-second must be a number from 0 to 999,999.");
  }
  return rate;
}

/** The least that can be asked for: some of the largest posts. */
const bytesPerDayMin = 100_000;

function readBytesPerDay(text: string | undefined): number {
  const bytes = text === undefined ? 2e9 : /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (bytes === 0 || bytes >= bytesPerDayMin) return bytes;
  throw usageError(
    serverCommandLine,
    `--bytes-per-day must be 0, or at least ${numberText(bytesPerDayMin)}.`,
  );
}

function readConnections(text: string | undefined): number {
  const count = text === undefined ? 1_000 : /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (count >= 1 && count <= 1_000_000) return count;
  throw usageError(serverCommandLine, "--connections must be a number from 1 to 1,000,000.");
}

/** The name is shown in one line between quotation marks. */
function readName(text: string | undefined): string {
  const name = text ?? Deno.hostname();
  if (/^[^\p{Cc}\p{Cf}"]{1,64}$/u.test(name)) return name;
  throw usageError(
    serverCommandLine,
    "--name must have 1 to 64 characters, without quotation marks or control characters.",
  );
}

async function serve(options: ServerOptions): Promise<number> {
  const server = await withProgress((onProgress) => startServer({ ...options, onProgress }));
  // First the way to a good end: whoever reads that the server is ready may ask it to stop at once.
  const stopAsked = stopSignal();
  const hasWebCertificate = options.webCertificateFile !== undefined;
  writeLines(...readyLines(options.name, server, { hasWebCertificate }));
  options.logger.info("The server has started.");
  const failure = await Promise.race([stopAsked, server.failed]);
  options.logger.info("The server is stopping.");
  try {
    await server.stop();
  } catch (error) {
    // A store that is dead fails again when it is to take what waits: only the first failure is told.
    throw failure ?? error;
  }
  if (failure !== undefined) throw failure;
  options.logger.info("The server has stopped.");
  return exitStatus.ok;
}

/** Resolves when the process is asked to stop. */
function stopSignal(): Promise<void> {
  if (Deno.build.os === "windows") return signalOf("SIGINT", "SIGBREAK");
  if (Deno.stdin.isTerminal() || Deno.stdout.isTerminal()) {
    return signalOf("SIGINT", "SIGTERM", "SIGHUP");
  }
  // Started by nohup, or as a service: no terminal is closed. Deno would end at a SIGHUP that nobody listens to.
  signalOf("SIGHUP");
  return signalOf("SIGINT", "SIGTERM");
}

/** Resolves at the first of some signals. */
function signalOf(...signals: Deno.Signal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) Deno.addSignalListener(signal, () => resolve());
  });
}

/** Validates everything that a start would use, and more: every stored post. Makes nothing. */
async function check(options: ServerOptions): Promise<number> {
  const { dataDirectory, certificateFile } = options;
  const { loadCertificate, loadStoredCertificate } = await import("../certificate/certificate.ts");
  const certificate = certificateFile === undefined
    ? await loadStoredCertificate(dataDirectory)
    : await loadCertificate(dataDirectory, options);
  if (options.webCertificateFile !== undefined) {
    const { webCertificateFile, webKeyFile: keyFile } = options;
    await loadCertificate(dataDirectory, { certificateFile: webCertificateFile, keyFile });
  }
  if (options.classicPort !== undefined) {
    const { loadStoredServerKey } = await import("../wires/classic/server_key.ts");
    await loadStoredServerKey(dataDirectory);
  }
  const { checkStorage } = await import("../storage/sqlite/storage_check.ts");
  const problems = await withProgress((onProgress) => checkStorage(dataDirectory, onProgress));
  if (problems !== null && problems.length > 0) {
    throw new ExitError(exitStatus.failed, `The stored data is damaged:\n${problems.join("\n")}`);
  }
  writeLines(
    problems === null ? "Nothing is stored yet." : "All is well.",
    certificate === undefined
      ? "There is no certificate yet: the first start makes one."
      : `fingerprint ${certificate.fingerprint}`,
  );
  return exitStatus.ok;
}

function asExitError(error: unknown, options: ServerOptions): unknown {
  const { host } = options;
  const { classicPort, ircPort, ircPlainPort, webPort } = options;
  const port = [options.port, classicPort, ircPort, ircPlainPort, webPort]
    .filter((one) => one !== undefined).join(" or ");
  if (
    error instanceof ChatError || error instanceof StorageError ||
    error instanceof CertificateError ||
    error instanceof DataFolderError
  ) {
    return new ExitError(exitStatus.failed, error.message);
  }
  if (error instanceof Deno.errors.AddrInUse) {
    const message = `Port ${port} is in use by another program, perhaps another chat server.`;
    return new ExitError(exitStatus.failed, `${message} Stop it, or choose another port.`);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    const message =
      `You do not have permission to open port ${port}. Choose one from 1024 to 65535.`;
    return new ExitError(exitStatus.failed, message);
  }
  if (error instanceof Deno.errors.AddrNotAvailable || isAddressError(error)) {
    const message =
      `This machine has no address "${host}" to listen on. Leave --host out to use every address.`;
    return new ExitError(exitStatus.failed, message);
  }
  return error;
}

function isAddressError(error: unknown): boolean {
  return error instanceof Error && /lookup address|Invalid argument|resolve/i.test(error.message);
}

function writeLines(...lines: string[]): void {
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("\n") + "\n"));
}
