/**
 * Looks at a store that no server uses, and leaves it as it is.
 *
 * @module
 */

import { assertNothingMissing } from "./file/commit_counts.ts";
import { lockExistingFolder } from "./file/data_folder.ts";
import { openForReading } from "./file/database.ts";
import { assertKnown, assertNewest } from "./file/schema.ts";
import type { OnProgress } from "../progress.ts";
import { StorageError } from "../storage_error.ts";
import { storageErrorFrom } from "./file/storage_failure.ts";
import { defaultWorkerUrl, startReader } from "./workers/worker_program.ts";

/** What SQLite puts beside a database that it reads. */
const companions = ["-wal", "-shm"];

/**
 * Checks what is stored in a data folder.
 *
 * @param directory The data folder, which exists.
 * @param onProgress Is told how far the check is.
 * @returns The problems found, none if all is well; null where nothing is stored yet.
 * @throws StorageError `locked`, if a server uses the folder; `damaged` or `failed`, if it cannot be looked at.
 */
export async function checkStorage(
  directory: string,
  onProgress?: OnProgress,
): Promise<readonly string[] | null> {
  using folder = await lockExistingFolder(directory);
  const { databasePath } = folder;
  if (!await exists(databasePath)) return null;
  const made: string[] = [];
  for (const companion of companions) {
    if (!await exists(databasePath + companion)) made.push(databasePath + companion);
  }
  try {
    assertFit(databasePath);
    return await verifyInWorker(databasePath, onProgress);
  } finally {
    for (const path of made) await Deno.remove(path).catch(ignoreNotFound);
  }
}

function assertFit(path: string): void {
  try {
    assertNothingMissing(path);
    const database = openForReading(path);
    try {
      assertKnown(database, path);
      assertNewest(database, path);
    } finally {
      database.close();
    }
  } catch (error) {
    throw storageErrorFrom(error, path);
  }
}

async function verifyInWorker(
  databasePath: string,
  onProgress: OnProgress | undefined,
): Promise<readonly string[]> {
  const worker = await startReader({
    databasePath,
    workerUrl: defaultWorkerUrl(),
    onDeath: () => {},
    onProgress,
  });
  try {
    return await worker.call("verify");
  } finally {
    worker.terminate(new StorageError("failed", "The check has ended."));
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, ignoreNotFound);
}

function ignoreNotFound(error: unknown): false {
  if (error instanceof Deno.errors.NotFound) return false;
  throw error;
}
