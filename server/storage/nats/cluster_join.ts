/**
 * Whether a store may follow a log, and from where. Nothing is guessed: a store that has another history than the log stays out.
 *
 * @module
 */
import type { LogPlace } from "../log_place.ts";
import { StorageError } from "../storage_error.ts";
import type { FoundLog } from "./log_stream.ts";

/** The log does not hold all that a store is missing. */
export class SnapshotNeeded extends Error {
  override readonly name = "SnapshotNeeded";
}

/** What a store says of itself. */
export interface StoreState {
  /** How far it has followed a log; null if it never has. */
  readonly place: LogPlace | null;
  /** Whether nothing was ever stored in it. */
  readonly isEmpty: boolean;
}

/**
 * From where a store follows a log.
 *
 * @param store What the store says.
 * @param log The log.
 * @throws {StorageError} where it must not, with what to do.
 * @returns The place; `snapshot` where the log does not hold all that the store is missing.
 */
export function placeToFollow(
  { place, isEmpty }: StoreState,
  log: FoundLog,
): LogPlace | "snapshot" {
  if (place === null || place.cluster !== log.cluster) {
    const isUnused = isEmpty && (place === null || place.applied === 0);
    if (!isUnused) throw place === null ? ownContent() : otherCluster();
    const isComplete = log.beganEmpty && log.first <= 1;
    return isComplete ? { cluster: log.cluster, applied: 0, checksum: 0 } : "snapshot";
  }
  if (place.applied > log.last) throw restoredLog(place.applied, log.last);
  return place.applied + 1 < log.first ? "snapshot" : place;
}

/**
 * The error where a store has followed a log that is there no longer.
 *
 * @returns A StorageError.
 */
export function lostLog(): StorageError {
  return new StorageError(
    "failed",
    "The log of this cluster is not on the NATS servers any more. Check --cluster and --cluster-name. If the log is lost, " +
      "start one server without --cluster: it goes on alone with everything it has.",
  );
}

/**
 * What keeps a server that runs from following a log any further.
 *
 * @param place How far the server is.
 * @param log The log as it is now; null where it is not there any more.
 * @returns The error, with what to do; null where nothing does.
 */
export function misfit(place: LogPlace, log: FoundLog | null): StorageError | null {
  if (log === null) return lostLog();
  try {
    const next = placeToFollow({ place, isEmpty: false }, log);
    return next === "snapshot" ? forgottenLog(place.applied, log.first) : null;
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}

/**
 * The error where the log goes on somewhere else than where a server is.
 *
 * @param applied The last message that the server has applied.
 * @param next The one that comes next in the log.
 * @returns A StorageError.
 */
export function forgottenLog(applied: number, next: number): StorageError {
  return new StorageError(
    "failed",
    `The log of the cluster goes on with message ${next}, and this server is at ${applied}: it was away for longer than the ` +
      "log keeps what was said. Start it again: it then begins with a copy from another server.",
  );
}

function ownContent(): StorageError {
  return new StorageError(
    "failed",
    "This data folder has accounts and messages of its own, and the cluster has others. Choose an empty data folder with " +
      "--data DIR; it is filled from the cluster.",
  );
}

function otherCluster(): StorageError {
  return new StorageError(
    "failed",
    "This data folder belongs to another cluster. Check --cluster and --cluster-name, or choose another data folder with --data DIR.",
  );
}

function restoredLog(applied: number, last: number): StorageError {
  return new StorageError(
    "failed",
    `This server has applied message ${applied} of the cluster's log, and the log ends at ${last}: it was restored from an ` +
      "old backup, or its servers did not sync their disks. Do not go on with it: start one server without --cluster, " +
      "and grow a new cluster from its data folder.",
  );
}
