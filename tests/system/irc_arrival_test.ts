/** What somebody on IRC sees of the real client's arrivals at the real server. */
import { assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { TextLineStream } from "@std/streams/text-line-stream";
import { join } from "node:path";
import { withFolder } from "../fixtures/folders.ts";
import { patienceMs, startClientProgram, startServerProgram } from "./processes.ts";

/** A guest on IRC who is in the lobby and sees who comes and goes. */
class Watcher implements AsyncDisposable {
  readonly #conn: Deno.Conn;
  readonly #lines: ReadableStreamDefaultReader<string>;

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.#lines = conn.readable
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
  }

  static async arrive(port: number): Promise<Watcher> {
    const watcher = new Watcher(await Deno.connect({ hostname: "127.0.0.1", port }));
    await watcher.#send("NICK watcher", "USER watcher 0 * :watcher", "JOIN #lobby");
    await watcher.#until(/ 366 /);
    return watcher;
  }

  /** What happened until somebody has gone, without names and reasons: `JOIN #lobby`, `QUIT`. */
  async untilGone(nick: string): Promise<string[]> {
    const lines = await this.#until(new RegExp(`^:${nick}!\\S+ QUIT`));
    return lines.filter((line) => line.startsWith(`:${nick}!`))
      .map((line) => / (JOIN \S+|[A-Z]+)/.exec(line)![1]!);
  }

  async #until(pattern: RegExp): Promise<string[]> {
    const seen: string[] = [];
    for (;;) {
      const { value = "" } = await deadline(this.#lines.read(), patienceMs);
      if (value.startsWith("PING ")) await this.#send(value.replace("PING", "PONG"));
      seen.push(value);
      if (pattern.test(value)) return seen;
    }
  }

  async #send(...lines: string[]): Promise<void> {
    await this.#conn.write(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join("")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines.cancel();
  }
}

Deno.test("somebody on IRC sees one arrival and one leaving of a client, also of one that registers", async () => {
  await withFolder(async (folder) => {
    const args = ["--irc-plain", "0"];
    const { program, port } = await startServerProgram(join(folder, "server"), { args });
    await using server = program;
    const ready = await server.line(/^irc-plain is ready on 127\.0\.0\.1:\d+$/);
    await using watcher = await Watcher.arrive(Number(/\d+$/.exec(ready)![0]));
    for (const visit of ["the first, which registers", "one that signs in"]) {
      await using jack = startClientProgram(port, "jack", { directory: join(folder, "jack") });
      await jack.line("Welcome, jack.");
      await jack.type("EX");
      assertEquals(await watcher.untilGone("jack"), ["JOIN #lobby", "QUIT"], visit);
      assertEquals(await jack.status(), 0, jack.transcript());
    }
  });
});
