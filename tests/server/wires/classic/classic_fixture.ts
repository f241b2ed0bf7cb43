/**
 * The whole classic wire over pipes and a store in memory: no TCP, no disk, a clock that a test moves.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import { assert, assertEquals } from "@std/assert";
import { Traffic } from "../../../../server/wires/connection/traffic.ts";
import { safeText } from "../../../../protocol/text/safe_text.ts";
import { Accounts } from "../../../../server/accounts/accounts.ts";
import { Chat } from "../../../../server/heart/chat.ts";
import { type ClassicOptions, startClassic } from "../../../../server/wires/classic/classic.ts";
import {
  openEnvelope,
  type PublicKey,
  readPublicKey,
  sealEnvelope,
} from "../../../../server/wires/classic/envelope.ts";
import type { ClassicConnection } from "../../../../server/wires/classic/connection.ts";
import type { Listener } from "../../../../server/wires/connection/listener.ts";
import type { Logger } from "../../../../server/common/log.ts";
import type { Session, SessionEvent } from "../../../../server/heart/session.ts";
import { SignIn } from "../../../../server/accounts/sign_in.ts";
import { SignInGuard } from "../../../../server/accounts/sign_in_guard.ts";
import { makeAllowances } from "../../../fixtures/allowances.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { makePipe, type PipeEnd } from "../../../fixtures/pipe.ts";
import { PipeAcceptor } from "../../../fixtures/pipe_acceptor.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";
import { field } from "./fields.ts";
import { keyPair } from "./keys.ts";
import { noConnection } from "../../../fixtures/session_connection.ts";

/** How long a test waits for what never comes. */
const patienceMs = 20_000;

/** What the server sent in one write. */
export interface Received {
  readonly type: string;
  readonly body: string;
}

/** A classic client's end of a connection. */
export class Peer {
  /** What the server sees. */
  readonly socket: PipeEnd;
  readonly #end: PipeEnd;
  readonly #buffer = new Uint8Array(64 * 1024);

  constructor(server: PipeEnd, end: PipeEnd) {
    this.socket = server;
    this.#end = end;
  }

