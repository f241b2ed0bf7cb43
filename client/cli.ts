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
import { ChatError } from "../protocol/wire/errors.ts";
import { isFingerprint } from "../protocol/certificate/fingerprint.ts";
import { parseUserName } from "../protocol/names/names.ts";
import { safeText } from "../protocol/text/safe_text.ts";
import type { ChatClient } from "./core/chat/chat_client.ts";
import { type PageChoice, pageFlags, readPageChoice } from "./gateway/page_flags.ts";
import type { Dialogue, JoinOptions } from "./join/joining.ts";
import { StandardLines } from "./plain/lines.ts";
import {
  preferenceFlags,
  type Preferences,
  preferencesPath,
  readPreferences,
  readPreferencesFile,
} from "./talk/preferences.ts";
import type { Leaving, TerminalInterface } from "./tui/interface.ts";
import type { Transfers } from "./transfers/transfers.ts";
import type { PendingPost } from "./tui/conversations/pending_posts.ts";
import { errorText, inCapitals, markedErrorText } from "./talk/remark_text.ts";
import { counted } from "./talk/wording.ts";

/** What can be said after `chat client`. */
export const clientCommandLine: CommandLine = {
  usage: "chat client HOST PORT NAME",
  summary: "Joins the chat on HOST as NAME. A new name is registered.",
  argumentsMax: 3,
  flags: {
    "fingerprint": { value: "SHA256:...", help: "Trusts only the server with this fingerprint." },
    "accept-new": { help: "Trusts, without asking, a server that is seen for the first time." },
    "data": {
      value: "DIR",
      help: "Where known servers and keys are kept (default on Linux: ~/.local/share/chat/client).",
    },
    "downloads": {
      value: "DIR",
      help: "Where files go that you fetch (default: Downloads in your home folder).",
    },
    "password-file": {
      value: "FILE",
      help:
        "Reads the password from FILE, which only you may be able to read (or set the variable CHAT_PASSWORD).",
    },
    "timeout": {
      value: "SECONDS",
      help:
        "How long to try to connect, and to reconnect (default: 30; on a terminal, reconnecting never stops).",
    },
    ...pageFlags,
    ...preferenceFlags,
  },
  statuses: {
    0: "Ended by /quit, EX or the end of input.",
    1: "No connection could be made or kept; or an operation of a script failed.",
    2: "The command line or the preferences are wrong.",
    3: "The server is not trusted: its certificate has changed, it cannot prove that the certificate is its own, or nobody confirmed its fingerprint.",
    4: "Sign-in was refused: wrong password, name taken, too many tries; or the account ended this session.",
    130: "Ended by Ctrl-C in the line-by-line interface.",
  },
  notes: [
    "Settings from --plain on can also be kept in the file chat/client.jsonc in your configuration folder: see docs/terminal.md.",
  ],
};

const defaultTimeoutMs = 30_000;

/**
 * Runs `chat client`.
 *
 * @param args The words after `client`.
 * @return The exit status.
 * @throws {ExitError} With the status that the help names.
 */
export async function runClient(args: string[]): Promise<number> {
  const read = readArguments(clientCommandLine, args);
  if (read === null) {
    new StandardLines().write(helpText(clientCommandLine).trimEnd());
    return exitStatus.ok;
  }
  try {
    const page = readPageChoice(clientCommandLine, read);
    if (page !== null) return await talkOnPage(page, read);
    const options = readOptions(read);
    const preferences = readPreferences(read, await preferencesFile());
    await prepareDataFolder(options.folder);
    return isOnTerminal() && !preferences.plain && isAbleTerminal(Deno.env.get("TERM"))
      ? await talkOnTerminal(options, preferences)
      : await talkInLines(options, new StandardLines());
  } catch (error) {
    throw await asExitError(error);
  }
}

function readOptions(read: ReadArguments): JoinOptions {
  const [host, port, name] = read.positional;
  if (host !== undefined && /^https?:/i.test(host)) {
    throw usageError(
      clientCommandLine,
      `"${host}" is the address of a page: open it in a browser. HOST is a name or an address, such as 192.0.2.7.`,
    );
  }
  if (host === undefined || port === undefined || name === undefined) {
    throw usageError(clientCommandLine, "Usage: chat client HOST PORT NAME.");
  }
  const timeoutMs = readTimeout(read.text("timeout"));
  return {
    host,
    port: readPort(clientCommandLine, port, 1),
    name: readName(name),
    givenFlags: givenFlags(read),
    folder: read.text("data") ?? defaultDataFolder("client"),
    downloads: read.text("downloads"),
    fingerprint: readFingerprint(read),
    acceptNew: read.has("accept-new"),
    passwordFile: read.text("password-file"),
    timeoutMs: timeoutMs ?? defaultTimeoutMs,
    giveUpAfterMs: timeoutMs ?? (isOnTerminal() ? undefined : defaultTimeoutMs),
  };
}

