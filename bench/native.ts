/**
 * Broadcasts to native clients: TLS, frames, durable posts.
 *
 * @module
 */
import type { LoadTarget } from "./native_clients.ts";
import type { NativeLoad, NativeLoadResult } from "./native_load.ts";
import { type Row, table } from "./rows.ts";
import {
  processorSeconds,
  residentMegabytes,
  runLoad,
  type ServerProcess,
  startServerProcess,
} from "./server_process.ts";

/** One broadcast benchmark. */
export interface Scenario extends Omit<NativeLoad, keyof LoadTarget> {
  readonly name: string;
}

const scenarios: readonly Scenario[] = [
  {
    name: "10 clients, window 64",
    clients: 10,
    senders: 1,
    messages: 5_000,
    window: 64,
    perSecond: 0,
  },
  {
    name: "100 clients, window 64",
    clients: 100,
    senders: 1,
    messages: 3_000,
    window: 64,
    perSecond: 0,
  },
  {
    name: "1,000 clients, window 64",
    clients: 1_000,
    senders: 1,
    messages: 1_000,
    window: 64,
    perSecond: 0,
  },
  {
    name: "1,000 clients, 20/s",
    clients: 1_000,
    senders: 1,
    messages: 200,
    window: 0,
    perSecond: 20,
  },
  {
    name: "10 clients, all post 20/s",
    clients: 10,
    senders: 10,
    messages: 200,
    window: 0,
    perSecond: 20,
  },
  {
    name: "10 clients, all post, window 64",
    clients: 10,
    senders: 10,
    messages: 1_000,
    window: 64,
    perSecond: 0,
  },
];

/** Runs every broadcast benchmark. */
export async function benchNative(only?: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    if (only !== undefined && !scenario.name.includes(only)) continue;
    await using server = await startServerProcess({ accounts: scenario.clients });
    rows.push(...await broadcast([server], scenario));
  }
  return rows;
}

/** The broadcasts to a thousand clients. */
export const largeBroadcasts: readonly Scenario[] = scenarios.filter(({ clients }) =>
  clients === 1_000
);

/**
 * Runs one broadcast benchmark.
 *
 * @param servers A server that has the accounts; or several that are one chat, among which the clients are spread.
 */
export async function broadcast(
  servers: readonly ServerProcess[],
  scenario: Scenario,
): Promise<Row[]> {
  const { port, directory } = servers[0]!;
  const spent = () => servers.reduce((sum, { pid }) => sum + processorSeconds(pid), 0);
  const before = spent();
  const load: NativeLoad = { ...scenario, port, directory, ports: servers.map(({ port }) => port) };
  const result = await runLoad<NativeLoadResult>("native_load.ts", load);
  const rows: Row[] = [
    { name: "deliveries", value: result.deliveries / result.seconds, unit: "1/s" },
    { name: "p50", value: result.p50Ms, unit: "ms" },
    { name: "p99", value: result.p99Ms, unit: "ms" },
    { name: "lost", value: result.lost, unit: "" },
    { name: "sign-ins", value: scenario.clients / result.signInSeconds, unit: "1/s" },
    { name: "server's processor time", value: spent() - before, unit: "s" },
    {
      name: "server's memory",
      value: Math.max(...servers.map(({ pid }) => residentMegabytes(pid))),
      unit: "MB",
    },
  ];
  return rows.map((row) => ({ ...row, name: `native, ${scenario.name}: ${row.name}` }));
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- the table is what this program is for
  console.log(table(await benchNative(Deno.args[0])));
}
