/**
 * The flags of a server that is one of several.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import {
  type CommandLine,
  ExitError,
  exitStatus,
  type Flag,
  type ReadArguments,
  usageError,
} from "../../platform/command_line.ts";
import { ownAddressesMax } from "../../protocol/wire/limits.ts";
import { parseServerAddress, serverAddressText } from "../../protocol/wire/server_address.ts";
import { OpenSecretError, readSecretFile } from "../../platform/secret_file.ts";
import { clusterNamePattern, type ClusterOptions } from "../storage/nats/cluster_options.ts";

/** Rows of the server's table of flags. */
export const clusterFlags: Readonly<Record<string, Flag>> = {
  "cluster": {
    value: "URLS",
    help: "Makes this server one of several that share accounts and rooms through NATS servers " +
      "(nats://HOST:PORT or tls://HOST:PORT; give three, separated by commas).",
  },
  "cluster-name": {
    value: "TEXT",
    help: "What the cluster is called on the NATS servers (default: chat).",
  },
  "cluster-address": {
    value: "HOST:PORT",
    help:
      "Where clients can reach this server when another one is gone (default: where it listens); several are separated by commas.",
  },
  "cluster-credentials": {
    value: "FILE",
    help:
      "What this server signs in to NATS with: a user and a password on two lines, or a .creds file.",
  },
  "cluster-ca": {
    value: "FILE",
    help: "The authority that signed the NATS servers' certificates, in PEM.",
  },
  "cluster-log-days": {
    value: "N",
    help:
      "How many days the NATS servers keep what was said, if this server creates the log (default: 7).",
  },
  "cluster-monitor": {
    value: "URLS",
    help:
      "Where the NATS servers say how they are (http://HOST:8222, one for each): the server warns at its start if they do not sync what they acknowledge.",
  },
  "cluster-status": {
    help: "Shows the state of the NATS servers and of the servers of the cluster, then ends.",
  },
  "rebuild": {
    help:
      "Makes the database anew from the log or from another server of the cluster, keeps the old one in the data folder, then ends.",
  },
  "cluster-insecure": {
    help: "Allows connections to NATS servers on other machines without encryption.",
  },
};

/** Bytes of a file with credentials or certificates. */
const fileBytesMax = 256 * 1024;
const defaultNatsPort = 4222;

/**
 * Reads the flags.
 *
 * @param line The command, for messages.
 * @param read The command line.
 * @return Where the cluster's log is; undefined where the server is alone.
 * @throws {ExitError} Where the flags are wrong, or a file cannot be read.
 */
export async function readCluster(
  line: CommandLine,
  read: ReadArguments,
): Promise<Omit<ClusterOptions, "node" | "logger"> | undefined> {
  const urls = read.text("cluster");
  if (urls === undefined) {
    const alone = Object.keys(clusterFlags).find((flag) =>
      read.has(flag) || read.text(flag) !== undefined
    );
    if (alone === undefined) return undefined;
    throw usageError(line, `--${alone} needs --cluster.`);
  }
  const addresses = urls.split(",").map((url) => readAddress(line, url));
  checkTogether(line, addresses, read.has("cluster-insecure"));
  const name = read.text("cluster-name") ?? "chat";
  if (!clusterNamePattern.test(name)) {
    throw usageError(line, "--cluster-name may have lower-case letters, digits, - and _ only.");
  }
  return {
    servers: addresses.map(({ host, port }) => `${host}:${port}`),
    encrypted: addresses.some(({ encrypted }) => encrypted),
    name,
    logDays: readDays(line, read.text("cluster-log-days")),
    credentials: await readFile(read.text("cluster-credentials"), "credentials"),
    authorities: await readFile(read.text("cluster-ca"), "authority"),
    monitors: readMonitors(line, read.text("cluster-monitor")),
  };
}

/**
 * Reads where clients reach the server.
 *
 * @param line The command, for messages.
 * @param read The command line.
 * @return Addresses as `host:port`; undefined where none is given.
 * @throws {ExitError} Where the flag is wrong.
 */