function readFingerprint(read: ReadArguments): string | undefined {
  const fingerprint = read.text("fingerprint");
  if (fingerprint === undefined || isFingerprint(fingerprint)) return fingerprint;
  throw usageError(
    clientCommandLine,
    "--fingerprint must be SHA256: and 43 characters, as the server prints it.",
  );
}

/** The flags that were given, as words for a command that is suggested: those about trust would not be the same there. */
function givenFlags(read: ReadArguments): string[] {
  const names = Object.keys(clientCommandLine.flags)
    .filter((name) => name !== "fingerprint" && name !== "accept-new");
  return names.flatMap((name) => {
    const value = read.text(name);
    if (clientCommandLine.flags[name]!.value === undefined) {
      return read.has(name) ? [`--${name}`] : [];
    }
    return value === undefined ? [] : [`--${name}`, value];
  });
}

function readName(text: string): string {
  try {
    return parseUserName(text).name;
  } catch (error) {
    throw usageError(clientCommandLine, (error as Error).message);
  }
}

function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds * 1000;
  throw usageError(
    clientCommandLine,
    "--timeout must be a number of seconds, more than 0 and at most 86,400.",
  );
}

/** Whether a person sits there, who can be shown more than lines. */
function isOnTerminal(): boolean {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
}

/** Whether the terminal obeys more than line feeds, as far as it says; on Windows none says so. */
function isAbleTerminal(term: string | undefined): boolean {
  if (term === undefined) return Deno.build.os === "windows";
  return term !== "" && term !== "dumb";
}

async function preferencesFile(): Promise<{ text: string; path: string } | null> {
  const path = preferencesPath(Deno.build.os, (name) => Deno.env.get(name));
  return path === null ? null : await readPreferencesFile(path);
}

async function talkOnPage(page: PageChoice, read: ReadArguments): Promise<number> {
  const { servePage } = await import("./gateway/serve_page.ts");
  const given = read.positional.length === 0 ? null : readOptions(read);
  const folder = read.text("data") ?? defaultDataFolder("client");
  await prepareDataFolder(folder);
  const fingerprint = readFingerprint(read);
  const timeoutMs = readTimeout(read.text("timeout")) ?? defaultTimeoutMs;
  const acceptNew = read.has("accept-new");
  const options = { ...page, folder, given, fingerprint, acceptNew, timeoutMs };
  await servePage(options, new StandardLines());
  return exitStatus.ok;
}

async function talkInLines(options: JoinOptions, lines: StandardLines): Promise<number> {
  const { joinServer } = await import("./join/joining.ts");
  const { PlainInterface } = await import("./plain/plain.ts");
  const view = new PlainInterface(lines);
  const ended = Promise.withResolvers<ChatError>();
  const dialogue: Dialogue = {
    write: (line) => lines.write(line),
    // Lines and secrets by the same reader: what is typed ahead of a question is its answer. Nothing is redrawn.
    ask: async (question) => {
      lines.write(question);
      return await lines.read();
    },
    askSecret: (question) => lines.readSecret(question),
  };
  const { client } = await joinServer(options, dialogue, (event) => {
    if (event.type === "ended") ended.resolve(event.error);
    view.onEvent(event);
  }, view.ready);
  const transfers = await openTransfers(client, options);
  const finished = await Promise.race([view.run(client, transfers), ended.promise]);
  transfers.stop();
  if (finished instanceof ChatError) throw finished;
  const status = await signOut(client, options, lines);
  // A person has read it; a script must be able to see it.
  if (!view.failed || lines.isTerminal) return status;
  throw new ExitError(exitStatus.failed, "Some operations failed: see above.");
}

async function talkOnTerminal(options: JoinOptions, preferences: Preferences): Promise<number> {
  const { TerminalInterface } = await import("./tui/interface.ts");
  const { StandardTerminal } = await import("./tui/terminal/terminal.ts");
  const view = new TerminalInterface({
    terminal: new StandardTerminal(),
    preferences,
    variable: (name) => Deno.env.get(name),
    leaveTimeoutMs: options.timeoutMs,
  });
  view.start();
  const session = showSession(options, view);
  // Who leaves while signing in is under way does not care how that ends.
  session.catch(() => {});
  const opened = session.then(({ ended }) => ended);
  try {
    const leaving = await Promise.race([view.leaving, opened]);
    if (leaving instanceof ChatError) throw leaving;
    await view.stop();
    const signedIn = await Promise.race([session, null]);
    return await leave(leaving, signedIn?.client ?? null, view, options);
  } finally {
    await view.stop();
  }
}

