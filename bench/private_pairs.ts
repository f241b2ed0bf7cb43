/**
 * Private messages between native clients, all the way: sealed, stored, delivered, opened.
 *
 * @module
 */
import type { PingPongResult } from "./ping_pong.ts";
import type { PrivatePairsLoad } from "./private_pairs_load.ts";
import { type Row, table } from "./rows.ts";
import { processorSeconds, runLoad, startServerProcess } from "./server_process.ts";

/** Pairs of clients that answer each other. */
export async function benchPrivatePairs(
  { pairs, seconds } = { pairs: 100, seconds: 10 },
): Promise<Row[]> {
  await using server = await startServerProcess({ accounts: 2 * pairs });
  const { port, directory, pid } = server;
  const load: PrivatePairsLoad = { port, directory, pairs, seconds };
  const result = await runLoad<PingPongResult>("private_pairs_load.ts", load);
  const name = `native, ${pairs} pairs, private ping-pong`;
  return [
    { name: `${name}: messages`, value: result.count / result.seconds, unit: "1/s" },
    { name: `${name}: p50`, value: result.p50Ms, unit: "ms" },
    { name: `${name}: p99`, value: result.p99Ms, unit: "ms" },
    { name: `${name}: server's processor time`, value: processorSeconds(pid), unit: "s" },
  ];
}

if (import.meta.main) {
  Deno.stdout.writeSync(new TextEncoder().encode(table(await benchPrivatePairs()) + "\n"));
}
