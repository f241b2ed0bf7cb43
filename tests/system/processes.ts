/**
 * Starts the real program in real processes, and waits for what it says.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import { TextLineStream } from "@std/streams/text-line-stream";
import { chatProgram } from "../fixtures/chat_program.ts";

/** How long anything may take before a test gives up: generous, because nothing waits for it when all is well. */
export const patienceMs = 90_000;

/** A running program with its lines of output. */
export class Program implements AsyncDisposable {
  /** Every line of standard output so far. */
  readonly lines: string[] = [];
  /** Every line of standard error so far. */
  readonly errors: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;
  readonly #seen = new Map<readonly string[], number>();
  #wake = Promise.withResolvers<void>();
  #inputOpen = true;
  #ended = false;

  /**
   * @param args The words after the program's name.
   * @param env Further variables.
   * @param command Another program and its first words.
   */
  constructor(
    args: readonly string[],
    env: Record<string, string> = {},
    command: readonly [string, ...string[]] = chatProgram,
  ) {
    const [executable, ...firstWords] = command;
    this.#child = new Deno.Command(executable, {
      args: [...firstWords, ...args],
      env: { NO_COLOR: "1", TZ: "UTC", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    const reading = [
      this.#read(this.#child.stdout, this.lines),
      this.#read(this.#child.stderr, this.errors),
    ];
    this.#reading = Promise.all(reading).finally(() => {
      this.#ended = true;
      this.#wake.resolve();
    });
  }

  /** The process's number. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Types lines. */
  async type(...lines: string[]): Promise<void> {
    await this.#input.write(new TextEncoder().encode(lines.map((line) => line + "\n").join("")));
  }

  /** Ends the input. */
  async endInput(): Promise<void> {
    if (!this.#inputOpen) return;
    this.#inputOpen = false;
    await this.#input.close().catch(() => {});
  }

  /**
   * Waits for the next line of standard output that matches, and passes over those before it.
   *
   * @param pattern A part of the line, or an expression.
   * @return The line.
   */
  async line(pattern: string | RegExp): Promise<string> {
    return await this.#patiently(pattern, this.lines);
  }

  /** Like {@linkcode Program.line}, for standard error: a line of the log. */
  async errorLine(pattern: string | RegExp): Promise<string> {
    return await this.#patiently(pattern, this.errors);
  }

  /** What was said, for messages of failed tests. */
  transcript(): string {
    return `Output:\n${this.lines.join("\n")}\nErrors:\n${this.errors.join("\n")}`;
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for the end and gives the exit status. */
  async status(): Promise<number> {
    await this.endInput();
    const { code } = await deadline(this.#child.status, patienceMs).catch((error) => {
      throw new Error(`The program does not end. ${this.transcript()}`, { cause: error });
    });
    await this.#reading;
    return code;
  }

  /** Ends the program, however it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.endInput();
    await this.#child.status;
    await this.#reading;
  }

  async #patiently(pattern: string | RegExp, lines: readonly string[]): Promise<string> {
    return await deadline(this.#find(pattern, lines), patienceMs).catch((error) => {
      throw new Error(`No line like ${pattern}. ${this.transcript()}`, { cause: error });
    });
  }

  async #find(pattern: string | RegExp, lines: readonly string[]): Promise<string> {
    for (;;) {
      for (let seen = this.#seen.get(lines) ?? 0; seen < lines.length; seen++) {
        this.#seen.set(lines, seen + 1);
        const line = lines[seen]!;
        if (typeof pattern === "string" ? line.includes(pattern) : pattern.test(line)) return line;
      }
      if (this.#ended) throw new Error("The program has ended.");
      await this.#wake.promise;
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, into: string[]): Promise<void> {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) {
      into.push(line);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    }
  }
}

/** A server process that is ready. */
export interface ServerProgram {
  readonly program: Program;
  readonly port: number;
  readonly fingerprint: string;
}

/**
 * Starts a server on a free port of the loopback address and waits until it is ready.
 *
 * @param directory Its data folder.
 * @param options The port to take again, further words of the command line.
 */
export async function startServerProgram(
  directory: string,
  options: { port?: number; args?: readonly string[] } = {},
): Promise<ServerProgram> {
  const program = new Program([
    "server",
    String(options.port ?? 0),
    "--host",
    "127.0.0.1",
    "--data",
    directory,
    ...(options.args ?? []),
  ]);
  const ready = await program.line(/ is ready on 127\.0\.0\.1:\d+$/);
  const fingerprint = (await program.line(/^fingerprint /)).slice("fingerprint ".length);
  await program.line(/^join with: /);
  return { program, port: Number(/\d+$/.exec(ready)![0]), fingerprint };
}

/**
 * Starts a client in the line-by-line interface.
 *
 * @param port The server's port.
 * @param name Who it is.
 * @param options Its data folder, password, further words of the command line.
 */
export function startClientProgram(
  port: number,
  name: string,
  options: { directory: string; password?: string; args?: readonly string[] },
): Program {
  const args = options.args ?? ["--accept-new"];
  return new Program(
    ["client", "127.0.0.1", String(port), name, "--plain", "--data", options.directory, ...args],
    { CHAT_PASSWORD: options.password ?? `password of ${name}` },
  );
}
