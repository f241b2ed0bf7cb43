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
import { ChatError } from "../../protocol/wire/errors.ts";
import { CertificateError } from "../certificate/certificate.ts";
import { descriptorAdvice, descriptorLimit } from "./descriptor_limit.ts";
import { logFormats, logLevels, openLog } from "../common/log.ts";
import { readMotd } from "./motd.ts";
import { type RunningServer, startServer } from "./compose.ts";
import type { ServerOptions } from "./server_options.ts";
import { StorageError } from "../storage/storage.ts";

/** The port where none is given. */
const defaultPort = "41000";

/** What can be said after `chat server`. */
export const serverCommandLine: CommandLine = {
  usage: "chat server [PORT]",
  summary: `Starts a server on PORT (${defaultPort} if none is given; 0 picks a free one).`,
  argumentsMax: 1,
  flags: {
    "host": { value: "ADDR", help: "The address to listen on (all of them if none is given)." },
    "irc": { value: "PORT", help: "Also serves IRC clients there, with TLS." },
    "irc-plain": {
      value: "PORT",
      help: "Also serves IRC clients there, without TLS (on loopback unless --host is given).",
    },
    "irc-operator": { value: "NAME", help: "The account that may use OPER on IRC." },
    "irc-sasl": {
      value: "all|plain",
      help: "The ways to sign in that IRC clients are offered (all); plain for Pidgin and Finch.",
    },
    "unsafe-cheap-passwords": {
      help:
        "For tests only: passwords from IRC are stored so that they are easily guessed. Wants --host 127.0.0.1.",
    },
    "classic": {
      value: "PORT",
      help: "Also serves classic clients there, without TLS (on loopback unless --host is given).",
    },
    "data": {
      value: "DIR",
      help:
        "Where accounts, history and the server's key are kept (on Linux ~/.local/share/chat/server).",
    },
    "name": { value: "TEXT", help: "What people call this server." },
    "motd": { value: "FILE", help: "A text that everyone sees who connects." },
    "registration": { value: "open|closed", help: "Whether new accounts are accepted (open)." },
    "tls-cert": { value: "FILE", help: "A certificate in PEM, instead of the server's own." },
    "tls-key": { value: "FILE", help: "The key of that certificate, in PEM." },
    "posts-per-second": {
      value: "N",
      help: "How fast one user may post in the long run (100); 0 for any speed.",
    },
    "bytes-per-day": {
      value: "N",
      help: "How many bytes one user may post a day (2000000000); 0 for any number.",
    },
    "connections": {
      value: "N",
      help:
        "How many connections are expected at once (1000): a limit of the system that is too low for them is named at the start.",
    },
    "log-level": { value: "LEVEL", help: "debug, info, warning or error (info)." },
    "log-format": { value: "FORM", help: "text or json (text)." },
    "check": { help: "Checks the options, the certificate and all that is stored, and ends." },
  },
  notes: [
    "The log goes to standard error. Exit statuses: 0 stopped as asked, 1 could not start or go on, 2 wrong usage.",
  ],
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
  try {
    const prepare = read.has("check") ? checkDataFolder : prepareDataFolder;
    await prepare(options.dataDirectory);
    const advice = descriptorAdvice(await descriptorLimit(), connections, Deno.pid);
    if (advice !== null) options.logger.warn(advice);
    return read.has("check") ? await check(options) : await serve(options);
  } catch (error) {
    throw asExitError(error, options);
  }
}

async function readOptions(read: ReadArguments): Promise<ServerOptions> {
  const port = readPort(serverCommandLine, read.positional[0] ?? defaultPort, 0);
  const certificateFile = read.text("tls-cert");
  const keyFile = read.text("tls-key");
  if ((certificateFile === undefined) !== (keyFile === undefined)) {
    throw usageError(serverCommandLine, "--tls-cert and --tls-key go together.");
  }
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
    logger: await openLog({ level, format }),
  };
}

/** PBKDF2 iterations that only a server which nobody else can reach may use. */
const cheapIterations = 1_000;

function readIterations(read: ReadArguments): number | undefined {
  if (!read.has("unsafe-cheap-passwords")) return undefined;
  if (["127.0.0.1", "::1"].includes(read.text("host") ?? "")) return cheapIterations;
  throw usageError(
    serverCommandLine,
    "--unsafe-cheap-passwords is for tests, and wants --host 127.0.0.1.",
  );
}

