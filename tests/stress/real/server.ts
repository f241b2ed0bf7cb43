/**
 * The real server as a process of its own, and what it costs.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import { TextLineStream } from "@std/streams/text-line-stream";
import { chatProgram } from "../../fixtures/chat_program.ts";

/** Further words for a server whose log is counted: the usual log leaves out what comes again and again from one network. */
export const everyLine: readonly string[] = ["--log-level", "debug"];

/** How a server is started. */
export interface ServerProcessOptions {
  readonly directory: string;
  /** Further words of its command line. */
  readonly args?: readonly string[];
  /** Words before the program, such as `strace -f`. */
  readonly prefix?: readonly string[];
  /** The port to take; a free one where not given. */
  readonly port?: number;
}

const readyTimeoutMs = 60_000;

/** A server process that is ready. */
export class ServerProcess implements AsyncDisposable {
  readonly directory: string;
  /** The server's process, also where it runs under another. */
  readonly pid: number;
  /** From the start of the process until it was ready, in milliseconds. */
  readonly startMs: number;
  readonly port: number;
  /** Every port that it serves, by what it calls the listener. */
  readonly ports: ReadonlyMap<string, number>;
  /** Every line that it logged. */
  readonly log: readonly string[];
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;

  private constructor(child: Deno.ChildProcess, parts: Parts) {
    this.#child = child;
    this.directory = parts.directory;
    this.pid = parts.pid;
    this.ports = parts.ports;
    this.port = parts.ports.get("chat")!;
    this.startMs = parts.startMs;
    this.log = parts.log;
    this.#reading = Promise.all([parts.logging, drain(parts.out)]);
  }

  /** Starts a server on the loopback address and waits until it and all its listeners are ready. */
  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const { directory, args = [], prefix = [], port = 0 } = options;
    const fixed = ["--host", "127.0.0.1", "--data", directory, "--posts-per-second", "0"];
    const words = [...chatProgram, "server", String(port), ...fixed, ...args];
    const [command, ...rest] = [...prefix, ...words];
    const beganMs = performance.now();
    const child = new Deno.Command(command!, {
      args: rest,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const log: string[] = [];
    const logging = readLog(child.stderr, log);
    const out = linesOf(child.stdout)[Symbol.asyncIterator]();
    const further = args.filter((word) => /^--(irc|irc-plain|classic)$/.test(word)).length;
    try {
      const ports = await deadline(readPorts(out, 1 + further), readyTimeoutMs);
      const startMs = performance.now() - beganMs;
      const pid = prefix.length === 0 ? child.pid : onlyChildOf(child.pid);
      return new ServerProcess(child, { pid, directory, ports, startMs, out, log, logging });
    } catch (cause) {
      kill(child.pid, "SIGKILL");
      await Promise.all([child.status, logging, out.return?.()]);
      throw new Error(`The server does not start: ${log.join("\n")}`, { cause });
    }
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    Deno.kill(this.pid, signal);
  }

  /** Waits for its end. */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#reading;
    return code;
  }

  /** Stops it as an operator would, or without mercy where that takes too long. Gives its exit status. */
  async stop(): Promise<number> {
    const timer = setTimeout(() => kill(this.pid, "SIGKILL"), 20_000);
    kill(this.pid, "SIGTERM");
    const code = await this.ended();
    clearTimeout(timer);
    return code;
  }

  /** Lines of the log that speak of a mistake of the server's own. What peers do is told at `debug`, in any words. */
  mistakes(): string[] {
    const told = this.log.filter((line) => !line.includes(" [debug] "));
    return told.filter((line) => /\[ERR|error|Uncaught|unhandled|assumption/i.test(line));
  }

  /** Bytes of memory that are in use, in megabytes. */
  megabytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)![1]) / 1024;
  }

  /** Descriptors that are open. */
  descriptors(): number {
    return [...Deno.readDirSync(`/proc/${this.pid}/fd`)].length;
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** What a process that is ready is made of. */
interface Parts {
  readonly pid: number;
  readonly directory: string;
  readonly ports: ReadonlyMap<string, number>;
  readonly startMs: number;
  readonly out: AsyncIterator<string>;
  readonly log: readonly string[];
  readonly logging: Promise<void>;
}

/** Sends a signal to a process that may have ended. */
function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function onlyChildOf(pid: number): number {
  return Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim());
}

async function drain(out: AsyncIterator<string>): Promise<void> {
  while (!(await out.next()).done);
}

function linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> {
  return stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
}

async function readLog(stream: ReadableStream<Uint8Array<ArrayBuffer>>, log: string[]) {
  for await (const line of linesOf(stream)) log.push(line);
}

async function readPorts(out: AsyncIterator<string>, count: number): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  let joined = false;
  while (!joined || ports.size < count) {
    const { value, done } = await out.next();
    if (done) throw new Error("It has ended.");
    const match = /^(\S+) .*is ready on .*:(\d+)$/.exec(value);
    if (match !== null) ports.set(match[1]!, Number(match[2]));
    joined ||= value.startsWith("join with:");
  }
  return ports;
}
