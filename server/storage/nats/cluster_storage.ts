/**
 * Opens the store of a server that is one of several: over the log that all of them write, in the server's own data folder.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import {
  type JoinedLog,
  openStorage,
  type SqliteStorage,
  type StorageOptions,
} from "../sqlite/sqlite_storage.ts";
import { unpacked } from "../sqlite/workers/batch_results.ts";
import type { WriterCalls } from "../sqlite/workers/worker_program.ts";
import type { LogPlace } from "../log_place.ts";
import { StorageError } from "../storage_error.ts";
import type { Whispers } from "../whispers.ts";
import { ClusterLog } from "./cluster_log.ts";
import { lostLog, placeToFollow, SnapshotNeeded } from "./cluster_join.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import { findLog, type FoundLog, logNames, makeLog } from "./log_stream.ts";
import { NatsWay } from "./nats_way.ts";
import { NatsWhispers } from "./nats_whispers.ts";
import { Places } from "./places.ts";
import { fetchSnapshot, serveSnapshots } from "./snapshots.ts";
import { StreamFollower } from "./stream_follower.ts";

/** What a server of a cluster stands on. */
export interface ClusterStorage {
  readonly storage: SqliteStorage;
  readonly whispers: Whispers;
}

/** How often a start looks how far it is, in milliseconds, and how often it says so. */
const progressMs = 20;
const progressLineMs = 5_000;

/** How long a start waits for the servers of NATS to agree on a leader. */
const leaderTimeoutMs = 60_000;

/**
 * Opens the store, and returns when it has all that was in the log at the beginning.
 *
 * @param directory The data folder.
 * @param cluster Where the log is.
 * @param options See `openStorage`.
 * @throws {StorageError} where NATS cannot be reached, or the store must not follow this log.
 */
export async function openClusterStorage(
  directory: string,
  cluster: ClusterOptions,
  options: StorageOptions = {},
): Promise<ClusterStorage> {
  const way = await NatsWay.open(cluster);
  const whispers = new NatsWhispers(way.connection, logNames(cluster.name).whispers);
  try {
    const joinLog = (writer: WriterCalls) => join(way, { cluster, writer, options, directory });
    const open = () => openStorage(directory, { ...options, joinLog });
    const { connection } = way;
    const { logger } = cluster;
    const subject = logNames(cluster.name).snapshots;
    const storage = await open().catch(async (error) => {
      if (!(error instanceof SnapshotNeeded)) throw error;
      logger.info("Fetching a copy of everything from another server.");
      await fetchSnapshot({ connection, subject, directory, logger });
      return await open();
    });
    return { storage, whispers };
  } catch (error) {
    await way.close();
    throw error;
  }
}

interface Joining {
  readonly cluster: ClusterOptions;
  readonly writer: WriterCalls;
  readonly options: StorageOptions;
  readonly directory: string;
}

async function join(way: NatsWay, joining: Joining): Promise<JoinedLog> {
  const { cluster, writer, options, directory } = joining;
  const { logger } = cluster;
  const found = await findOrMake(way, cluster, writer);
  const state = { place: await writer.call("logPlace"), isEmpty: await writer.call("isEmpty") };
  const place = placeToFollow(state, found);
  if (place === "snapshot") throw new SnapshotNeeded();
  const log = new ClusterLog({
    node: cluster.node,
    place,
    way,
    apply: async (batches, after) => {
      const results = await writer.call("applyFromLog", batches, after);
      return batches.map(({ commands }, at) => {
        const packed = results[at] ?? null;
        return packed === null ? null : unpacked(packed, commands);
      });
    },
    onFailure: (error) => options.onDeath?.(error),
  });
  const { manager, client } = way;
  const { stream } = logNames(cluster.name);
  const follower = new StreamFollower({ manager, client, stream, log });
  way.onConnection = () => follower.restart();
  const { node } = cluster;
  const places = new Places(way.connection, logNames(cluster.name).places, {
    node,
    run: log.run,
    log,
  });
  way.onClose = async () => {
    places.stop();
    await follower.stop();
  };
  way.onReachable = (isReachable) => {
    if (!isReachable) log.refuseWaiting();
    logger.warn(
      isReachable
        ? "The other servers can be reached again: messages are accepted."
        : "This server cannot reach the others: people can read, but not write.",
    );
  };
  logger.info("The log is on {servers}; {behind} messages are to be followed.", {
    servers: cluster.servers.join(", "),
    behind: found.last - place.applied,
  });
  follower.start();
  await caughtUp(log, found, logger);
  serveSnapshots({
    connection: way.connection,
    subject: logNames(cluster.name).snapshots,
    directory,
    copyTo: (path) => writer.call("copyTo", path),
    logger,
  });
  log.startTelling();
  return { log, opened: await writer.call("opened", "in a cluster") };
}

/** Waits until the store has everything that was in the log. */
async function caughtUp(
  log: ClusterLog,
  { last }: FoundLog,
  logger: ClusterOptions["logger"],
): Promise<void> {
  let sinceMs = performance.now();
  while (log.place.applied < last) {
    if (log.failure !== undefined) throw log.failure;
    await delay(progressMs);
    if (performance.now() - sinceMs < progressLineMs) continue;
    sinceMs = performance.now();
    logger.info("Following the log: {applied} of {last} messages.", {
      applied: log.place.applied,
      last,
    });
  }
}

async function findOrMake(
  way: NatsWay,
  cluster: ClusterOptions,
  writer: WriterCalls,
): Promise<FoundLog> {
  const names = logNames(cluster.name);
  const found = await whenLed(() => findLog(way.manager, names));
  if (found !== null) return found;
  const place = await writer.call("logPlace");
  if (place !== null && place.applied > 0) throw lostLog();
  const id = place?.cluster ?? crypto.randomUUID();
  const beganEmpty = await writer.call("isEmpty");
  // First here: if this server ends in between, its folder is still the beginning of that cluster.
  await writer.call("saveLogPlace", { cluster: id, applied: 0, checksum: 0 } satisfies LogPlace);
  await whenLed(() => makeLog(way.manager, id, { ...cluster, beganEmpty }));
  const made = await whenLed(() => findLog(way.manager, names));
  if (made === null) throw lostLog();
  return made;
}

/** Tries until the servers of NATS have a leader: until then they answer anything. */
async function whenLed<Found>(ask: () => Promise<Found>): Promise<Found> {
  const endMs = performance.now() + leaderTimeoutMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof StorageError) throw error;
      if (performance.now() > endMs) {
        throw new StorageError(
          "failed",
          `The NATS servers do not agree: ${
            error instanceof Error ? error.message : String(error)
          }. ` +
            "More than half of them must run, and reach each other.",
          { cause: error },
        );
      }
      await delay(200);
    }
  }
}
