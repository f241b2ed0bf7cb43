/**
 * Puts the parts of the classic wire together.
 *
 * @module
 */
import type { Chat } from "../../heart/chat.ts";
import type { Logger } from "../../common/log.ts";
import type { SignIn } from "../../accounts/sign_in.ts";
import type { Listener } from "../connection/listener.ts";
import type { Traffic } from "../connection/traffic.ts";
import type { Acceptor } from "../connection/socket.ts";
import type { ClassicConnection } from "./connection.ts";
import { listenClassic } from "./listener.ts";
import { Members } from "./member.ts";
import { Operations } from "./operations.ts";
import { ClassicPrivateMessages } from "./private_messages.ts";
import { loadServerKey, type ServerKey } from "./server_key.ts";
import { ClassicSignIn } from "./sign_in.ts";

/** What the classic wire is made with. */
export interface ClassicOptions {
  readonly chat: Chat;
  readonly signIn: SignIn;
  readonly logger: Logger;
  readonly traffic: Traffic;
  /** See `loadServerKey()`. */
  readonly serverKey: ServerKey;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
}

/**
 * Starts to serve the classic wire.
 *
 * @param acceptor Where connections come from.
 * @param options See {@linkcode ClassicOptions}.
 * @return The listener, which accepts already.
 */
export function startClassic(
  acceptor: Acceptor,
  options: ClassicOptions,
): Listener<ClassicConnection> {
  const members = new Members();
  const shared = { ...options, members, nowMs: Date.now };
  const privateMessages = new ClassicPrivateMessages(shared);
  const operations = new Operations({ ...shared, privateMessages });
  const desk = new ClassicSignIn({ ...shared, operations });
  return listenClassic(acceptor, {
    chat: options.chat,
    logger: options.logger,
    traffic: options.traffic,
    members,
    begin: (client) => desk.begin(client),
    nowMs: options.nowMs ?? (() => performance.now()),
  });
}

/** The classic wire on a port. */
export interface OpenClassic {
  /** What it is called. */
  readonly name: "classic";
  readonly address: Deno.NetAddr;
  /** Sends what waits, and ends. */
  stop(): Promise<void>;
}

/**
 * Opens a port for classic clients, with the key of the data folder.
 *
 * @param where The address and port to listen on; 0 picks a free port.
 * @param options The data folder, which exists, and what {@linkcode startClassic} wants beside the key.
 * @return When it is ready.
 * @throws {CertificateError} The key cannot be used.
 * @throws {DataFolderError} A new key cannot be stored.
 * @throws {Deno.errors.AddrInUse} and others of `Deno.listen`.
 */
export async function openClassic(
  where: { hostname: string; port: number },
  { dataDirectory, ...options }: Omit<ClassicOptions, "serverKey"> & { dataDirectory: string },
): Promise<OpenClassic> {
  const serverKey = await loadServerKey(dataDirectory);
  const acceptor = Deno.listen(where);
  const listener = startClassic(acceptor, { ...options, serverKey });
  return { name: "classic", address: acceptor.addr, stop: () => listener.stop() };
}
