/**
 * The whole IRC wire over pipes and a store in memory: no TCP, no disk, a clock that a test moves.
 *
 * @module
 */
import { isKeptBack, parseUserName } from "../../../../protocol/names/names.ts";
import { deadline } from "@std/async/deadline";
import { assert, assertEquals } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { Traffic } from "../../../../server/wires/connection/traffic.ts";
import { safeText } from "../../../../protocol/text/safe_text.ts";
import { Accounts } from "../../../../server/accounts/accounts.ts";
import { Chat } from "../../../../server/heart/chat.ts";
import { loadHostKey } from "../../../../server/wires/irc/network/cloaks.ts";
import { type RunningIrc, startIrc } from "../../../../server/wires/irc/irc.ts";
import type { Logger } from "../../../../server/common/log.ts";
import type { Session, SessionEvent } from "../../../../server/heart/session.ts";
import { SignIn } from "../../../../server/accounts/sign_in.ts";
import { SignInGuard } from "../../../../server/accounts/sign_in_guard.ts";
import { makeAllowances } from "../../../fixtures/allowances.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { makePipe, type PipeEnd } from "../../../fixtures/pipe.ts";
import { PipeAcceptor } from "../../../fixtures/pipe_acceptor.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";
import { noConnection } from "../../../fixtures/session_connection.ts";

/** How long a test waits for what never comes. */
const patienceMs = 20_000;

/** When a test begins, in milliseconds since 1970. */
const startMs = 1_800_000_000_000;

/** What the server calls itself. */
export const serverName = "irc.test";

/** The password of a test's account. */
export function passwordOf(name: string): string {
  return `password of ${name.toLowerCase()}`;
}

/** An IRC client's end of a connection. */
export class Peer {
  /** What the server sees. */
  readonly socket: PipeEnd;
  readonly #end: PipeEnd;
  readonly #buffer = new Uint8Array(64 * 1024);
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #text = "";
  #lines: string[] = [];
  #syncs = 0;

  constructor(server: PipeEnd, end: PipeEnd) {
    this.socket = server;
    this.#end = end;
  }

  /** Sends lines. */
  async send(...lines: string[]): Promise<void> {
    await this.sendBytes(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join("")));
  }

  /** Sends bytes that need not be lines. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.#end.write(bytes);
  }

  /** The next line; null where the server has closed. */
  async next(): Promise<string | null> {
    while (this.#lines.length === 0) {
      const count = await deadline(this.#end.read(this.#buffer), patienceMs);
      if (count === null) return null;
      this.#text += this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
      const lines = this.#text.split("\r\n");
      this.#text = lines.pop()!;
      this.#lines = lines;
    }
    return this.#lines.shift()!;
  }

  /** All lines up to the one that fits, which is the last. */
  async until(pattern: RegExp): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.next();
      assert(line !== null, `the server closed before ${pattern}: ${lines.slice(-5).join("\n")}`);
      lines.push(line);
      if (pattern.test(line)) return lines;
    }
  }

  /** Everything that has come by now, and what the server still had to say to what was sent. */
  async sync(): Promise<string[]> {
    const token = `sync${++this.#syncs}`;
    await this.send(`PING ${token}`);
    return (await this.until(new RegExp(` PONG \\S+ :${token}$`))).slice(0, -1);
  }

  /** Sends lines, and gives all that came since. */
  async ask(...lines: string[]): Promise<string[]> {
    await this.send(...lines);
    return await this.sync();
  }

  /** Sees that the server closes; gives the lines before. */
  async ended(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.next(); line !== null; line = await this.next()) lines.push(line);
    return lines;
  }

  close(): void {
    if (!this.#end.closed) this.#end.close();
  }
}

/** What differs from the usual. */
export interface FixtureOptions {
  readonly registration?: "open" | "closed";
  /** Of what one connection may send; any number where it is left out. */
  readonly postsPerSecond?: number;
  /** Of the rate of each user; any number where it is left out. */
  readonly postsAtOnce?: number;
  readonly operator?: string;
  readonly motd?: string;
  readonly stsPort?: number;
  readonly sasl?: "all" | "plain";
  readonly storage?: MemoryStorage;
  /** The heart to stand on, over that store; one of its own where left out. */
  readonly chat?: Chat;
}

/** How to connect. */
export interface ConnectOptions {
  readonly address?: string;
  readonly secure?: boolean;
  readonly capabilities?: string;
}

/** The wire with its surroundings. */
export class IrcFixture implements AsyncDisposable {
  readonly log: string[] = [];
  readonly storage: MemoryStorage;
  readonly chat: Chat;
  readonly accounts: Accounts;
  readonly irc: RunningIrc;
  nowMs = 0;
  readonly #tls = new PipeAcceptor();
  readonly #plain = new PipeAcceptor();
  readonly #peers: Peer[] = [];

