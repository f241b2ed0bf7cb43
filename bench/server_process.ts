/**
 * The server as a process of its own, as in use, and what it costs.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import { makeAccounts } from "./accounts.ts";

/** A server process. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly directory: string;
  /** The ports of the further listeners, by name. */
  readonly ports: ReadonlyMap<string, number>;
  /** From the start of the process to its last ready line, in milliseconds. */
  readonly startMs: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

/**
 * Starts a server on the loopback address in a folder of its own.
 *
 * @param options How many accounts it knows; further words of its command line; a folder to use instead of a new one;
 *   a port to use instead of a free one.
 */
export async function startServerProcess(
  options: { accounts: number; args?: string[]; directory?: string; port?: number },
): Promise<ServerProcess> {
  const directory = options.directory ?? await Deno.makeTempDir({ prefix: "chat-bench-" });
  if (options.accounts > 0) await makeAccounts(directory, options.accounts);
  const main = new URL("../main.ts", import.meta.url).pathname;
  const fixed = ["--host", "127.0.0.1", "--data", directory, "--posts-per-second", "0"];
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    // For example BENCH_DENO_FLAGS="--cpu-prof --cpu-prof-dir=/tmp/profiles", to see where the time goes.
    args: [
      "run",
      "-A",
      "--no-check",
      ...extraFlags("BENCH_DENO_FLAGS"),
      main,
      "server",
      String(options.port ?? 0),
      ...fixed,
      ...(options.args ?? []),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const ports = await readPorts(lines, (options.args ?? []).filter(isListenerFlag).length);
  return {
    pid: child.pid,
    port: ports.get("chat")!,
    ports,
    directory,
    startMs: performance.now() - began,
    ended: child.status,
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGTERM");
      } catch {
        // It was killed already.
      }
      await child.status;
      if (options.directory === undefined) await Deno.remove(directory, { recursive: true });
    },
  };
}

function extraFlags(variable: "BENCH_DENO_FLAGS" | "BENCH_LOAD_FLAGS"): string[] {
  return (Deno.env.get(variable) ?? "").split(" ").filter((flag) => flag !== "");
}

function isListenerFlag(flag: string): boolean {
  return ["--irc", "--irc-plain", "--classic"].includes(flag);
}

async function readPorts(
  lines: ReadableStream<string>,
  further: number,
): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  let joined = false;
  for await (const line of lines) {
    const match = /^(\S+) .*is ready on .*:(\d+)$/.exec(line);
    if (match !== null) ports.set(match[1]!, Number(match[2]));
    joined ||= line.startsWith("join with:");
    if (joined && ports.size === further + 1) break;
  }
  return ports;
}

/** The memory of a process that is in use, in megabytes. */
export function residentMegabytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)![1]) / 1024;
}

/** The processor time that a process has used, in seconds. */
export function processorSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * Runs a load generator as a process of its own.
 *
 * @param module Its file in this folder.
 * @param options What it is given, as JSON in its first argument.
 * @return What it prints, as JSON.
 */
export async function runLoad<T>(module: string, options: unknown): Promise<T> {
  const path = new URL(module, import.meta.url).pathname;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      ...extraFlags("BENCH_LOAD_FLAGS"),
      path,
      JSON.stringify(options),
    ],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`${module} ended with status ${code}.`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
