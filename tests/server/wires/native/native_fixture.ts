/**
 * The whole native wire over pipes and a store in memory: no TLS, no disk, a clock that a test can move.
 *
 * @module
 */
import { Accounts } from "../../../../server/accounts/accounts.ts";
import { Chat } from "../../../../server/heart/chat.ts";
import { type NativeOptions, startNative } from "../../../../server/wires/native/native.ts";
import { Identities } from "../../../../server/accounts/key_directory.ts";
import { Traffic } from "../../../../server/wires/connection/traffic.ts";
import { silentLogger } from "../../../../server/common/log.ts";
import { Rate } from "../../../../server/common/rate.ts";
import { SignInGuard } from "../../../../server/accounts/sign_in_guard.ts";
import { Peer } from "../../../fixtures/peer.ts";
import type { AcceptedSocket } from "../../../../server/wires/connection/socket.ts";
import { makePipe, type PipeEnd } from "../../../fixtures/pipe.ts";
import { PipeAcceptor } from "../../../fixtures/pipe_acceptor.ts";
import { addAccounts } from "../../../fixtures/accounts.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";

/** The data of the channel binding in these tests. */
export const binding: Uint8Array<ArrayBuffer> = new Uint8Array(32).fill(3);

/** What differs from the usual. */
export interface FixtureOptions extends Partial<NativeOptions> {
  readonly storage?: MemoryStorage;
  /** Names of accounts that exist, with the password of everyone. */
  readonly accountNames?: readonly string[];
}

/** The wire, and peers at its other end. */
export class NativeFixture implements AsyncDisposable {
  readonly acceptor: PipeAcceptor = new PipeAcceptor();
  readonly native: ReturnType<typeof startNative>;
  /** The server's ends of all connections, in the order in which they were made. */
  readonly servers: PipeEnd[] = [];
  readonly #peers: Peer[] = [];

  private constructor(
    readonly storage: MemoryStorage,
    readonly chat: Chat,
    options: NativeOptions,
  ) {
    this.native = startNative(this.acceptor, options);
  }

  /** Starts it. */
  static async start(options: FixtureOptions = {}): Promise<NativeFixture> {
    const { storage = new MemoryStorage(), accountNames = [], ...more } = options;
    const chat = await Chat.open(storage);
    await addAccounts(storage, accountNames);
    const registration = more.registration ?? "open";
    const unlimited = { perSecond: 0, burst: 0, message: "" };
    return new NativeFixture(storage, chat, {
      chat,
      registration,
      accounts: await Accounts.open(storage, { registration }),
      identities: new Identities(storage),
      guard: await SignInGuard.open(storage),
      logger: silentLogger,
      traffic: new Traffic(),
      postRate: new Rate(unlimited),
      roomRate: new Rate(unlimited),
      registrationRate: new Rate(unlimited),
      channelBinding: binding,
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
    await this.chat.stop();
    await this.storage.close();
  }
}