/** Each wire wants a port of its own. */
function checkPorts(port: number, read: ReadArguments): void {
  const taken = new Map([[port, "native clients"]]);
  for (const flag of ["irc", "irc-plain", "classic"]) {
    const wanted = readPortFlag(read, flag);
    if (wanted === undefined || wanted === 0) continue;
    const other = taken.get(wanted);
    if (other !== undefined) {
      const message = `--${flag} wants a port of its own: ${wanted} is that of ${other} already.`;
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
    throw usageError(serverCommandLine, "--posts-per-second is a number from 0 to 999999.");
  }
  return rate;
}

/** The least that can be asked for: some of the largest posts. */
const bytesPerDayMin = 100_000;

function readBytesPerDay(text: string | undefined): number {
  const bytes = text === undefined ? 2e9 : /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (bytes === 0 || bytes >= bytesPerDayMin) return bytes;
  throw usageError(serverCommandLine, `--bytes-per-day is 0 or a number from ${bytesPerDayMin}.`);
}

function readConnections(text: string | undefined): number {
  const count = text === undefined ? 1_000 : /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (count >= 1 && count <= 1_000_000) return count;
  throw usageError(serverCommandLine, "--connections is a number from 1 to 1000000.");
}

/** The name is shown in one line between quotation marks. */
function readName(text: string | undefined): string {
  const name = text ?? Deno.hostname();
  if (/^[^\p{Cc}\p{Cf}"]{1,64}$/u.test(name)) return name;
  throw usageError(
    serverCommandLine,
    "--name is 1 to 64 characters, without quotation marks or control characters.",
  );
}

async function serve(options: ServerOptions): Promise<number> {
  const server = await startServer(options);
  // First the way to a good end: who reads that the server is ready may ask it to stop at once.
  const stopAsked = stopSignal();
  announce(options, server);
  const failure = await Promise.race([stopAsked, server.failed]);
  try {
    await server.stop();
  } catch (error) {
    // A store that is dead fails again when it is to take what waits: only the first failure is told.
    throw failure ?? error;
  }
  if (failure !== undefined) throw failure;
  return exitStatus.ok;
}

/** The lines that people and programs wait for. */
function announce(options: ServerOptions, server: RunningServer): void {
  const { hostname, port } = server.address;
  const host = hostname === "0.0.0.0" || hostname === "::" ? Deno.hostname() : hostname;
  writeLines(
    `chat server "${options.name}" is ready on ${addressText(server.address)}`,
    `fingerprint ${server.fingerprint}`,
    `join with: chat client ${host} ${port} NAME`,
    ...server.listeners.map(({ name, address }) => `${name} is ready on ${addressText(address)}`),
  );
}

function addressText({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
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
  if (options.classicPort !== undefined) {
    const { loadStoredServerKey } = await import("../wires/classic/server_key.ts");
    await loadStoredServerKey(dataDirectory);
  }
  const { checkStorage } = await import("../storage/sqlite/storage_check.ts");
  const problems = await checkStorage(dataDirectory);
  if (problems !== null && problems.length > 0) {
    throw new ExitError(exitStatus.failed, `The stored data is damaged:\n${problems.join("\n")}`);
  }
  writeLines(
    problems === null ? "Nothing is stored yet." : "All is well.",
    certificate === undefined
      ? "There is no certificate yet: a start makes one."
      : `fingerprint ${certificate.fingerprint}`,
  );
  return exitStatus.ok;
}

function asExitError(error: unknown, options: ServerOptions): unknown {
  const { host } = options;
  const port = [options.port, options.classicPort, options.ircPort, options.ircPlainPort]
    .filter((one) => one !== undefined).join(" or ");
  if (
    error instanceof ChatError || error instanceof StorageError ||
    error instanceof CertificateError ||
    error instanceof DataFolderError
  ) {
    return new ExitError(exitStatus.failed, error.message);
  }
  if (error instanceof Deno.errors.AddrInUse) {
    const message =
      `Port ${port} is in use: another program, maybe another chat server, listens there.`;
    return new ExitError(exitStatus.failed, `${message} Stop it or take another port.`);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    const message = `Port ${port} may not be opened by this user. Take one from 1024 to 65535.`;
    return new ExitError(exitStatus.failed, message);
  }
  if (error instanceof Deno.errors.AddrNotAvailable || isAddressError(error)) {
    const message =
      `This machine has no address "${host}" to listen on. Leave --host out to use all.`;
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
