/**
 * What the server does beside broadcasting: durable posts, sign-ins, idle connections, its start.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import { idleProbeMs } from "../protocol/wire/limits.ts";
import type { PostsLoad, PostsLoadResult } from "./posts_load.ts";
import { type Row, table } from "./rows.ts";
import {
  processorSeconds,
  residentMegabytes,
  runLoad,
  startServerProcess,
} from "./server_process.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Posts with acknowledgement. */
export async function benchPosts(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [writers, window] of [[1, 1], [10, 1], [100, 1], [100, 4]] as const) {
    await using server = await startServerProcess({ accounts: writers });
    const { port, directory } = server;
    const load: PostsLoad = { port, directory, writers, first: 0, window, seconds: 5 };
    const result = await runLoad<PostsLoadResult>("posts_load.ts", load);
    const name = `durable posts, ${writers} writers, ${window} under way each`;
    rows.push(
      { name: `${name}: acknowledged`, value: result.acknowledgedPerSecond, unit: "1/s" },
      { name: `${name}: p50`, value: result.p50Ms, unit: "ms" },
      { name: `${name}: p99`, value: result.p99Ms, unit: "ms" },
    );
  }
  return rows;
}

/** Connections that only listen. */
export async function benchIdle(count: number): Promise<Row[]> {
  await using server = await startServerProcess({ accounts: count });
  const { port, directory, pid } = server;
  const before = residentMegabytes(pid);
  const module = new URL("idle_load.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", module, JSON.stringify({ port, directory, clients: count })],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const { signInsPerSecond } = JSON.parse((await lines.read()).value!);
  // The runtime cleans up after the sign-ins; then each connection is probed once.
  await sleep(10_000);
  const processorBefore = processorSeconds(pid);
  const idleSeconds = idleProbeMs / 1000 + 5;
  await sleep(idleSeconds * 1000);
  const used = (processorSeconds(pid) - processorBefore) / idleSeconds * 100;
  const after = residentMegabytes(pid);
  await child.stdin.close();
  await child.status;
  const name = `${count} idle connections`;
  return [
    { name: `${name}: sign-ins`, value: signInsPerSecond, unit: "1/s" },
    { name: `${name}: server's memory before`, value: before, unit: "MB" },
    { name: `${name}: server's memory`, value: after, unit: "MB" },
    { name: `${name}: memory each`, value: (after - before) * 1024 / count, unit: "KiB" },
    { name: `${name}: server's processor`, value: used, unit: "% of a core" },
  ];
}

/** How long the program takes to start. */
export async function benchStart(): Promise<Row[]> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    await using server = await startServerProcess({ accounts: 0 });
    times.push(server.startMs);
  }
  const main = new URL("../main.ts", import.meta.url).pathname;
  const helps: number[] = [];
  for (let round = 0; round < 5; round++) {
    const beganMs = performance.now();
    await new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-check", main] }).output();
    helps.push(performance.now() - beganMs);
  }
  const middle = (values: number[]) => values.sort((a, b) => a - b)[2]!;
  return [
    {
      name: "start: server, from nothing to ready (median of 5)",
      value: middle(times),
      unit: "ms",
    },
    { name: "start: help (median of 5)", value: middle(helps), unit: "ms" },
  ];
}

if (import.meta.main) {
  const [what = "posts", count = "2000"] = Deno.args;
  const rows = what === "posts"
    ? await benchPosts()
    : what === "idle"
    ? await benchIdle(Number(count))
    : await benchStart();
  // deno-lint-ignore no-console -- the table is what this program is for
  console.log(table(rows));
}
