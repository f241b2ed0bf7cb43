/**
 * From the command line's options to a signed-in client: trust, password, keys.
 *
 * @module
 */
import { safeText } from "../../protocol/text/safe_text.ts";
import { ChatClient, type ClientEvent } from "../core/chat/chat_client.ts";
import type { Connect } from "../core/link/open_link.ts";
import type { ServerConnection } from "../core/link/transport.ts";
import type { Servers } from "../core/link/servers.ts";
import { openDeviceStore } from "../files/device_store.ts";
import { introduce } from "./introduce.ts";
import { givenPassword, type PasswordSource, readPassword } from "./password_source.ts";
import { openPrivateStateStore } from "../files/private_state_file.ts";
import { type NewServer, ServerTrust } from "../connect/trust.ts";
import { movedText } from "../talk/wording.ts";
import { waysTo } from "./ways.ts";

/** What is joined, as whom, and how. */
export interface JoinOptions {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly folder: string;
  /** Where fetched files go; the usual place where not given. */
  readonly downloads: string | undefined;
  /** The flags that the person gave, as words, without those about trust. */
  readonly givenFlags: readonly string[];
  readonly fingerprint: string | undefined;
  readonly acceptNew: boolean;
  readonly passwordFile: string | undefined;
  /** How long connecting may take, and then waiting where the server asks to slow down. */
  readonly timeoutMs: number;
  /** For how long a lost connection is tried to be made again; for ever where not given. */
  readonly giveUpAfterMs: number | undefined;
}

/** Where questions are asked before there is a session. */
export interface Dialogue {
  /** Writes a line, which is safe. */
  write(line: string): void;
  /** Asks for a line; null at the end of input, and where the person gives up. */
  ask(question: string): Promise<string | null>;
  /** Asks for a line that is not shown; undefined where the terminal has to be asked. */
  readonly askSecret: ((question: string) => Promise<string | null>) | undefined;
}

/** Somebody who has joined. */
export interface Joined {
  readonly client: ChatClient;
  /** Whether the account was made just now. */
  readonly isNew: boolean;
}

/**
 * Joins: registers or signs in, and asks what must be asked for that.
 *
 * @param options See {@linkcode JoinOptions}.
 * @param dialogue Where it is asked.
 * @param onEvent Takes the client's events.
 * @param ready Until when they wait; see `ChatClientOptions.ready`.
 * @throws {ChatError} All of connecting, trust and signing in.
 * @throws {ExitError} Where there is no password.
 */
export async function joinServer(
  options: JoinOptions,
  dialogue: Dialogue,
  onEvent: (event: ClientEvent) => void,
  ready?: Promise<void>,
): Promise<Joined> {
  const { host, port, name, folder, timeoutMs, giveUpAfterMs } = options;
  const trust = trustOf(options, dialogue);
  const { servers, connect, connectBulk } = await waysTo(options, trust);
  const source = passwordSource(options, dialogue);
  const devices = await openDeviceStore(folder, `${host}:${port}`, name);
  const memory = await openPrivateStateStore(folder, `${host}:${port}`, name);
  let isNew = false;
  const { credentials, first } = await introduce({
    name,
    address: addressText(options),
    connect: () => connectFirst(servers, connect, dialogue),
    servers,
    password: (account) => {
      isNew = account === "new";
      return readPassword(source, account);
    },
    passwordIsGiven: await givenPassword(source) !== undefined,
    devices,
    patienceMs: timeoutMs,
    write: (line) => dialogue.write(line),
  });
  const client = await ChatClient.open({
    credentials,
    connect,
    connectBulk,
    servers,
    devices,
    memory,
    patienceMs: timeoutMs,
    giveUpAfterMs,
    onEvent,
    ready,
  }, first);
  return { client, isNew };
}

/** Connects before there is a session; where that is to another server, it is told. */
async function connectFirst(
  servers: Servers,
  connect: Connect,
  dialogue: Dialogue,
): Promise<ServerConnection> {
  const before = servers.current;
  const connection = await servers.connect(connect, new AbortController().signal);
  if (servers.current === before) return connection;
  dialogue.write(`${safeText(before)} cannot be reached. ${movedText(servers.current)}.`);
  return connection;
}

function passwordSource(options: JoinOptions, dialogue: Dialogue): PasswordSource {
  return {
    file: options.passwordFile,
    folder: options.folder,
    terminal: Deno.stdin.isTerminal(),
    readLine: (question) => dialogue.ask(question),
    readSecret: dialogue.askSecret,
    write: (line) => dialogue.write(line),
  };
}

function trustOf(options: JoinOptions, dialogue: Dialogue): ServerTrust {
  return new ServerTrust({
    dataDirectory: options.folder,
    expectedFingerprint: options.fingerprint,
    given: { name: options.name, flags: options.givenFlags },
    confirmNewServer: (server) =>
      options.acceptNew ? Promise.resolve(true) : confirmNewServer(server, dialogue),
  });
}

/** Asks a person; a script must say beforehand what it trusts. */
async function confirmNewServer(server: NewServer, dialogue: Dialogue): Promise<boolean> {
  dialogue.write(`The server ${addressText(server)} is not known here yet. Its fingerprint is`);
  dialogue.write(`  ${server.fingerprint}`);
  if (!Deno.stdin.isTerminal()) return false;
  dialogue.write("The server printed its fingerprint when it started.");
  for (let question = "Is it the same? (yes/no)";; question = 'Type "yes" or "no".') {
    const answer = (await dialogue.ask(question))?.trim().toLowerCase();
    if (answer === "yes" || answer === "y") return true;
    if (answer === undefined || answer === "no" || answer === "n") return false;
  }
}

/** A server as people call it, safe for a terminal. */
function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${safeText(host)} port ${port}`;
}
