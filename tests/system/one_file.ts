/**
 * Builds the program as one self-extracting file and runs it where nothing else is: for compile_test.ts.
 *
 * @module
 */

import { TextLineStream } from "@std/streams/text-line-stream";
import { join } from "node:path";
import { root } from "../import_graph.ts";

/** What a process left behind. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run the file, where that differs from the usual. */
export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly input?: string;
}

/** A server that was started from the file. */
export interface RunningServer extends AsyncDisposable {
  readonly port: number;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<{ code: number; signal: Deno.Signal | null }>;
}

/** The file, alone in a folder, with an empty home folder. */
export class OneFile {
  readonly path: string;
  readonly home: string;
  /** The cache folder that is used if `env` names no other. */
  readonly cache: string;
  readonly buildOutput: string;
  readonly #folder: string;

  /**
   * @param folder Where everything is; `chat` is in it.
   * @param buildOutput What the build printed.
   */
  constructor(folder: string, buildOutput: string) {
    this.#folder = folder;
    this.path = join(folder, "chat");
    this.home = join(folder, "home");
    this.cache = join(this.home, ".cache");
    this.buildOutput = buildOutput;
  }

  /** Makes an empty folder. */
  async newFolder(): Promise<string> {
    return await Deno.makeTempDir({ dir: this.#folder });
  }

  /** Runs the file to its end. */
  async run(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const child = this.#spawn(words, options);
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.input ?? "")).catch(() => {});
    await writer.close().catch(() => {});
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  /** Starts a server on a free port and waits until it is ready. */
  async startServer(): Promise<RunningServer> {
    const data = await this.newFolder();
    const child = this.#spawn(["server", "0", "--host", "127.0.0.1", "--data", data], {});
    await child.stdin.close();
    const errors = new Response(child.stderr).text();
    const lines = child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
    const { value: first } = await lines.read();
    const port = Number(/:(\d+)$/.exec(first ?? "")?.[1]);
    if (!(port > 0)) throw new Error(`No server: ${first ?? ""} ${await errors}`);
    const stop = async () => {
      kill(child);
      const { code, signal } = await child.status;
      await lines.cancel();
      await errors;
      return { code, signal };
    };
    return { port, stop, [Symbol.asyncDispose]: async () => void await stop() };
  }

  #spawn(words: readonly string[], options: RunOptions): Deno.ChildProcess {
    return new Deno.Command(this.path, {
      args: [...words],
      cwd: options.cwd ?? this.#folder,
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", HOME: this.home, ...options.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}

/**
 * Builds the file into a folder of its own, and removes everything afterwards.
 *
 * @param use What to do with it.
 * @throws {Error} If it cannot be built.
 */
export async function withOneFile(use: (file: OneFile) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chat-one-file-" });
  try {
    await Deno.mkdir(join(folder, "home"));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      // The types were checked by whoever runs all tests: that takes longer than the build.
      args: [
        "run",
        "-A",
        "tools/compile.ts",
        "--self-extracting",
        "--checked",
        `--output=${folder}`,
      ],
      cwd: root,
    }).output();
    const output = new TextDecoder().decode(stdout);
    if (!success) throw new Error(output + new TextDecoder().decode(stderr));
    await use(new OneFile(folder, output));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
