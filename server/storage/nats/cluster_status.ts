/**
 * What a cluster looks like now, in lines: its NATS servers, and its servers with how far each is.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { logLine, serverLine } from "./cluster_lines.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import { NatsKeeper } from "./nats_keeper.ts";
import { monitorLines } from "./nats_monitor.ts";
import { placeIntervalMs } from "./places.ts";
import { readPlace, type ToldPlace } from "./told_place.ts";

/** Every server tells its place once in this time, and a little more. */
const listenMs = placeIntervalMs + 500;

/**
 * Asks the NATS servers, and listens to the servers for a moment.
 *
 * @param options Where the log is.
 * @throws {StorageError} where NATS cannot be reached.
 * @returns Lines.
 */
export async function clusterStatus(options: ClusterOptions): Promise<string[]> {
  const keeper = await NatsKeeper.open(options);
  const { stream } = keeper.names;
  const heard = new Map<string, ToldPlace>();
  keeper.hear("places", (data) => {
    const told = readPlace(data);
    if (told !== null) heard.set(told.run, told);
  });
  try {
    await delay(listenMs);
    // Last: what servers have told is in it.
    const info = await keeper.manager.streams.info(stream).catch(() => null);
    if (info === null) {
      return [`The log ${stream} cannot be read: it is not there, or nobody leads it now.`];
    }
    const { leader = null, replicas = [] } = info.cluster ?? {};
    const last = info.state.last_seq;
    return [
      logLine(stream, { last, leader }),
      ...replicas.map(({ name, offline, current }) =>
        `NATS server ${name}: ${offline === true ? "gone" : current ? "up to date" : "behind"}`
      ),
      ...(await monitorLines(options)).map(({ text }) => text),
      ...[...heard.values()].map((told) => serverLine(told, last)).sort(),
      ...(heard.size === 0 ? ["No server runs."] : []),
    ];
  } finally {
    await keeper.close();
  }
}
