/**
 * What several servers cost that are one chat: durable posts with acknowledgement on one, two and three of them, beside a server that
 * is alone; memory of each, and how long a further one takes until it is ready. Three NATS servers that sync, the servers and the
 * loads share the machine.
 *
 * @module
 */
import { parseRoomName } from "../protocol/names/names.ts";
import { openStorage } from "../server/storage/sqlite/sqlite_storage.ts";
import { NatsServers } from "../tests/system/nats_servers.ts";
import { makeAccounts } from "./accounts.ts";
import { broadcast, largeBroadcasts } from "./native.ts";
import type { PostsLoad, PostsLoadResult } from "./posts_load.ts";
import type { Row } from "./rows.ts";
import {
  processorSeconds,
  residentMegabytes,
  runLoad,
  type ServerProcess,
  startServerProcess,
} from "./server_process.ts";

/** How many write at once on each server, and how many posts each of them has under way. */
const writers = 100;
/** How many hear a broadcast. */
const listeners = 1_000;
const window = 4;
const seconds = 5;

/** Posts on so many servers, all of them loaded alike: each has as many writers as a server that is alone. */
async function benchPostsOn(name: string, servers: readonly ServerProcess[]): Promise<Row[]> {
  const before = servers.map(({ pid }) => processorSeconds(pid));
  const beganMs = performance.now();
  const results = await Promise.all(servers.map(({ port, directory }, at) => {
    const first = at * writers;
    const load: PostsLoad = { port, directory, writers, first, window, seconds };
    return runLoad<PostsLoadResult>("posts_load.ts", load);
  }));
  const tookSeconds = (performance.now() - beganMs) / 1000;
  const used = servers.map(({ pid }, at) => processorSeconds(pid) - before[at]!);
  const sum = results.reduce((all, { acknowledgedPerSecond }) => all + acknowledgedPerSecond, 0);
  const worst = (value: (result: PostsLoadResult) => number) => Math.max(...results.map(value));
  return [
    { name: `${name}: acknowledged`, value: sum, unit: "1/s" },
    { name: `${name}: p50`, value: worst(({ p50Ms }) => p50Ms), unit: "ms" },
    { name: `${name}: p99`, value: worst(({ p99Ms }) => p99Ms), unit: "ms" },
    {
      name: `${name}: servers' processor`,
      value: used.reduce((all, one) => all + one, 0) / tookSeconds * 100,
      unit: "% of a core",
    },
    {
      name: `${name}: memory of a server`,
      value: Math.max(...servers.map(({ pid }) => residentMegabytes(pid))),
      unit: "MB",
    },
  ];
}

/** The rooms of all writers: so many from one network would have to wait. */
async function makeRooms(directory: string, count: number): Promise<void> {
  const storage = await openStorage(directory);
  for (let at = 0; at < count; at++) {
    const name = parseRoomName(`#room${at}`);
    await storage.submit({ type: "room", version: 1, ...name, madeBy: null });
  }
  await storage.close();
}

/** Broadcasts to a thousand clients, spread over the servers. */
async function benchBroadcasts(name: string, servers: readonly ServerProcess[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scenario of largeBroadcasts) rows.push(...await broadcast(servers, scenario));
  return rows.map((row) => ({ ...row, name: `${name}: ${row.name}` }));
}

/**
 * Measures.
 *
 * @param counts With how many servers; 0 stands for one that is alone.
 */
export async function benchCluster(counts: readonly number[] = [0, 1, 2, 3]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const count of counts) {
    const folder = await Deno.makeTempDir({ prefix: "chat-bench-" });
    const servers: ServerProcess[] = [];
    try {
      if (count === 0) {
        servers.push(await startServerProcess({ accounts: listeners }));
        rows.push(...await benchPostsOn("durable posts, one server alone", servers));
        rows.push(...await benchBroadcasts("one server alone", servers));
        continue;
      }
      await using nats = await NatsServers.start(folder);
      await makeAccounts(`${folder}/0`, listeners);
      await makeRooms(`${folder}/0`, count * writers);
      for (let at = 0; at < count; at++) {
        const args = ["--cluster", nats.urls, "--cluster-monitor", nats.monitors];
        servers.push(await startServerProcess({ accounts: 0, args, directory: `${folder}/${at}` }));
      }
      rows.push(...await benchPostsOn(`durable posts, cluster of ${count}`, servers));
      if (count > 1) {
        const { startMs } = servers.at(-1)!;
        rows.push({ name: `cluster of ${count}: time to ready`, value: startMs, unit: "ms" });
        rows.push(...await benchBroadcasts(`cluster of ${count}`, servers));
      }
      for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
    } finally {
      for (const server of servers) await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    }
  }
  return rows;
}