interface ShownSession {
  readonly client: ChatClient;
  readonly ended: Promise<ChatError>;
}

/** Signs in and shows the session, while the interface is there already. */
async function showSession(options: JoinOptions, view: TerminalInterface): Promise<ShownSession> {
  // Loaded only now: painting comes first.
  const { joinServer } = await import("./join/joining.ts");
  const { openKeptOnMachine } = await import("./tui/conversations/kept_on_machine.ts");
  const ended = Promise.withResolvers<ChatError>();
  const dialogue: Dialogue = {
    write: (line) => view.write(line),
    ask: (question) => view.ask(question, "text"),
    askSecret: (question) => view.ask(question, "secret"),
  };
  const { client, isNew } = await joinServer(options, dialogue, (event) => {
    if (event.type === "ended") ended.resolve(event.error);
    view.onEvent(event);
  }, view.ready);
  if (isNew) view.welcome(client.welcome);
  const { host, port, name } = options;
  const kept = await openKeptOnMachine(options.folder, { server: `${host}:${port}`, name });
  const transfers = await openTransfers(client, options);
  view.show(client, transfers, kept);
  return { client, ended: ended.promise };
}

async function openTransfers(
  client: ChatClient,
  { folder, downloads, host, port, name }: JoinOptions,
): Promise<Transfers> {
  const { TransferStore } = await import("./files/transfer_store.ts");
  const { Transfers } = await import("./transfers/transfers.ts");
  const store = await TransferStore.open(folder, `${host}:${port}`, name);
  const home = Deno.env.get(Deno.build.os === "windows" ? "USERPROFILE" : "HOME") || null;
  const folders = { home, downloads: downloads ?? `${home ?? folder}/Downloads` };
  return new Transfers(client, store, folders);
}

async function leave(
  { signal, waits }: Leaving,
  client: ChatClient | null,
  view: TerminalInterface,
  options: JoinOptions,
): Promise<number> {
  const status = signal === null ? exitStatus.ok : signalStatus + (signalNumbers[signal] ?? 0);
  if (client === null) return status;
  const lines = new StandardLines();
  const timeoutMs = signal !== null ? signalTimeoutMs : waits ? options.timeoutMs : 0;
  if (waits && client.unacknowledged > 0) {
    const what = `your last ${counted(client.unacknowledged, "message")}`;
    const seconds = Math.ceil(timeoutMs / 1_000);
    lines.write(
      `Waiting up to ${seconds} s for the server to store ${what}. Press Ctrl-C to stop waiting.`,
    );
  }
  await closeUnlessInterrupted(client, timeoutMs);
  // After a hangup there is nobody to read it.
  if (signal !== "SIGHUP") { for (const post of view.unsent) writeUnsent(lines, post); }
  if (signal !== null) return status;
  if (view.unsent.length > 0) throw unsentError();
  lines.write("The session has ended.");
  return status;
}

/** Waits until everything is stored; Ctrl-C ends that. */
async function closeUnlessInterrupted(client: ChatClient, timeoutMs: number): Promise<void> {
  const giveUp = () => void client.close(0);
  Deno.addSignalListener("SIGINT", giveUp);
  try {
    await client.close(timeoutMs);
  } finally {
    Deno.removeSignalListener("SIGINT", giveUp);
  }
}

/** As it was typed, to be copied. */
function writeUnsent(lines: StandardLines, { title, text }: PendingPost): void {
  lines.write(`Not sent to ${safeText(title)}:`);
  for (const line of safeText(text, { lines: "keep" }).split("\n")) lines.write(line);
}

function unsentError(): ExitError {
  const message = "Some messages could not be sent before the session ended.";
  return new ExitError(exitStatus.failed, message);
}

/** How shells tell that a program was ended by a signal. */
const signalStatus = 128;
const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
const signalTimeoutMs = 1_000;

async function signOut(
  client: ChatClient,
  options: JoinOptions,
  lines: StandardLines,
): Promise<number> {
  if (!await client.close(options.timeoutMs)) throw unsentError();
  lines.write("The session has ended.");
  return exitStatus.ok;
}

async function asExitError(error: unknown): Promise<unknown> {
  if (error instanceof DataFolderError) return new ExitError(exitStatus.failed, error.message);
  if (!(error instanceof ChatError)) return error;
  const { UntrustedServerError } = await import("./core/link/untrusted_server_error.ts");
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
  const text = error.fromServer
    ? markedErrorText(error, inCapitals)
    : errorText(error, inCapitals, { lines: "keep" });
  return new ExitError(status, text);
}
