/**
 * How long a server's event loop keeps others waiting, seen from outside: a connection asks for a sign of life every 20 ms,
 * and what an answer takes is how long the loop was busy, plus the way there and back (about 0.2 ms on a quiet machine).
 *
 * @module
 */
import { connectTls } from "./deno_tls.ts";
import { encodeMessage, FrameDecoder } from "../protocol/wire/frame.ts";
import { serverCertificateName } from "../protocol/certificate/fingerprint.ts";
import { frameBytesMaxFromServer } from "../protocol/wire/limits.ts";
import { percentile } from "./rows.ts";

const intervalMs = 20;
/**
 * The id of questions whose answers count for nothing: they carry the acknowledgement of what was read, for which the server's
 * next small write waits (docs/performance.md, Nagle).
 */
const carrierId = 1_000_000_000;
const carrier = encodeMessage({ type: "ping", id: carrierId });
const retryMs = 5;

/** What was found. */
export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Asks until it is stopped. The connection is not signed in: `ping` is for anyone, for up to 60 s. */
export class LoopDelayProbe {
  readonly #conn: Deno.TlsConn;
  readonly #askedMs: number[] = [];
  readonly #delaysMs: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #reading: Promise<void>;
  #stopped = false;

  private constructor(conn: Deno.TlsConn) {
    this.#conn = conn;
    this.#reading = this.#read();
    this.#timer = setInterval(() => this.#ask(), intervalMs);
  }

  /** Connects, as soon as the server accepts connections. */
  static async start(server: { port: number; directory: string }): Promise<LoopDelayProbe> {
    const pem = await Deno.readTextFile(`${server.directory}/tls_identity.pem`);
    const trustedPems = [pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----"))];
    const target = { host: "127.0.0.1", port: server.port, serverName: serverCertificateName };
    for (;;) {
      try {
        const signal = AbortSignal.timeout(10_000);
        return new LoopDelayProbe(await connectTls({ ...target, trustedPems }, signal));
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  /** Ends, and says what was found. @throws {Error} Where the server has cut the connection. */
  async stop(): Promise<LoopDelay> {
    clearInterval(this.#timer);
    if (this.#stopped) {
      throw new Error("The server has cut the connection that asks for its delay.");
    }
    this.#stopped = true;
    this.#conn.close();
    await this.#reading;
    // What was asked and never answered has waited until now.
    const nowMs = performance.now();
    const open = this.#askedMs.slice(this.#delaysMs.length).map((askedMs) => nowMs - askedMs);
    const sorted = [...this.#delaysMs, ...open].sort((a, b) => a - b);
    return {
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      maxMs: sorted.at(-1)!,
    };
  }

  /** On its own time, whether the last one was answered or not: a loop that hangs delays all that are asked meanwhile. */
  #ask(): void {
    this.#askedMs.push(performance.now());
    this.#send(encodeMessage({ type: "ping", id: this.#askedMs.length }));
  }

  #send(frame: Uint8Array): void {
    this.#conn.write(frame).catch(() => {});
  }

  #take(payload: Uint8Array): void {
    const { reply } = JSON.parse(new TextDecoder().decode(payload));
    if (reply === undefined || reply === carrierId) return;
    this.#delaysMs.push(performance.now() - this.#askedMs[this.#delaysMs.length]!);
  }

  async #read(): Promise<void> {
    const decoder = new FrameDecoder(frameBytesMaxFromServer);
    const buffer = new Uint8Array(16 * 1024);
    for (;;) {
      const count = await this.#conn.read(buffer).catch(() => null);
      if (count === null) break;
      const before = this.#delaysMs.length;
      for (const payload of decoder.decode(buffer.subarray(0, count))) this.#take(payload);
      const answered = this.#delaysMs.length;
      if (answered > before || answered < this.#askedMs.length) this.#send(carrier);
    }
    if (!this.#stopped) clearInterval(this.#timer);
    this.#stopped = true;
  }
}
