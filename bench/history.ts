/**
 * The server over a long history: its start, its memory, and whether reading the history slows broadcasts down.
 *
 * Run directly: `deno run -A bench/history.ts [--posts=1000000] [--folder=DIR]`. A history that is in DIR already is used
 * as it is, and stays there; what the benchmark posts is added to it.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { openStorage } from "../server/storage/sqlite/sqlite_storage.ts";
import { accountName, makeAccounts } from "./accounts.ts";
import type { HistoryBroadcastLoad, HistoryBroadcastResult } from "./history_broadcast_load.ts";
import type { HistoryLoad, HistoryLoadResult } from "./history_load.ts";
import { type Row, table } from "./rows.ts";
import { residentMegabytes, runLoad, startServerProcess } from "./server_process.ts";
import { fillStorage } from "./storage_data.ts";

/** What is measured. */
export interface HistoryBench {
  /** Posts in the history, where it has to be made. */
  readonly posts: number;
  /** Where the history is, or is made, to stay there; if not given, it is made for this run only. */
  readonly folder?: string;
}

const starts = 5;
const listeners = 100;
const senders = 10;
const perSecond = 500;
const broadcastSeconds = 15;
/** Signing in takes some of the time of a load, and the history is read for longer than broadcasts are measured. */
const readSeconds = broadcastSeconds + 6;

/** Who reads the history meanwhile: a busy reader, and one that asks again before it has drawn a breath. */
const readers = [
  { name: "reader at 20 requests/s", pauseMs: 50 },
  { name: "reader without a pause", pauseMs: 0 },
] as const;

/** Makes what is missing, and gives the newest sequence. */
async function prepare(folder: string, posts: number): Promise<number> {
  await Deno.mkdir(folder, { recursive: true });
  let storage = await openStorage(folder);
  const empty = storage.opened.lastSequence === 0;
  const hasAccounts = await storage.findAccount(accountName(listeners)) !== null;
  await storage.close();
  if (empty) fillStorage(folder, posts);
  if (!hasAccounts) await makeAccounts(folder, listeners + 1);
  storage = await openStorage(folder);
  await storage.close();
  return storage.opened.lastSequence;
}

async function measureStarts(directory: string): Promise<Row[]> {
  const times: number[] = [];
  for (let round = 0; round < starts; round++) {
    await using server = await startServerProcess({ accounts: 0, directory });
    times.push(server.startMs);
  }
  times.sort((left, right) => left - right);
  return [
    { name: `from nothing to ready, median of ${starts}`, value: times[starts >> 1]!, unit: "ms" },
    { name: `from nothing to ready, slowest of ${starts}`, value: times.at(-1)!, unit: "ms" },
  ];
}

async function measureReading(directory: string, lastSequence: number): Promise<Row[]> {
  await using server = await startServerProcess({ accounts: 0, directory });
  const { port, pid } = server;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const idle = residentMegabytes(pid);
  const broadcast: HistoryBroadcastLoad = {
    port,
    directory,
    first: 1,
    listeners,
    senders,
    perSecond,
    seconds: broadcastSeconds,
  };
  const alone = await runLoad<HistoryBroadcastResult>("history_broadcast_load.ts", broadcast);
  const rows: Row[] = [
    { name: "server's memory, idle", value: idle, unit: "MB" },
    ...timeRows("broadcasts alone", alone),
  ];
  for (const reader of readers) {
    const read: HistoryLoad = { port, directory, lastSequence, seconds: readSeconds, ...reader };
    const [beside, { pages, searches }] = await Promise.all([
      runLoad<HistoryBroadcastResult>("history_broadcast_load.ts", broadcast),
      runLoad<HistoryLoadResult>("history_load.ts", read),
    ]);
    const found: Row[] = [
      ...timeRows("broadcasts", beside),
      { name: "broadcasts: p99 beside : alone", value: beside.p99Ms / alone.p99Ms, unit: "" },
      { name: "broadcasts: lost", value: alone.lost + beside.lost, unit: "" },
      { name: "pages of 50 fetched", value: pages.count / readSeconds, unit: "1/s" },
      ...timeRows("pages of 50", pages),
      { name: "searches made", value: searches.count / readSeconds, unit: "1/s" },
      ...timeRows("searches", searches),
    ];
    rows.push(...found.map((row) => ({ ...row, name: `${reader.name}: ${row.name}` })));
  }
  rows.push({ name: "server's memory afterwards", value: residentMegabytes(pid), unit: "MB" });
  return rows;
}

function timeRows(name: string, { p50Ms, p99Ms }: { p50Ms: number; p99Ms: number }): Row[] {
  return [
    { name: `${name}: p50`, value: p50Ms, unit: "ms" },
    { name: `${name}: p99`, value: p99Ms, unit: "ms" },
  ];
}

/**
 * Measures a server over a long history.
 *
 * @param options See {@linkcode HistoryBench}.
 * @returns The figures.
 */
export async function benchHistory(options: HistoryBench): Promise<Row[]> {
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "chat-bench-" });
  try {
    const lastSequence = await prepare(folder, options.posts);
    const rows = [
      ...await measureStarts(folder),
      ...await measureReading(folder, lastSequence),
    ];
    const name = `history of ${(lastSequence / 1e6).toFixed(1)} million, ${perSecond} posts/s`;
    return rows.map((row) => ({ ...row, name: `${name}: ${row.name}` }));
  } finally {
    if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { posts, folder } = parseArgs(Deno.args, { string: ["posts", "folder"] });
  const options = {
    posts: typeof posts === "string" ? Number(posts) : 1_000_000,
    ...(typeof folder === "string" ? { folder } : {}),
  };
  // deno-lint-ignore no-console -- the table is what this program is for
  console.log(table(await benchHistory(options)));
}