  /** The next message, which came whole and alone in one write; null where the server has closed. */
  async next(): Promise<Received | null> {
    const count = await deadline(this.#end.read(this.#buffer), patienceMs);
    if (count === null) return null;
    const bytes = this.#buffer.slice(0, count);
    const view = new DataView(bytes.buffer);
    const bodyAt = 4 + view.getInt32(0);
    assertEquals(bytes.length, bodyAt + 4 + view.getInt32(bodyAt), "one message a write");
    assert(bytes.length - bodyAt - 4 < 2_048, "a body fits one read");
    const text = (from: number, to: number) => new TextDecoder().decode(bytes.subarray(from, to));
    return { type: text(4, bodyAt), body: text(bodyAt + 4, bytes.length) };
  }

  /** The next message's body; it must be of that type. */
  async expect(type: string): Promise<string> {
    const message = await this.next();
    assertEquals(message?.type, type, JSON.stringify(message));
    return message!.body;
  }

  /** Sees that the next messages are confirmations with just these words. */
  async confirmed(...bodies: string[]): Promise<void> {
    for (const body of bodies) assertEquals(await this.next(), { type: "Confirmation", body });
  }

  /** Sees that the server has closed and said nothing more. */
  async ended(): Promise<void> {
    assertEquals(await this.next(), null);
  }

  /** Sends texts, each a field. */
  async send(...texts: (string | Uint8Array)[]): Promise<void> {
    for (const text of texts) await this.#end.write(field(text));
  }

  /** Sends bytes that need not be a field. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.#end.write(bytes);
  }

  close(): void {
    if (!this.#end.closed) this.#end.close();
  }
}

/** A peer that is signed in, with its key. */
export class MemberPeer {
  constructor(
    readonly peer: Peer,
    readonly name: string,
    readonly privateKey: CryptoKey,
    readonly publicKey: PublicKey,
  ) {}

  /** Broadcasts, and gives what was confirmed. */
  async broadcast(text: string): Promise<string> {
    await this.peer.send("BM");
    await this.peer.confirmed("The server is ready to send broadcast message!");
    await this.peer.send(text);
    return await this.peer.expect("Confirmation");
  }

  /** Asks for a private message to somebody: gives the names to choose from, and the key. */
  async target(name: string): Promise<{ names: string[]; key: PublicKey }> {
    await this.peer.send("PM");
    const names = (await this.peer.expect("LIST")).split(/\s+/);
    await this.peer.send(name);
    return { names, key: await readPublicKey(await this.peer.expect("key")) };
  }

  /** Sends a private message, and gives what was confirmed. */
  async whisper(name: string, text: string): Promise<string> {
    const { key } = await this.target(name);
    await this.peer.send(await sealEnvelope(text, key, 0));
    return await this.peer.expect("Confirmation");
  }

  /** The next private message, opened. */
  async opened(): Promise<string> {
    return await openEnvelope(await this.peer.expect("PM"), this.privateKey);
  }

  /** The lines of the history. */
  async history(): Promise<string[]> {
    await this.peer.send("CH");
    const lines: string[] = [];
    for (;;) {
      const line = await this.peer.expect("CH");
      if (line === "Done") return lines;
      lines.push(line);
    }
  }
}

/** What differs from the usual. */
export interface FixtureOptions {
  readonly registration?: "open" | "closed";
  readonly postsPerSecond?: number;
  readonly registrationsPerSecond?: number;
  readonly storage?: MemoryStorage;
  /** The heart to stand on, over that store; one of its own where left out. */
  readonly chat?: Chat;
}

/** The wire with its surroundings. */
export class ClassicFixture implements AsyncDisposable {
  readonly acceptor = new PipeAcceptor();
  readonly log: string[] = [];
  readonly storage: MemoryStorage;
  readonly chat: Chat;
  readonly accounts: Accounts;
  readonly guard: SignInGuard;
  readonly listener: Listener<ClassicConnection>;
  readonly serverKey: PublicKey;
  nowMs = 0;
  readonly #peers: Peer[] = [];

  private constructor(
    parts: { storage: MemoryStorage; chat: Chat; accounts: Accounts; guard: SignInGuard },
    serverKey: ClassicOptions["serverKey"],
  ) {
    const { storage, chat, accounts, guard } = parts;
    this.storage = storage;
    this.chat = chat;
    this.accounts = accounts;
    this.guard = guard;
    this.serverKey = serverKey.publicKey;
    const logger = this.#logger();
    const signIn = new SignIn({
      accounts,
      guard,
      allowances: chat.allowances,
      logger,
      channelBinding: new Uint8Array(32),
      onRegistered: (nameKey) => chat.markReadUpToNow(nameKey),
    });
    this.listener = startClassic(this.acceptor, {
      chat,
      signIn,
      serverKey,
      logger,
      traffic: new Traffic(),
      nowMs: () => this.nowMs,
    });
  }

  static async start(options: FixtureOptions = {}): Promise<ClassicFixture> {
    const storage = options.storage ?? new MemoryStorage();
    const { registration = "open", postsPerSecond = 0, registrationsPerSecond = 0 } = options;
    const allowances = makeAllowances({
      // Two, and the lobby, which is entered by signing in.
      posts: { perSecond: postsPerSecond, burst: 3 },
      registrations: { perSecond: registrationsPerSecond, burst: 1 },
    });
    const chat = options.chat ?? await Chat.open(storage, { nowMs: () => 0, allowances });
    const accounts = await Accounts.open(storage, { registration, iterations: 1 });
    const guard = await SignInGuard.open(storage);
    return new ClassicFixture({ storage, chat, accounts, guard }, await keyPair("server"));
  }

  /** A new connection. */
  connect(address = "192.0.2.1"): Peer {
    const [server, client] = makePipe(address);
    const socket = Object.assign(server, { setNoDelay: () => {}, setKeepAlive: () => {} });
    this.acceptor.add(socket);
    const peer = new Peer(server, client);
    this.#peers.push(peer);
    return peer;
  }

  /** A connection whose user is registered or, the second time, signed in; the password is made from the name. */
  async member(name: string, keyOwner = name): Promise<MemberPeer> {
    const peer = this.connect();
    await peer.send(name);
    assertEquals(await peer.expect("key"), this.serverKey.text);
    await peer.expect("Confirmation");
    await peer.send(await this.password(`password of ${name.toLowerCase()}`));
    await peer.expect("Confirmation");
    const { privateKey, publicKey } = await keyPair(keyOwner);
    await peer.send(publicKey.text);
    const member = new MemberPeer(peer, name, privateKey, publicKey);
    // The key itself is not answered.
    await member.history();
    return member;
  }

  /** A password as a client seals it. */
  async password(text: string): Promise<string> {
    return await sealEnvelope(text, this.serverKey, 0);
  }

  /** Somebody who is here by another wire, with an account, and what is told to them. */
  async stranger(name: string): Promise<{ session: Session; events: SessionEvent[] }> {
    const record = await this.accounts.registerWithPassword(name, `password of ${name}`);
    const events: SessionEvent[] = [];
    const user = { name: record.name, nameKey: record.nameKey, account: true };
    const deliver = (event: SessionEvent) => void events.push(event);
    return {
      session: this.chat.connect(user, { followsAccount: true, deliver, connection: noConnection }),
      events,
    };
  }

  /** Moves the clock and looks at the deadlines. */
  async pass(ms: number): Promise<void> {
    await settled();
    this.nowMs += ms;
    this.listener.checkDeadlines();
    await settled();
  }

  /** The lines that an operator sees without asking for more. */
  get visibleLog(): string[] {
    return this.log.filter((line) => !line.startsWith("debug"));
  }

  #logger(): Logger {
    const write = (level: string) => (message: string, properties?: Record<string, unknown>) => {
      const values = message.replace(/\{(\w+)\}/g, (_, key) => String(properties?.[key]));
      this.log.push(safeText(`${level}: ${values}`));
    };
    return {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.stop();
    for (const peer of this.#peers) peer.close();
    while (this.listener.size > 0) await settled();
    await this.chat.stop();
  }
}