export function readClusterAddresses(
  line: CommandLine,
  read: ReadArguments,
): string[] | undefined {
  const texts = read.text("cluster-address")?.split(",");
  if (texts === undefined) return undefined;
  if (texts.length > ownAddressesMax) {
    throw usageError(line, `--cluster-address takes at most ${ownAddressesMax} addresses.`);
  }
  return texts.map((text) => {
    const address = parseServerAddress(text);
    if (address !== null) return serverAddressText(address.host, address.port);
    const message = `--cluster-address takes HOST:PORT, not "${text.slice(0, 64)}".`;
    throw usageError(line, message);
  });
}

function readMonitors(line: CommandLine, text: string | undefined): string[] {
  return (text?.split(",") ?? []).map((monitor) => {
    const url = URL.canParse(monitor) ? new URL(monitor) : null;
    if (url !== null && ["http:", "https:"].includes(url.protocol) && url.username === "") {
      return monitor;
    }
    const message = `--cluster-monitor takes addresses like http://HOST:8222, not "${
      monitor.slice(0, 64)
    }".`;
    throw usageError(line, message);
  });
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly encrypted: boolean;
}

function readAddress(line: CommandLine, text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["nats:", "tls:"].includes(url.protocol) || url.hostname === "") {
    const message = `--cluster takes addresses like nats://HOST:4222, not "${text.slice(0, 64)}".`;
    throw usageError(line, message);
  }
  if (url.username !== "" || url.password !== "") {
    const message =
      "Everyone on this machine can read the command line: put the user and the password into a file, and name it with --cluster-credentials.";
    throw usageError(line, message);
  }
  const port = url.port === "" ? defaultNatsPort : Number(url.port);
  return { host: url.hostname, port, encrypted: url.protocol === "tls:" };
}

function checkTogether(line: CommandLine, addresses: readonly Address[], insecure: boolean): void {
  if (addresses.length === 2) {
    throw usageError(line, "Two NATS servers are worse than one: name one, or three.");
  }
  const numeric = addresses.find(({ host, encrypted }) => encrypted && isNumeric(host));
  if (numeric !== undefined) {
    const message =
      `With tls:// --cluster takes the names of machines that their certificates have, and ${numeric.host} is an address.`;
    throw usageError(line, message);
  }
  const plain = addresses.find(({ encrypted }) => !encrypted);
  if (plain === undefined) return;
  if (addresses.some(({ encrypted }) => encrypted)) {
    throw usageError(line, "--cluster takes either nats:// or tls:// for all of its servers.");
  }
  const open = addresses.find(({ host }) => !isLoopback(host));
  if (open === undefined || insecure) return;
  const message =
    `Without encryption anyone between here and ${open.host} could read and change everything: use tls:// and --cluster-ca, ` +
    "or allow it with --cluster-insecure.";
  throw usageError(line, message);
}

/** The client library of NATS compares a certificate with no address: it would look for "localhost" in it. */
function isNumeric(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.startsWith("[");
}

function isLoopback(host: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(host) || host === "[::1]" || host === "localhost";
}

function readDays(line: CommandLine, text: string | undefined): number {
  const days = text === undefined ? 7 : /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days >= 1) return days;
  throw usageError(line, "--cluster-log-days must be a number from 1 to 99,999.");
}

async function readFile(
  path: string | undefined,
  kind: "credentials" | "authority",
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    if (kind === "authority") return await Deno.readTextFile(path);
    return await readSecretFile(path, { folder: dirname(resolve(path)), bytesMax: fileBytesMax });
  } catch (error) {
    const reason = error instanceof OpenSecretError
      ? error.message
      : `"${path}" cannot be read: ${(error as Error).message}.`;
    throw new ExitError(exitStatus.failed, `The file for --cluster cannot be used. ${reason}`);
  }
}
