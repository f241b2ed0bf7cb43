/**
 * The load of the IRC benchmarks; runs as a process of its own. It speaks plain IRC only, so that any IRC server can be
 * measured by the same load: `deno run -A bench/irc_load.ts '{"port":6667,"clients":100,"messages":1000,"window":64}'`.
 *
 * @module
 */
import { percentile } from "./rows.ts";

/** What to do. */
export interface IrcLoad {
  readonly port: number;
  readonly clients: number;
  /** Messages of the one sender. */
  readonly messages: number;
  /** How many messages it has under way; a message is done when everyone has it. */
  readonly window: number;
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
const text = "x".repeat(100 - numberDigits);
const quietMs = 1_000;
const giveUpMs = 120_000;

/** One run. */
class Run {
  readonly #load: IrcLoad;
  readonly #arrivals: Uint32Array;
  readonly #sentMs: Float64Array;
  readonly #latencies: number[] = [];
  readonly #finished = Promise.withResolvers<void>();
  #conns: Deno.TcpConn[] = [];
  #sent = 0;
  #done = 0;
  #deliveries = 0;
  #heardMs = 0;
  #counting = false;

  constructor(load: IrcLoad) {
    this.#load = load;
    this.#arrivals = new Uint32Array(load.messages);
    this.#sentMs = new Float64Array(load.messages);
  }

  async run(): Promise<IrcLoadResult> {
    const { clients, messages, window } = this.#load;
    const beganMs = performance.now();
    await this.#openAll();
    const joinSeconds = (performance.now() - beganMs) / 1000;
    // Everyone is told of everyone's JOIN: that has to be over.
    while (performance.now() - this.#heardMs < quietMs) await sleep(100);
    this.#counting = true;
    const startMs = performance.now();
    for (let at = 0; at < window; at++) this.#send();
    const timer = setTimeout(() => this.#finished.resolve(), giveUpMs);
    await this.#finished.promise;
    clearTimeout(timer);
    const seconds = (performance.now() - startMs) / 1000;
    const sorted = Float64Array.from(this.#latencies).sort();
    return {
      seconds,
      deliveries: this.#deliveries,
      lost: messages * (clients - 1) - this.#deliveries,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      joinSeconds,
    };
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

  /** Until it has joined, what comes is read; then it is only counted. */
  async #read(conn: Deno.TcpConn, index: number, onJoined: () => void): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    let seen = "";
    let rest = 0;
    let received = 0;
    let lineBytes = 0;
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) return;
      this.#heardMs = performance.now();
      if (!this.#counting) {
        seen = await this.#takeWelcome(
          conn,
          seen + decoder.decode(buffer.subarray(0, count)),
          onJoined,
        );
        continue;
      }
      if (lineBytes === 0) lineBytes = buffer.indexOf(10) + 1;
      const bytes = rest + count;
      const lines = Math.floor(bytes / lineBytes);
      rest = bytes - lines * lineBytes;
      this.#arrived(index, received, lines);
      received += lines;
    }
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

  #arrived(client: number, from: number, lines: number): void {
    const nowMs = performance.now();
    const receivers = this.#load.clients - 1;
    const sampled = client % 10 === 1;
    this.#deliveries += lines;
    for (let message = from; message < from + lines; message++) {
      if (sampled) this.#latencies.push(nowMs - this.#sentMs[message]!);
      if (++this.#arrivals[message]! === receivers) this.#messageDone();
    }
  }

  #messageDone(): void {
    this.#done++;
    if (this.#done === this.#load.messages) this.#finished.resolve();
    else this.#send();
  }

  #send(): void {
    if (this.#sent >= this.#load.messages) return;
    const number = String(this.#sent).padStart(numberDigits, "0");
    this.#sentMs[this.#sent++] = performance.now();
    void this.#conns[0]!.write(encoder.encode(`PRIVMSG ${channel} :${number}${text}\r\n`));
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const load: IrcLoad = JSON.parse(Deno.args[0]!);
const result = await new Run(load).run();
Deno.stdout.writeSync(encoder.encode(JSON.stringify(result)));
Deno.exit(0);
