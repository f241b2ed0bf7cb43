/**
 * The load of the IRC benchmarks; runs as a process of its own. It speaks plain IRC only, so that any IRC server can be
 * measured by the same load: `deno run -A bench/irc_load.ts
 * '{"port":6667,"clients":100,"senders":1,"messages":1000,"window":64,"perSecond":0}'`.
 *
 * @module
 */
import { percentile } from "./rows.ts";

/** What to do. */
export interface IrcLoad {
  readonly port: number;
  readonly clients: number;
  /** How many of the clients send, at most ten: their names must have one length. */
  readonly senders: number;
  /** Messages of each sender. */
  readonly messages: number;
  /** How many messages each sender has under way; a message is done when everyone has it. */
  readonly window: number;
  /** Messages a second of each sender; 0 for as fast as the window allows. */
  readonly perSecond: number;
}

/** What came of it. */
export interface IrcLoadResult {
  readonly seconds: number;
  readonly deliveries: number;
  readonly lost: number;
  /** From sending to the arrival at a client, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From the first connection to the last JOIN. */
  readonly joinSeconds: number;
}

const channel = "#bench";
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Digits of a message's number: all lines have the same length, so that they can be counted without being read. */
const numberDigits = 8;
const textBytes = 100;
const filler = "x".repeat(textBytes - numberDigits);
const newline = 10;
/** CR and LF. */
const lineEndBytes = 2;
const quietMs = 1_000;
const giveUpMs = 120_000;

/** One run. */
class Run {
  readonly #load: IrcLoad;
  /** For each message how many clients have it, and when it was sent. A sender's messages follow each other. */
  readonly #arrivals: Uint32Array;
  readonly #sentMs: Float64Array;
  /** How many messages each sender has sent. */
  readonly #sent: Uint32Array;
  readonly #latencies: number[] = [];
  readonly #finished = Promise.withResolvers<void>();
  #conns: Deno.TcpConn[] = [];
  #done = 0;
  #deliveries = 0;
  #heardMs = 0;
  #counting = false;

  constructor(load: IrcLoad) {
    this.#load = load;
    this.#arrivals = new Uint32Array(load.senders * load.messages);
    this.#sentMs = new Float64Array(load.senders * load.messages);
    this.#sent = new Uint32Array(load.senders);
  }

