/**
 * Sessions that come back by themselves when they lose their connection, as the client does: with its waits, its sign-in, its
 * device token, and a question for what was missed. Runs as a process of its own; says "there" in a line when all are
 * signed in, and how coming back went each time when all are back. A line on its input cuts all connections.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import { backoffMs } from "../client/core/link/backoff.ts";
import type { Credentials } from "../client/core/link/credentials.ts";
import type { Link } from "../client/core/link/link.ts";
import { openSignedIn } from "../client/core/link/signed_in_link.ts";
import { connectTls } from "./deno_tls.ts";
import { ChatError } from "../protocol/wire/errors.ts";
import { channelBindingOf, serverCertificateName } from "../protocol/certificate/fingerprint.ts";
import { decodePem } from "../protocol/certificate/pem.ts";
import { SharedCredentials } from "./accounts.ts";
import { percentile } from "./rows.ts";

/** What the load is given. */
export interface ReconnectLoad {
  readonly port: number;
  readonly directory: string;
  readonly sessions: number;
}

/** How coming back went. */
export interface ReconnectResult {
  /** From the moment when the first connection was lost until all are back. */
  readonly allBackSeconds: number;
  /** From the loss of a connection to its session being back. */
  readonly p50Seconds: number;
  /** Tries that failed while nothing listened on the port. */
  readonly refused: number;
  /** Tries that failed in another way. */
  readonly failed: number;
  /** Why, each reason once. */
  readonly reasons: readonly string[];
}

const connectTimeoutMs = 30_000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What happened since the connections were lost. */
class Tally {
  readonly secondsEach: number[] = [];
  readonly reasons = new Set<string>();
  firstLostMs = Infinity;
  lastBackMs = 0;
  refused = 0;
  failed = 0;

  lost(): void {
    this.firstLostMs = Math.min(this.firstLostMs, performance.now());
  }

  back(lostMs: number): void {
    this.lastBackMs = performance.now();
    this.secondsEach.push((this.lastBackMs - lostMs) / 1000);
  }

  failure(error: unknown): void {
    if (error instanceof Deno.errors.ConnectionRefused) return void this.refused++;
    this.failed++;
    this.reasons.add(error instanceof ChatError ? error.code : String(error));
  }

  result(): ReconnectResult {
    const { refused, failed, secondsEach, reasons } = this;
    return {
      allBackSeconds: (this.lastBackMs - this.firstLostMs) / 1000,
      p50Seconds: percentile(secondsEach.sort((a, b) => a - b), 0.5),
      refused,
      failed,
      reasons: [...reasons],
    };
  }
}

class Run {
  readonly #load: ReconnectLoad;
  readonly #certificatePem: string;
  readonly #binding: Uint8Array<ArrayBuffer>;
  readonly #shared = new SharedCredentials();
  readonly #links: Link[] = [];
  #tally = new Tally();

  constructor(load: ReconnectLoad, pem: string, binding: Uint8Array<ArrayBuffer>) {
    this.#load = load;
    this.#certificatePem = pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----"));
    this.#binding = binding;
  }

  static async prepare(load: ReconnectLoad): Promise<Run> {
    const pem = await Deno.readTextFile(`${load.directory}/tls_identity.pem`);
    return new Run(load, pem, await channelBindingOf(decodePem("CERTIFICATE", pem)!));
  }

  /** Signs all in, and keeps them so. */
  async run(): Promise<void> {
    const width = 20;
    for (let from = 0; from < this.#load.sessions; from += width) {
      const count = Math.min(width, this.#load.sessions - from);
      await Promise.all(Array.from({ length: count }, (_, at) => this.#first(from + at)));
    }
    say("there");
  }

  cut(): void {
    for (const link of this.#links) link.close();
  }

  async #first(index: number): Promise<void> {
    const credentials = this.#shared.of(index);
    let device: string | undefined;
    const devices = {
      load: () => Promise.resolve(device),
      save: (token: string) => Promise.resolve(void (device = token)),
    };
    await this.#open(index, credentials, devices);
  }

  async #open(
    index: number,
    credentials: Credentials,
    devices: { load(): Promise<string | undefined>; save(token: string): Promise<void> },
  ): Promise<void> {
    const connect = async (signal: AbortSignal) => {
      const { port } = this.#load;
      const target = { host: "127.0.0.1", port, serverName: serverCertificateName };
      const conn = await connectTls({ ...target, trustedPems: [this.#certificatePem] }, signal);
      return { transport: conn, channelBinding: this.#binding };
    };
    const signal = AbortSignal.timeout(connectTimeoutMs);
    const { link, adopt } = await openSignedIn({ credentials, connect, devices }, signal);
    this.#links[index] = link;
    await link.request("history", { after: 0, limit: 100 });
    const again = () => this.#back(() => this.#open(index, credentials, devices));
    adopt({
      onEvent: (event) => event.event === "probe" && link.sendRead(0),
      onBatch: () => {},
      onClosed: again,
      waitingBytes: () => 0,
    });
  }

  /** Tries until it is back. */
  async #back(open: () => Promise<void>): Promise<void> {
    const lostMs = performance.now();
    this.#tally.lost();
    for (let attempt = 0;; attempt++) {
      await sleep(backoffMs(attempt, Math.random));
      try {
        await open();
        break;
      } catch (error) {
        this.#tally.failure(error);
      }
    }
    this.#tally.back(lostMs);
    if (this.#tally.secondsEach.length < this.#load.sessions) return;
    say(JSON.stringify(this.#tally.result()));
    this.#tally = new Tally();
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

const run = await Run.prepare(JSON.parse(Deno.args[0]!));
await run.run();
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const _ of lines) run.cut();
Deno.exit(0);
