/**
 * The stream that is the log: made where there is none, or checked.
 *
 * @module
 */
import type { JetStreamManager, StreamConfig, StreamInfo } from "@nats-io/jetstream";
import type { LogPlace } from "../log_place.ts";
import { StorageError } from "../storage_error.ts";
import type { ClusterOptions } from "./cluster_options.ts";

/** How long the log knows the id of a message, in nanoseconds: two minutes. What comes later is told apart when it is applied. */
const duplicateWindowNs = 120 * 1e9;
const dayNs = 86_400 * 1e9;

/** What NATS answers where there is no such stream, and where there is one that is made otherwise. */
const streamNotFound = 10059;
const streamNameInUse = 10058;

/** The names that a cluster uses in NATS. */
export interface LogNames {
  readonly stream: string;
  /** Where batches go. */
  readonly subject: string;
  /** Where the servers tell one another what is not stored. */
  readonly whispers: string;
  /** Where copies of a whole store are asked for. */
  readonly snapshots: string;
  /** Where the servers tell how far they are. */
  readonly places: string;
  /** Where they ask for the bytes of files; the cluster's id and the server that is asked come behind it. */
  readonly files: string;
}

/** The names of a cluster. */
export function logNames(cluster: string): LogNames {
  return {
    stream: cluster.toUpperCase(),
    subject: `${cluster}.log`,
    whispers: `${cluster}.whisper`,
    snapshots: `${cluster}.snapshot`,
    places: `${cluster}.place`,
    files: `${cluster}.files`,
  };
}

/** The stream as it was found. */
export interface FoundLog {
  /** The cluster's id. */
  readonly cluster: string;
  /** Whether everything is in the log since its first message: the cluster began with nothing. */
  readonly beganEmpty: boolean;
  /** The numbers of the first message that is still there, and of the last one; the first is one more where none is there. */
  readonly first: number;
  readonly last: number;
  readonly replicas: number;
  /** Which of the NATS servers leads it; null where there is only one. */
  readonly leader: string | null;
  /** Whether it takes messages: nobody leads it now, as while a leader is elected; or who leads it has lost most of the others. */
  readonly order: "led" | "unled" | "minority";
}

/**
 * Finds the stream.
 *
 * @param manager The way to JetStream.
 * @param names The cluster's names.
 * @throws {StorageError} where the stream is not as a log must be.
 * @returns The stream, or null where there is none.
 */
export async function findLog(
  manager: JetStreamManager,
  { stream, subject }: LogNames,
): Promise<FoundLog | null> {
  let info: StreamInfo;
  try {
    info = await manager.streams.info(stream);
  } catch (error) {
    if (codeOf(error) === streamNotFound) return null;
    throw error;
  }
  checkConfig(info.config, subject);
  const { metadata = {}, num_replicas } = info.config;
  const cluster = metadata["chat_cluster"];
  if (cluster === undefined) throw foreignStream(stream, "it belongs to another program");
  return {
    cluster,
    beganEmpty: metadata["chat_began"] === "empty",
    first: info.state.first_seq,
    last: info.state.last_seq,
    replicas: num_replicas,
    leader: info.cluster?.leader ?? null,
    order: orderOf(info.cluster),
  };
}

/** A leader that has lost the others goes on leading for twenty seconds. From those that are there it hears every second. */
const silentNs = 3 * 1e9;

function orderOf(cluster: StreamInfo["cluster"]): FoundLog["order"] {
  if (cluster === undefined) return "led";
  const { leader, replicas = [] } = cluster;
  if (leader === undefined || leader === "") return "unled";
  // Of one from which it has never heard it says 0.
  const heard = replicas.filter(({ current, active }) =>
    active <= silentNs && (current || active > 0)
  );
  return (heard.length + 1) * 2 > replicas.length + 1 ? "led" : "minority";
}

/**
 * Sees that the stream is not compressed. NATS (2.15.1) compresses the block of a file that it still writes to, where one of its servers was killed before,
 * and writes what comes next behind it as it is: from then on it cannot read that block. It starts only after minutes, and has lost what is in it.
 *
 * @param manager The way to JetStream.
 * @param names The cluster's names.
 */
export async function endCompression(
  manager: JetStreamManager,
  { stream }: LogNames,
): Promise<void> {
  try {
    const { config } = await manager.streams.info(stream);
    if (config.compression === "s2") await manager.streams.update(stream, { compression: "none" });
  } catch {
    // There is no stream, or nobody leads it now. The next server that starts does it.
  }
}

/**
 * Makes the stream. Where another server was quicker, nothing happens.
 *
 * @param manager The way to JetStream.
 * @param cluster The id of the new cluster.
 * @param options `beganEmpty`: see {@linkcode FoundLog}.
 */
export async function makeLog(
  manager: JetStreamManager,
  cluster: LogPlace["cluster"],
  { name, logDays, servers, beganEmpty }:
    & Pick<ClusterOptions, "name" | "logDays" | "servers">
    & { readonly beganEmpty: boolean },
): Promise<void> {
  const { stream, subject } = logNames(name);
  const config = {
    name: stream,
    subjects: [subject],
    num_replicas: servers.length >= 3 ? 3 : 1,
    storage: "file",
    retention: "limits",
    discard: "new",
    deny_delete: true,
    deny_purge: true,
    duplicate_window: duplicateWindowNs,
    max_age: logDays * dayNs,
    metadata: { chat_cluster: cluster, chat_began: beganEmpty ? "empty" : "folder" },
  } as const satisfies Partial<StreamConfig>;
  try {
    await manager.streams.add(config);
  } catch (error) {
    if (codeOf(error) !== streamNameInUse) throw error;
  }
}

function checkConfig(config: StreamConfig, subject: string): void {
  const wrong = config.subjects.length !== 1 || config.subjects[0] !== subject
    ? "it is for other subjects"
    : config.storage !== "file" || config.retention !== "limits" || config.discard !== "new"
    ? "it does not keep what it has acknowledged"
    : !config.deny_delete || !config.deny_purge
    ? "messages can be removed from it"
    : config.max_msgs > 0 || config.max_bytes > 0
    ? "it ends at a number of messages or bytes"
    : null;
  if (wrong !== null) throw foreignStream(config.name, wrong);
}

function foreignStream(stream: string, why: string): StorageError {
  return new StorageError(
    "failed",
    `The stream ${stream} on the NATS servers cannot be this chat's log: ${why}. ` +
      "Choose another name with --cluster-name, or remove the stream.",
  );
}

function codeOf(error: unknown): number | undefined {
  return typeof error === "object" && error !== null && "code" in error
    ? Number(error.code)
    : undefined;
}
