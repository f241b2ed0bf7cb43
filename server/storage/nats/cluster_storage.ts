/**
 * Opens the store of a server that is one of several: over the log that all of them write, in the server's own data folder.
 *
 * @module
 */
import { numberText } from "../../../protocol/text/number_text.ts";
import { assert } from "../../common/assert.ts";
import type { ClusterPresence } from "../cluster_view.ts";
import type { FilePeers } from "../files/file_peers.ts";
import { encodeCommands } from "../sqlite/pipe/command_batch.ts";
import { openStorage, type SqliteStorage, type StorageOptions } from "../sqlite/sqlite_storage.ts";
import { unpacked } from "../sqlite/workers/batch_results.ts";
import type { WriterCalls } from "../sqlite/workers/worker_program.ts";
import { StorageError } from "../storage_error.ts";
import type { Whispers } from "../whispers.ts";
import { SnapshotNeeded } from "./cluster_join.ts";
import { type FollowingStore, joinCluster } from "./cluster_member.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import { ClusterWhispers } from "./cluster_whispers.ts";
import { type ClusterMember, FileCarrier } from "./file_carrier.ts";
import { LogReach } from "./log_reach.ts";
import { NatsKeeper } from "./nats_keeper.ts";
import { monitorLines } from "./nats_monitor.ts";
import { mendedByRebuild, setAside } from "./rebuild.ts";
import { fetchSnapshot, serveSnapshots } from "./snapshots.ts";

/** What a server of a cluster stands on. */
export interface ClusterStorage {
  readonly storage: SqliteStorage;
  readonly whispers: Whispers;
  readonly presence: ClusterPresence;
  /** Gives the way to the files of the other servers. */
  readonly openFilePeers: () => Promise<FilePeers>;
}

/** How it is opened. */
export interface ClusterStorageOptions extends StorageOptions {
  /** See `ClusterJoining.mustExist`. */
  readonly mustExist?: boolean;
}

/**
 * Opens the store, and returns when it has all that was in the log at the beginning.
 *
 * @param directory The data folder.
 * @param cluster Where the log is.
 * @param options See `openStorage`, and {@linkcode ClusterStorageOptions}.
 * @throws {StorageError} where NATS cannot be reached, or the store must not follow this log.
 */
export async function openClusterStorage(
  directory: string,
  cluster: ClusterOptions,
  options: ClusterStorageOptions = {},
): Promise<ClusterStorage> {
  const onDeath = (error: StorageError) => options.onDeath?.(error);
  const monitored = monitorLines(cluster);
  const keeper = await NatsKeeper.open(cluster);
  const reach = new LogReach(keeper);
  const whispers = new ClusterWhispers(keeper);
  const { connection, names: { snapshots: subject } } = keeper;
  const { logger } = cluster;
  const { onProgress } = options;
  const snapshots = { connection, subject, directory, logger };
  let member: ClusterMember | undefined;
  let presence: ClusterPresence | undefined;
  const joinLog = async (writer: WriterCalls) => {
    const store = storeOf(writer);
    const { mustExist } = options;
    const joined = await joinCluster({
      ...{ cluster, reach, store, mustExist, onProgress },
      onFailure: onDeath,
    });
    ({ presence, member } = joined);
    serveSnapshots({ ...snapshots, copyTo: (path) => writer.call("copyTo", path) });
    return joined;
  };
  // What is damaged here is whole elsewhere: people are better served there.
  const onDamage = (error: StorageError) => onDeath(mendedByRebuild(error));
  const open = () => openStorage(directory, { ...options, onDamage, joinLog });
  try {
    const storage = await open().catch(async (error) => {
      if (!(error instanceof SnapshotNeeded)) throw error;
      logger.info("Fetching a copy of everything from another server.");
      await fetchSnapshot(snapshots, onProgress ?? (() => {}));
      return await open();
    });
    for (const { isWarning, text } of await monitored) {
      logger[isWarning ? "warn" : "info"]("{text}", { text });
    }
    assert(presence !== undefined && member !== undefined, "a store that is open has joined");
    const own = member;
    const openFilePeers = () => FileCarrier.open(cluster, own);
    return { storage, whispers, presence, openFilePeers };
  } catch (error) {
    await reach.close();
    throw error instanceof StorageError ? mendedByRebuild(error) : error;
  }
}

/** Where the own store is damaged, others have applied the same. */
function throwMended(error: unknown): never {
  throw error instanceof StorageError ? mendedByRebuild(error) : error;
}

function storeOf(writer: WriterCalls): FollowingStore {
  return {
    state: async () => ({
      place: await writer.call("logPlace"),
      isEmpty: await writer.call("isEmpty"),
    }),
    savePlace: (place) => writer.call("saveLogPlace", place),
    apply: async (batches, place) => {
      const sent = batches.map(({ run, number, commands }) => {
        return { run, number, encoded: encodeCommands(commands) };
      });
      const results = await writer.call("applyFromLog", sent, place).catch(throwMended);
      return batches.map(({ commands }, at) => {
        const packed = results[at] ?? null;
        return packed === null ? null : unpacked(packed, commands);
      });
    },
    opened: () => writer.call("opened", "in a cluster"),
  };
}

/**
 * Makes the store of a server anew: see rebuild.ts. The server must not run.
 *
 * @param directory Its data folder.
 * @param cluster Where the log is.
 * @param options See `openStorage`.
 * @throws {StorageError} where there is nothing to be made anew, or neither the log nor another server has everything: then all is as it was.
 * @returns What was done, in lines.
 */
export async function rebuildClusterStorage(
  directory: string,
  cluster: ClusterOptions,
  options: StorageOptions = {},
): Promise<string[]> {
  const aside = await setAside(directory, new Date());
  try {
    // Without a log everything would come from nowhere, and be an empty database with an empty log.
    const opening = { ...options, mustExist: true };
    const { storage, presence } = await openClusterStorage(directory, cluster, opening);
    const { place } = presence;
    await storage.close();
    return [
      `The database was made anew, with everything up to message ${
        numberText(place)
      } of the cluster's log.`,
      `What was there before is in "${aside.folder}". Remove it when you know that nothing of it is needed.`,
    ];
  } catch (error) {
    await aside.restore();
    throw error;
  }
}
