/**
 * `chat client`: flags to options, trust, password, and the interface.
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
  readPort,
  usageError,
} from "../platform/command_line.ts";
import { DataFolderError, defaultDataFolder, prepareDataFolder } from "../platform/data_folder.ts";
import { ChatError } from "../protocol/errors.ts";
import { isFingerprint } from "../protocol/fingerprint.ts";
import { parseUserName } from "../protocol/names.ts";
import { safeText } from "../protocol/safe_text.ts";
import { ChatClient } from "./chat_client.ts";
import { openConnection } from "./connection.ts";
import { openDeviceStore } from "./device_store.ts";
import { introduce } from "./introduce.ts";
import { givenPassword, type PasswordSource, readPassword } from "./password.ts";
import { StandardLines } from "./plain/lines.ts";
import { PlainInterface } from "./plain/plain.ts";
import { type NewServer, ServerTrust, UntrustedServerError } from "./trust.ts";

const commandLine: CommandLine = {
  usage: "chat client HOST PORT NAME",
  summary: "Joins the room on HOST as NAME. A name that is not known yet is registered.",
  argumentsMax: 3,
  flags: {
    "plain": { help: "Line by line, without a full terminal interface." },
    "fingerprint": { value: "SHA256:...", help: "Trust just the server with this fingerprint." },
    "accept-new": { help: "Trust a server that is seen for the first time without asking." },
    "data": { value: "DIR", help: "Where known servers are kept." },
    "password-file": {
      value: "FILE",
      help: "Read the password from FILE (or set the variable CHAT_PASSWORD).",
    },
    "timeout": {
      value: "SECONDS",
      help:
        "How long connecting, and a lost connection, may take (30; a person is never given up on).",
    },
  },
  notes: [
    "Exit statuses: 0 after EX or the end of input, 1 no connection could be made or kept, 2 wrong usage,\n3 the server is not trusted, 4 sign-in refused.",
  ],
};

/** What was asked for. */
interface Options {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly folder: string;
  readonly fingerprint: string | undefined;
  readonly acceptNew: boolean;
  readonly passwordFile: string | undefined;
  readonly timeoutMs: number | undefined;
}

const defaultTimeoutMs = 30_000;

/**
 * Runs `chat client`.
 *
 * @param args The words after `client`.
 * @return The exit status.
 * @throws {ExitError} With the status that the help names.
 */
export async function run(args: string[]): Promise<number> {
  const lines = new StandardLines();
  const read = readArguments(commandLine, args);
  if (read === null) {
    lines.write(helpText(commandLine).trimEnd());
    return exitStatus.ok;
  }
  try {
    const options = readOptions(read);
    await prepareDataFolder(options.folder);
    return await talk(options, lines);
  } catch (error) {
    throw asExitError(error);
  }
}

function readOptions(read: ReadArguments): Options {
  const [host, port, name] = read.positional;
  if (host === undefined || port === undefined || name === undefined) {
    throw usageError(commandLine, "Say where and who: chat client HOST PORT NAME.");
  }
  const fingerprint = read.text("fingerprint");
  if (fingerprint !== undefined && !isFingerprint(fingerprint)) {
    throw usageError(
      commandLine,
      "--fingerprint wants SHA256: and 43 characters, as the server prints it.",
    );
  }
  return {
    host,
    port: readPort(commandLine, port, 1),
    name: readName(name),
    folder: read.text("data") ?? defaultDataFolder("client"),
    fingerprint,
    acceptNew: read.has("accept-new"),
    passwordFile: read.text("password-file"),
    timeoutMs: readTimeout(read.text("timeout")),
  };
}

function readName(text: string): string {
  try {
    return parseUserName(text).name;
  } catch (error) {
    throw usageError(commandLine, (error as Error).message);
  }
}

function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds * 1000;
  throw usageError(commandLine, "--timeout is a number of seconds, above 0 and at most 86400.");
}

async function talk(options: Options, lines: StandardLines): Promise<number> {
  const person = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const trust = trustOf(options, lines);
  const { host, port, name, folder } = options;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const connect = (signal?: AbortSignal) =>
    openConnection({ host, port, trust, timeoutMs, signal });
  const credentials = await introduce({
    name,
    connect,
    password: (account) => readPassword(passwordSource(options, lines), account),
    passwordIsGiven: await givenPassword(passwordSource(options, lines)) !== undefined,
    write: (line) => lines.write(line),
  });
  const view = new PlainInterface(lines);
  const ended = Promise.withResolvers<ChatError>();
  const client = await ChatClient.open({
    credentials,
    connect,
    devices: await openDeviceStore(folder, `${host}:${port}`, name),
    giveUpAfterMs: options.timeoutMs ?? (person ? undefined : defaultTimeoutMs),
    onEvent: (event) => {
      if (event.type === "ended") ended.resolve(event.error);
      view.onEvent(event);
    },
  });
  const finished = await Promise.race([view.run(client), ended.promise]);
  if (finished instanceof ChatError) throw finished;
  if (!await client.close(timeoutMs)) {
    const message = "Some messages could not be sent before the session ended.";
    throw new ExitError(exitStatus.failed, message);
  }
  lines.write("The session has ended.");
  return exitStatus.ok;
}

function passwordSource(options: Options, lines: StandardLines): PasswordSource {
  return {
    file: options.passwordFile,
    terminal: Deno.stdin.isTerminal(),
    readLine: () => lines.read(),
    write: (line) => lines.write(line),
  };
}

function trustOf(options: Options, lines: StandardLines): ServerTrust {
  return new ServerTrust({
    dataDirectory: options.folder,
    expectedFingerprint: options.fingerprint,
    confirmNewServer: (server) =>
      options.acceptNew ? Promise.resolve(true) : confirmNewServer(server, lines),
  });
}

/** Asks a person; a script must say beforehand what it trusts. */
function confirmNewServer(server: NewServer, lines: StandardLines): Promise<boolean> {
  const { host, port, fingerprint } = server;
  lines.write(
    `The server ${safeText(host)} port ${port} is not known here yet. Its fingerprint is`,
  );
  lines.write(`  ${fingerprint}`);
  if (!Deno.stdin.isTerminal()) return Promise.resolve(false);
  lines.write("The server printed its fingerprint when it started.");
  for (;;) {
    // Not through `lines`: a stream would read ahead and swallow the password that is typed next.
    const answer = prompt("Is it the same? (yes/no)")?.trim().toLowerCase();
    if (answer === "yes" || answer === "y") return Promise.resolve(true);
    if (answer === undefined || answer === "no" || answer === "n") return Promise.resolve(false);
  }
}

function asExitError(error: unknown): unknown {
  if (error instanceof DataFolderError) return new ExitError(exitStatus.failed, error.message);
  if (!(error instanceof ChatError)) return error;
  const refused = [
    "sign_in_refused",
    "slow_down",
    "bad_proof",
    "no_such_user",
    "registration_closed",
    "name_taken",
    "bad_text",
  ];
  const status = error instanceof UntrustedServerError
    ? exitStatus.untrusted
    : refused.includes(error.code)
    ? exitStatus.signInRefused
    : exitStatus.failed;
  return new ExitError(status, safeText(error.message, { lines: "keep" }));
}
