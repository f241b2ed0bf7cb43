/**
 * Everyone comes back at once: after the server was killed and started again, and after a network that failed.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import { type LoopDelay, LoopDelayProbe } from "./loop_delay.ts";
import type { ReconnectLoad, ReconnectResult } from "./reconnect_load.ts";
import type { Row } from "./rows.ts";
import { startServerProcess } from "./server_process.ts";

/** Sessions that come back. */
const sessions = 2_000;
/** Between two storms, so that each has the server to itself. */
const pauseMs = 2_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Both storms, one after the other. */
export async function benchReconnect(): Promise<Row[]> {
  const directory = await Deno.makeTempDir({ prefix: "chat-bench-" });
  try {
    return await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function run(directory: string): Promise<Row[]> {
  await using first = await startServerProcess({ accounts: sessions, directory });
  const { port } = first;
  await using load = startLoad({ port, directory, sessions });
  await load.line();
  await sleep(pauseMs);

  const cutProbe = await LoopDelayProbe.start(first);
  await load.cut();
  const cut: ReconnectResult = JSON.parse(await load.line());
  const cutDelay = await cutProbe.stop();
  await sleep(pauseMs);

  Deno.kill(first.pid, "SIGKILL");
  await first.ended;
  const secondStarting = startServerProcess({ accounts: 0, directory, port });
  const killProbe = await LoopDelayProbe.start({ port, directory });
  await using _second = await secondStarting;
  const kill: ReconnectResult = JSON.parse(await load.line());
  const killDelay = await killProbe.stop();
  await load.end();
  return [
    ...rowsOf(`${sessions} sessions after all connections were cut`, cut, cutDelay),
    ...rowsOf(`${sessions} sessions after kill -9 and a new start`, kill, killDelay),
  ];
}

function rowsOf(name: string, result: ReconnectResult, delay: LoopDelay): Row[] {
  if (result.failed > 0) {
    // deno-lint-ignore no-console -- it explains a figure
    console.error(`${name}: ${result.failed} tries failed (${result.reasons.join("; ")}).`);
  }
  return [
    { name: `${name}: all back`, value: result.allBackSeconds, unit: "s" },
    { name: `${name}: each, p50`, value: result.p50Seconds, unit: "s" },
    { name: `${name}: back`, value: sessions / result.allBackSeconds, unit: "1/s" },
    { name: `${name}: tries while nothing listened`, value: result.refused, unit: "" },
    { name: `${name}: tries that failed otherwise`, value: result.failed, unit: "" },
    { name: `${name}: event loop's delay, p50`, value: delay.p50Ms, unit: "ms" },
    { name: `${name}: event loop's delay, p99`, value: delay.p99Ms, unit: "ms" },
    { name: `${name}: event loop's delay, longest`, value: delay.maxMs, unit: "ms" },
  ];
}

function startLoad(options: ReconnectLoad) {
  const module = new URL("reconnect_load.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", module, JSON.stringify(options)],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).getReader();
  const input = child.stdin.getWriter();
  return {
    line: async () => {
      const { value } = await lines.read();
      if (value === undefined) throw new Error("The load has ended.");
      return value;
    },
    cut: () => input.write(new TextEncoder().encode("cut\n")),
    end: async () => {
      await input.close();
      await child.status;
    },
    [Symbol.asyncDispose]: async () => {
      await input.close().catch(() => {});
      await child.status;
    },
  };
}
