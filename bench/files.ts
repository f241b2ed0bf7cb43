/**
 * Files: how fast one goes and comes, beside a bare copy over TLS by Deno in the same run, and what that means for people who talk
 * meanwhile.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import type { BareCopy } from "./bare_tls_copy.ts";
import type { FilesLoad, FilesLoadResult } from "./files_load.ts";
import { broadcast, type Scenario } from "./native.ts";
import { type Row, table } from "./rows.ts";
import {
  residentMegabytes,
  runLoad,
  type ServerProcess,
  startServerProcess,
} from "./server_process.ts";

const bytes = 256 * 1024 * 1024;
/** The best of so many counts: other programs can only slow a run down. */
const rounds = 3;
const transfers = 4;
const talk: Scenario = {
  name: "10 clients, one posts 20/s",
  clients: 10,
  senders: 1,
  messages: 400,
  window: 0,
  perSecond: 20,
};
/** As long as the talk takes, and some more. */
const transferSeconds = 30;

/** Runs it. */
export async function benchFiles(): Promise<Row[]> {
  const folder = await Deno.makeTempDir({ prefix: "chat-bench-files-" });
  try {
    const path = `${folder}/sent`;
    await makeFile(path);
    await using server = await startServerProcess({
      accounts: talk.clients,
      args: ["--files-max", "100000"],
    });
    return [...await speed(server, path), ...await meanwhile(server, path)];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makeFile(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const piece = new Uint8Array(64 * 1024);
  for (let at = 0; at < bytes; at += piece.length) {
    crypto.getRandomValues(piece);
    await file.write(piece);
  }
}

function loadOf(server: ServerProcess, path: string, what: FilesLoad["what"]): FilesLoad {
  const { port, directory } = server;
  return { port, directory, path, bytes, what, seconds: transferSeconds, transfers };
}

async function speed(server: ServerProcess, path: string): Promise<Row[]> {
  const bare: FilesLoadResult[] = [];
  const files: FilesLoadResult[] = [];
  const before = residentMegabytes(server.pid);
  for (let round = 0; round < rounds; round++) {
    bare.push(await bareCopy(server, path));
    files.push(await runLoad<FilesLoadResult>("files_load.ts", loadOf(server, path, "files")));
  }
  // There and back; other programs disturb this figure least.
  const cost = (found: readonly FilesLoadResult[]) =>
    Math.min(...found.map((one) => one.processorSeconds)) / (2 * bytes / 1e9);
  const best = (found: readonly FilesLoadResult[], way: "up" | "down") =>
    Math.max(...found.map((one) => one[way]));
  return (["up", "down"] as const).flatMap((way) => [
    { name: `files, bare TLS copy ${way}`, value: best(bare, way), unit: "MB/s" },
    { name: `files, ${way}`, value: best(files, way), unit: "MB/s" },
    {
      name: `files, ${way}: part of the bare copy`,
      value: best(files, way) / best(bare, way),
      unit: "",
    },
  ]).concat([
    { name: "files, bare TLS copy: client's processor time", value: cost(bare), unit: "s/GB" },
    { name: "files, client's processor time", value: cost(files), unit: "s/GB" },
    {
      name: "files, client's memory above that before",
      value: Math.max(...files.map(({ megabytes }) => megabytes)),
      unit: "MB",
    },
    {
      name: "files, server's memory above that before",
      value: residentMegabytes(server.pid) - before,
      unit: "MB",
    },
  ]);
}

async function bareCopy(server: ServerProcess, path: string): Promise<FilesLoadResult> {
  const copy: BareCopy = { directory: server.directory, bytes };
  const module = new URL("bare_tls_copy.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", module, JSON.stringify(copy)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const reader = lines.getReader();
  try {
    const port = Number((await reader.read()).value);
    return await runLoad("files_load.ts", { ...loadOf(server, path, "bare"), port });
  } finally {
    await reader.cancel();
    child.kill("SIGTERM");
    await child.status;
  }
}

/** What people notice who talk while files go and come. */
async function meanwhile(server: ServerProcess, path: string): Promise<Row[]> {
  const alone = await broadcast([server], { ...talk, name: `${talk.name}, no files` });
  const before = residentMegabytes(server.pid);
  const running = runLoad<FilesLoadResult>("files_load.ts", loadOf(server, path, "transfers"));
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const beside = await broadcast([server], { ...talk, name: `${talk.name}, ${transfers} files` });
  const { up, down, megabytes } = await running;
  const p99 = (rows: readonly Row[]) => rows.find(({ name }) => name.endsWith(": p99"))!.value;
  return [
    ...alone,
    ...beside,
    { name: "files, p99 beside files / without", value: p99(beside) / p99(alone), unit: "" },
    { name: `files, ${transfers} at once, up`, value: up, unit: "MB/s" },
    { name: `files, ${transfers} at once, down`, value: down, unit: "MB/s" },
    { name: `files, ${transfers} at once: client's memory`, value: megabytes, unit: "MB" },
    {
      name: `files, ${transfers} at once: server's memory`,
      value: residentMegabytes(server.pid) - before,
      unit: "MB",
    },
  ];
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- the table is what this program is for
  console.log(table(await benchFiles()));
}
