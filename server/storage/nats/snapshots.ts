/**
 * Copies of a whole store, for servers that are new in a cluster or were away for too long. One of the others makes it and sends it
 * in pieces over NATS; each piece waits until the one before has arrived.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { databaseFileName, lockExistingFolder } from "../sqlite/file/data_folder.ts";
import { StorageError } from "../storage_error.ts";
import type { OnProgress } from "../progress.ts";
import type { ClusterOptions } from "./cluster_options.ts";

/** Below what NATS takes as one message. */
const pieceBytes = 512 * 1024;

/** How long a piece, or the making of the copy, may take. */
const pieceTimeoutMs = 30_000;
const makingTimeoutMs = 10 * 60_000;

const bytesPerMegabyte = 1_000_000;

/** The copy while it is sent, and while it is received. */
const sentFileName = "snapshot.sqlite";
const receivedFileName = "snapshot.part";

const headSchema = v.object({
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  sha256: v.pipe(v.string(), v.hexadecimal(), v.length(64)),
});

/** What is needed to give snapshots. */
export interface SnapshotSource {
  readonly connection: NatsConnection;
  /** Where they are asked for. */
  readonly subject: string;
  /** The own data folder. */
  readonly directory: string;
  /** Copies the database into an empty file. */
  readonly copyTo: (path: string) => Promise<void>;
  readonly logger: ClusterOptions["logger"];
}

/**
 * Gives snapshots to servers that ask, one after the other.
 *
 * @param source See {@linkcode SnapshotSource}.
 */
export function serveSnapshots(source: SnapshotSource): void {
  let last = Promise.resolve();
  const { connection, subject, logger } = source;
  connection.subscribe(subject, {
    // One of all servers answers.
    queue: "snapshots",
    callback: (error, { reply }) => {
      if (error !== null || reply === undefined) return;
      last = last.then(() => send(source, reply)).catch((reason) =>
        logger.warn("A copy for another server could not be sent: {reason}.", {
          reason: reason instanceof Error ? reason.message : String(reason),
        })
      );
    },
  });
}

async function send({ connection, directory, copyTo }: SnapshotSource, to: string): Promise<void> {
  const path = join(directory, sentFileName);
  await remove(path);
  try {
    // Made first, so that nobody else can read it.
    (await Deno.open(path, { createNew: true, write: true, mode: 0o600 })).close();
    await copyTo(path);
    const { size: bytes } = await Deno.stat(path);
    const ask = (data: Uint8Array | string) =>
      connection.request(to, data, { timeout: pieceTimeoutMs });
    await ask(JSON.stringify({ bytes, sha256: await digestOfFile(path) }));
    using file = await Deno.open(path, { read: true });
    const piece = new Uint8Array(pieceBytes);
    for (let count = await file.read(piece); count !== null; count = await file.read(piece)) {
      await ask(piece.slice(0, count));
    }
  } finally {
    await remove(path);
  }
}

/**
 * Fetches a snapshot from another server, and puts it in the place of the database.
 *
 * @param options Where it is asked for, and the own data folder, which no server has open.
 * @param onProgress Is told how far it is.
 * @throws {StorageError} where no other server gives one, or it does not arrive as it was sent.
 */
export async function fetchSnapshot(
  { connection, subject, directory }: Omit<SnapshotSource, "copyTo" | "logger">,
  onProgress: OnProgress,
): Promise<void> {
  using _lock = await lockExistingFolder(directory);
  const path = join(directory, receivedFileName);
  const inbox = `${subject}.${crypto.randomUUID()}`;
  const subscription = connection.subscribe(inbox);
  const messages = subscription[Symbol.asyncIterator]();
  const next = async (timeoutMs: number): Promise<Msg> => {
    const { value, done } = await deadline(messages.next(), timeoutMs);
    if (done === true || value.headers?.code === 503) throw new Error("no other server answers");
    return value;
  };
  try {
    connection.publish(subject, "", { reply: inbox });
    // To make it may take a while: nothing is known of it then.
    onProgress({ ...fetching, done: 0, total: 0 });
    await receive(path, next, onProgress);
    await replaceDatabase(directory, path);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw noSnapshot(error);
  } finally {
    subscription.unsubscribe();
    await remove(path);
  }
}

const fetching = { what: "Fetching a copy from another server", unit: "MB" };

async function receive(
  path: string,
  next: (timeoutMs: number) => Promise<Msg>,
  onProgress: OnProgress,
): Promise<void> {
  const first = await next(makingTimeoutMs);
  const { bytes, sha256 } = v.parse(headSchema, first.json());
  first.respond();
  using file = await Deno.open(path, { create: true, truncate: true, write: true, mode: 0o600 });
  const hash = createHash("sha256");
  for (let got = 0; got < bytes;) {
    const piece = await next(pieceTimeoutMs);
    got += piece.data.length;
    if (got > bytes) throw new Error("it is longer than it was said to be");
    hash.update(piece.data);
    await writeAll(file, piece.data);
    piece.respond();
    onProgress({ ...fetching, done: got / bytesPerMegabyte, total: bytes / bytesPerMegabyte });
  }
  if (hash.digest("hex") !== sha256) throw new Error("it was changed on its way");
  await file.sync();
}

/** What the log of the database before holds belongs to that one. */
async function replaceDatabase(directory: string, path: string): Promise<void> {
  const database = join(directory, databaseFileName);
  await remove(`${database}-wal`);
  await remove(`${database}-shm`);
  await Deno.rename(path, database);
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  const piece = new Uint8Array(pieceBytes);
  for (let count = await file.read(piece); count !== null; count = await file.read(piece)) {
    hash.update(piece.subarray(0, count));
  }
  return hash.digest("hex");
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

function noSnapshot(cause: unknown): StorageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(
    "failed",
    "The log of the cluster does not hold everything any more that this data folder is missing, and no copy came from another " +
      `server (${reason}). Start one of the others first. Or stop it, copy its data folder to here, and start both.`,
    { cause },
  );
}
