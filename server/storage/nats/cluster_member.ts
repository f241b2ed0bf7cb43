/**
 * How a server becomes one of several: its store follows the log, from where it is to the end, and then goes on with the others.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { ClusterPresence } from "../cluster_view.ts";
import type { Outcome } from "../commands.ts";
import type { LogBatch, LogPlace } from "../log_place.ts";
import type { OnProgress } from "../progress.ts";
import type { JoinedLog } from "../sqlite/sqlite_storage.ts";
import type { StoredState } from "../storage.ts";
import { StorageError } from "../storage_error.ts";
import { ClusterLog } from "./cluster_log.ts";
import { lostLog, placeToFollow, SnapshotNeeded, type StoreState } from "./cluster_join.ts";
import { ClusterReport } from "./cluster_report.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import type { ClusterMember } from "./file_carrier.ts";
import { answerMs, type LogKeeper } from "./log_keeper.ts";
import type { LogReach } from "./log_reach.ts";
import type { FoundLog } from "./log_stream.ts";
import { Places } from "./places.ts";
import { ServerList } from "./server_list.ts";
import { StreamFollower } from "./stream_follower.ts";

/** How often a start looks how far it is, in milliseconds. */
const progressMs = 20;

/** How long a start waits for the servers of NATS to agree on a leader. */
const leaderTimeoutMs = 60_000;

/** The own store, as far as it follows a log. */
export interface FollowingStore {
  /** How far it is, and whether nothing was ever stored in it. */
  state(): Promise<StoreState>;
  /** Begins to follow a log. */
  savePlace(place: LogPlace): Promise<void>;
  /** See `ClusterLogOptions.apply`. */
  apply(
    batches: readonly LogBatch[],
    place: LogPlace,
  ): Promise<readonly (readonly (Outcome | { readonly error: unknown })[] | null)[]>;
  /** What it holds now. */
  opened(): Promise<StoredState>;
}

/** What is needed to join. */
export interface ClusterJoining {
  readonly cluster: Pick<ClusterOptions, "name" | "node" | "servers" | "logger">;
  readonly reach: LogReach;
  readonly store: FollowingStore;
  /** Called once if the log cannot be followed any further. */
  readonly onFailure: (error: StorageError) => void;
  /** Whether there must be a log already; else one is made where there is none. */
  readonly mustExist?: boolean | undefined;
  /** Is told how far it is on its way to the end of the log. */
  readonly onProgress?: OnProgress | undefined;
}

/** A log that was joined, with the others who follow it. */
export interface JoinedCluster extends JoinedLog {
  readonly presence: ClusterPresence;
  /** The own server, as the others know it. */
  readonly member: ClusterMember;
}

/**
 * Joins. When it returns, the store has all that was in the log at the beginning.
 *
 * @param options See {@linkcode ClusterJoining}.
 * @throws {SnapshotNeeded} where the log does not hold all that the store is missing.
 * @throws {StorageError} where the store must not follow this log, or nobody leads it for a minute.
 */
export async function joinCluster(options: ClusterJoining): Promise<JoinedCluster> {
  const { cluster, reach, store, onFailure } = options;
  const { logger, node } = cluster;
  const { keeper } = reach;
  const found = await findOrMake(keeper, store, options.mustExist ?? false);
  const place = placeToFollow(await store.state(), found);
  if (place === "snapshot") throw new SnapshotNeeded();
  const apply: FollowingStore["apply"] = (batches, after) => store.apply(batches, after);
  const log = new ClusterLog({ node, place, way: reach, apply, onFailure });
  const follower = new StreamFollower(keeper, log);
  keeper.onConnection = () => follower.restart();
  const servers = new ServerList();
  const places = new Places(keeper, { node, run: log.run, log, servers });
  const report = new ClusterReport({
    logger,
    name: cluster.name,
    servers: () => [places.told, ...servers.others],
  });
  reach.onFound = (found) => report.found(found);
  reach.onClose = async () => {
    places.stop();
    await follower.stop();
  };
  reach.onReachable = (isReachable) => {
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
  await caughtUp(log, found, options.onProgress);
  log.startTelling();
  const presence = presenceOf(log, servers);
  const others = () => servers.others.map(({ run }) => run);
  const member = { presence, cluster: log.place.cluster, run: log.run, others };
  return { log, opened: await store.opened(), presence, member };
}

function presenceOf(log: ClusterLog, servers: ServerList): ClusterPresence {
  return {
    get place() {
      return log.place.applied;
    },
    get addresses() {
      return servers.addresses;
    },
    reached: (place, timeoutMs) => log.reached(place, timeoutMs),
    watch: (watcher) => servers.watch(watcher),
    announce: (self) => servers.announce(self),
    retire: () => servers.retire(),
  };
}

/** Waits until the store has everything that was in the log. */
async function caughtUp(
  log: ClusterLog,
  { last }: FoundLog,
  onProgress: OnProgress = () => {},
): Promise<void> {
  const begin = log.place.applied;
  while (log.place.applied < last) {
    if (log.failure !== undefined) throw log.failure;
    await delay(progressMs);
    const done = log.place.applied - begin;
    onProgress({ what: "Following the log", done, total: last - begin, unit: "messages" });
  }
}

async function findOrMake(
  keeper: LogKeeper,
  store: FollowingStore,
  mustExist: boolean,
): Promise<FoundLog> {
  const found = await whenLed(() => keeper.find(answerMs));
  if (found !== null) return found;
  if (mustExist) throw lostLog();
  const { place, isEmpty } = await store.state();
  if (place !== null && place.applied > 0) throw lostLog();
  const id = place?.cluster ?? crypto.randomUUID();
  // First here: if this server ends in between, its folder is still the beginning of that cluster.
  await store.savePlace({ cluster: id, applied: 0, checksum: 0 });
  await whenLed(() => keeper.make(id, isEmpty));
  const made = await whenLed(() => keeper.find(answerMs));
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