  async run(): Promise<IrcLoadResult> {
    const { clients, senders, messages } = this.#load;
    const beganMs = performance.now();
    await this.#openAll();
    const joinSeconds = (performance.now() - beganMs) / 1000;
    // Everyone is told of everyone's JOIN: that has to be over.
    while (performance.now() - this.#heardMs < quietMs) await sleep(100);
    this.#counting = true;
    const startMs = performance.now();
    for (let sender = 0; sender < senders; sender++) this.#start(sender);
    const timer = setTimeout(() => this.#finished.resolve(), giveUpMs);
    await this.#finished.promise;
    clearTimeout(timer);
    const seconds = (performance.now() - startMs) / 1000;
    const sorted = Float64Array.from(this.#latencies).sort();
    return {
      seconds,
      deliveries: this.#deliveries,
      lost: senders * messages * (clients - 1) - this.#deliveries,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      joinSeconds,
    };
  }

  #start(sender: number): void {
    const { perSecond, window } = this.#load;
    if (perSecond === 0) {
      for (let at = 0; at < window; at++) this.#send(sender);
      return;
    }
    const intervalMs = 1000 / perSecond;
    const startMs = performance.now() + Math.random() * intervalMs;
    const next = () => {
      this.#send(sender);
      const sent = this.#sent[sender]!;
      if (sent === this.#load.messages) return;
      setTimeout(next, Math.max(0, startMs + sent * intervalMs - performance.now()));
    };
    setTimeout(next, startMs - performance.now());
  }

  async #openAll(): Promise<void> {
    const { clients } = this.#load;
    const width = 20;
    for (let from = 0; from < clients; from += width) {
      const count = Math.min(width, clients - from);
      await Promise.all(Array.from({ length: count }, (_, at) => this.#open(from + at)));
    }
  }

  async #open(index: number): Promise<void> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: this.#load.port });
    conn.setNoDelay(true);
    this.#conns[index] = conn;
    const hello = `NICK bench${index}\r\nUSER bench 0 * :bench\r\n`;
    await conn.write(encoder.encode(hello));
    const joined = Promise.withResolvers<void>();
    this.#read(conn, index, joined.resolve);
    await joined.promise;
  }

  /** Until everyone has joined, what comes is read; then messages are only counted. */
  async #read(conn: Deno.TcpConn, index: number, onJoined: () => void): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    const count = this.#load.senders === 1 ? this.#counter(index) : this.#numberReader(index);
    let seen = "";
    for (;;) {
      const length = await conn.read(buffer);
      if (length === null) return;
      this.#heardMs = performance.now();
      const bytes = buffer.subarray(0, length);
      if (this.#counting) count(bytes);
      else seen = await this.#takeWelcome(conn, seen + decoder.decode(bytes), onJoined);
    }
  }

  /** Of one sender the messages come in order: lines of one length need only be counted. */
  #counter(client: number): (bytes: Uint8Array) => void {
    let rest = 0;
    let received = 0;
    let lineBytes = 0;
    return (bytes) => {
      if (lineBytes === 0) lineBytes = bytes.indexOf(newline) + 1;
      const total = rest + bytes.length;
      const lines = Math.floor(total / lineBytes);
      rest = total - lines * lineBytes;
      const nowMs = performance.now();
      for (let at = 0; at < lines; at++) this.#arrived(client, received + at, nowMs);
      received += lines;
    };
  }

  /** Of several senders, each message's number is read from the text at the end of its line. */
  #numberReader(client: number): (bytes: Uint8Array) => void {
    let rest = new Uint8Array();
    return (bytes) => {
      const all = rest.length === 0 ? bytes : joined(rest, bytes);
      const nowMs = performance.now();
      let from = 0;
      for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, from)) {
        this.#arrived(client, numberAt(all, end + 1 - lineEndBytes - textBytes), nowMs);
        from = end + 1;
      }
      rest = all.slice(from);
    };
  }

  /** Answers the PING that some servers send first; returns what may be the beginning of a line. */
  async #takeWelcome(conn: Deno.TcpConn, seen: string, onJoined: () => void): Promise<string> {
    const ping = /(?:^|\n)PING ([^\r\n]+)/.exec(seen);
    if (ping !== null) await conn.write(encoder.encode(`PONG ${ping[1]}\r\n`));
    // Only a registered client may join.
    if (/ 001 /.test(seen)) await conn.write(encoder.encode(`JOIN ${channel}\r\n`));
    if (/ 366 /.test(seen)) onJoined();
    return seen.slice(seen.lastIndexOf("\n") + 1);
  }

  #arrived(client: number, message: number, nowMs: number): void {
    const { clients, messages } = this.#load;
    this.#deliveries++;
    if (clients < 100 || client % 10 === 1) this.#latencies.push(nowMs - this.#sentMs[message]!);
    if (++this.#arrivals[message]! === clients - 1) {
      this.#messageDone(Math.floor(message / messages));
    }
  }

  #messageDone(sender: number): void {
    const { senders, messages, perSecond } = this.#load;
    this.#done++;
    if (this.#done === senders * messages) this.#finished.resolve();
    else if (perSecond === 0) this.#send(sender);
  }

  #send(sender: number): void {
    const { messages } = this.#load;
    if (this.#sent[sender]! === messages) return;
    const message = sender * messages + this.#sent[sender]!++;
    const number = String(message).padStart(numberDigits, "0");
    this.#sentMs[message] = performance.now();
    void this.#conns[sender]!.write(encoder.encode(`PRIVMSG ${channel} :${number}${filler}\r\n`));
  }
}

/** The number at the beginning of a text. */
function numberAt(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let digit = 0; digit < numberDigits; digit++) number = number * 10 + bytes[at + digit]! - 48;
  return number;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const load: IrcLoad = JSON.parse(Deno.args[0]!);
const result = await new Run(load).run();
Deno.stdout.writeSync(encoder.encode(JSON.stringify(result)));
Deno.exit(0);