  private constructor(
    parts: {
      storage: MemoryStorage;
      chat: Chat;
      accounts: Accounts;
      guard: SignInGuard;
      hostKey: Uint8Array<ArrayBuffer>;
    },
    options: FixtureOptions,
  ) {
    this.storage = parts.storage;
    this.chat = parts.chat;
    this.accounts = parts.accounts;
    const logger = this.#logger();
    this.irc = startIrc({ tls: this.#tls, plain: this.#plain }, {
      chat: parts.chat,
      signIn: new SignIn({
        accounts: parts.accounts,
        guard: parts.guard,
        allowances: parts.chat.allowances,
        logger,
        channelBinding: new Uint8Array(32),
        onRegistered: (nameKey) => parts.chat.markReadUpToNow(nameKey),
      }),
      traffic: new Traffic(),
      logger,
      registration: options.registration ?? "open",
      name: serverName,
      motd: options.motd,
      operator: options.operator,
      hostKey: parts.hostKey,
      stsPort: options.stsPort ?? null,
      sasl: options.sasl ?? "all",
      nowMs: () => startMs + this.nowMs,
      monotonicMs: () => this.nowMs,
    });
  }

  static async start(options: FixtureOptions = {}): Promise<IrcFixture> {
    const storage = options.storage ?? new MemoryStorage();
    const { registration = "open", postsPerSecond = 0, postsAtOnce } = options;
    let fixture: IrcFixture | null = null;
    // No two posts have the same time.
    let ticksMs = 0;
    const nowMs = () => startMs + (fixture?.nowMs ?? 0) + ++ticksMs;
    const operator = options.operator?.toLowerCase();
    const allowances = makeAllowances({
      posts: { perSecond: postsAtOnce === undefined ? 0 : 1, burst: postsAtOnce ?? 1 },
      rooms: { perSecond: 1 / 30, burst: 100 },
      ircQuestions: { perSecond: postsPerSecond, burst: postsPerSecond * 10 + 50 },
    }, () => fixture?.nowMs ?? 0);
    const chat = options.chat ?? await Chat.open(storage, { nowMs, operator, allowances });
    const accounts = await Accounts.open(storage, { registration, iterations: 1 });
    const guard = await SignInGuard.open(storage);
    const hostKey = await loadHostKey(storage);
    fixture = new IrcFixture({ storage, chat, accounts, guard, hostKey }, options);
    return fixture;
  }

  /** A new connection. */
  connect({ address = "127.0.0.1", secure = false }: ConnectOptions = {}): Peer {
    const [server, client] = makePipe(address);
    (secure ? this.#tls : this.#plain).add(server);
    const peer = new Peer(server, client);
    this.#peers.push(peer);
    return peer;
  }

  /** A guest who is registered; the welcome was read. */
  async guest(nick: string, options: ConnectOptions = {}): Promise<Peer> {
    const peer = this.connect(options);
    await peer.send(`NICK ${nick}`, `USER ${nick} 0 * :Real name of ${nick}`);
    await peer.until(/ 422 | 376 /);
    if (options.capabilities !== undefined) {
      await peer.send(`CAP REQ :${options.capabilities}`);
      await peer.until(/ CAP \S+ ACK /);
    }
    return peer;
  }

  /** A client that is signed in to an account, which is made if there is none. */
  async member(name: string, options: ConnectOptions = {}): Promise<Peer> {
    await this.account(name);
    const peer = this.connect(options);
    await peer.send(
      `CAP REQ :sasl${options.capabilities === undefined ? "" : ` ${options.capabilities}`}`,
      `NICK ${name}`,
      `USER ${name} 0 * :Real name of ${name}`,
      "AUTHENTICATE PLAIN",
      `AUTHENTICATE ${encodeBase64(`\0${name}\0${passwordOf(name)}`)}`,
      "CAP END",
    );
    await peer.until(/ :You are signed in as \S+\.$/);
    return peer;
  }

  /** Makes an account, unless there is one. */
  async account(name: string): Promise<void> {
    const { accounts } = this.storage.data;
    if (accounts.has(name.toLowerCase())) return;
    const parsed = parseUserName(name);
    const typed = isKeptBack(parsed) ? `${name}-to-be` : name;
    const record = await this.accounts.registerWithPassword(typed, passwordOf(name));
    if (typed === name) return;
    // As if it had been made before such names were kept back.
    accounts.delete(record.nameKey);
    accounts.set(parsed.nameKey, { ...record, ...parsed });
  }

  /** Somebody who is here by another wire, with an account, and what is told to them. */
  async stranger(
    name: string,
    { secure = true } = {},
  ): Promise<{ session: Session; events: SessionEvent[] }> {
    await this.account(name);
    const events: SessionEvent[] = [];
    const user = { name, nameKey: name.toLowerCase(), account: true };
    const deliver = (event: SessionEvent) => void events.push(event);
    const options = { followsAccount: true, secure, deliver, connection: noConnection };
    return { session: this.chat.connect(user, options), events };
  }

  /** Moves the clock and looks at the deadlines. */
  async pass(ms: number): Promise<void> {
    await settled();
    this.nowMs += ms;
    for (const listener of this.irc.listeners) listener.checkDeadlines();
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
    await this.irc.stop();
    for (const peer of this.#peers) peer.close();
    while (this.irc.listeners.some(({ size }) => size > 0)) await settled();
    await this.chat.stop();
  }
}

/** The part of a line after its source: tags and source left out. */
export function withoutSource(line: string): string {
  return line.replace(/^@\S+ /, "").replace(/^:\S+ /, "");
}

/** Sees that exactly these commands with their parameters came, in this order. */
export function assertLines(lines: readonly string[], expected: readonly string[]): void {
  assertEquals(lines.map(withoutSource), expected);
}
