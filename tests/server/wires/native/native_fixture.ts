/**
 * The whole native wire over pipes and a store in memory: no TLS, no disk, a clock that a test can move.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { ScramClient } from "../../../../protocol/scram/scram.ts";
import { Accounts } from "../../../../server/accounts/accounts.ts";
import { Chat } from "../../../../server/heart/chat.ts";
import { startNative } from "../../../../server/wires/native/native.ts";
import type { ConversationOptions } from "../../../../server/wires/session_protocol/conversation.ts";
import { Identities } from "../../../../server/accounts/key_directory.ts";
import { Traffic } from "../../../../server/wires/connection/traffic.ts";
import { silentLogger } from "../../../../server/common/log.ts";
import type { Allowances } from "../../../../server/common/allowances.ts";
import { SignIn } from "../../../../server/accounts/sign_in.ts";
import { SignInGuard } from "../../../../server/accounts/sign_in_guard.ts";
import { type Message, Peer } from "../../../fixtures/peer.ts";
import type { AcceptedSocket } from "../../../../server/wires/connection/socket.ts";
import { type FileLimits, Files } from "../../../../server/heart/files/files.ts";
import type { FileBytes } from "../../../../server/storage/file_storage.ts";
import { makePipe, type PipeEnd } from "../../../fixtures/pipe.ts";
import { PipeAcceptor } from "../../../fixtures/pipe_acceptor.ts";
import { addAccounts, keysOfEveryone } from "../../../fixtures/accounts.ts";
import { makeAllowances } from "../../../fixtures/allowances.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";

/** The data of the channel binding in these tests. */
export const binding: Uint8Array<ArrayBuffer> = new Uint8Array(32).fill(3);

const roomyLimits = { fileBytesMax: 1e9, accountBytesMax: 1e9, allBytesMax: 1e9, keptMs: 0 };

/** Random bytes in base64. */
export const randomText = (length: number) =>
  encodeBase64(crypto.getRandomValues(new Uint8Array(length)));

/** What differs from the usual. */
export interface FixtureOptions extends Partial<ConversationOptions> {
  readonly storage?: MemoryStorage;
  /** Names of accounts that exist, with the password of everyone. */
  readonly accountNames?: readonly string[];
  /** Without bounds where left out. */
  readonly allowances?: Allowances;
  readonly accounts?: Accounts;
  readonly guard?: SignInGuard;
  /** Where the bytes of files are; none are taken where left out. */
  readonly fileBytes?: FileBytes;
  readonly fileLimits?: FileLimits;
}

/** The wire, and peers at its other end. */
export class NativeFixture implements AsyncDisposable {
  readonly acceptor: PipeAcceptor = new PipeAcceptor();
  readonly native: ReturnType<typeof startNative>;
  readonly files: Files | undefined;
  /** The server's ends of all connections, in the order in which they were made. */
  readonly servers: PipeEnd[] = [];
  readonly #peers: Peer[] = [];

  private constructor(
    readonly storage: MemoryStorage,
    readonly chat: Chat,
    /** What the wire stands on: another wire can stand on the same. */
    readonly parts: ConversationOptions,
  ) {
    this.native = startNative(this.acceptor, parts);
    this.files = parts.files;
  }

  /** Starts it. */
  static async start(options: FixtureOptions = {}): Promise<NativeFixture> {
    const { storage = new MemoryStorage(), accountNames = [], ...given } = options;
    const { fileBytes, fileLimits = roomyLimits, ...more } = given;
    const { allowances = makeAllowances(), logger = silentLogger, registration = "open" } = more;
    const chat = options.chat ?? await Chat.open(storage, { allowances });
    await addAccounts(storage, accountNames);
    const signIn = new SignIn({
      accounts: options.accounts ?? await Accounts.open(storage, { registration }),
      guard: options.guard ?? await SignInGuard.open(storage),
      allowances,
      logger,
      channelBinding: binding,
      onRegistered: (nameKey) => chat.markReadUpToNow(nameKey),
    });
    const files = fileBytes === undefined
      ? undefined
      : new Files({ chat, storage, bytes: fileBytes, limits: fileLimits, logger });
    return new NativeFixture(storage, chat, {
      chat,
      files,
      registration,
      signIn,
      identities: new Identities(storage, allowances),
      logger,
      traffic: new Traffic(),
      serverName: "test",
      ...more,
    });
  }

  /** Makes a connection and gives both ends. */
  pipe(address?: string, more: Partial<AcceptedSocket> = {}): [server: PipeEnd, client: PipeEnd] {
    const [server, client] = makePipe(address);
    this.servers.push(server);
    this.acceptor.add(Object.assign(server, more));
    return [server, client];
  }

  /** A peer that has not said anything. */
  peer(address?: string): Peer {
    const peer = new Peer(this.pipe(address)[1]);
    this.#peers.push(peer);
    return peer;
  }

  /** A peer that is signed in. */
  async member(name: string): Promise<Peer> {
    const peer = this.peer();
    const welcome = await peer.signIn(name, binding);
    if (welcome["name"] === undefined) throw new Error(JSON.stringify(welcome));
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) peer[Symbol.dispose]();
    await this.native.stop("The test is over.");
    await this.files?.stop();
    await this.chat.stop();
    await this.storage.close();
  }
}

/** Someone who signs in with the password of everyone. */
export function scramOf(userName: string): ScramClient {
  return new ScramClient({ userName, keysFor: keysOfEveryone, binding });
}

/** Changes the password of everyone to one that nobody knows. */
export async function changePassword(
  peer: Peer,
  name: string,
  more: Message = {},
): Promise<Message> {
  const scram = scramOf(name);
  const first = await peer.ask("begin_password", { data: scram.first });
  return await peer.ask("change_password", {
    data: await scram.respond(String(first["data"])),
    salt: randomText(16),
    iterations: 600_000,
    storedKey: randomText(32),
    serverKey: randomText(32),
    wrappedKey: randomText(60),
    ...more,
  });
}
