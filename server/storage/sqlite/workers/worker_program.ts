/**
 * Starts storage workers.
 *
 * Where their program is: run from source, and in a file of `deno compile --include server/storage/sqlite/workers/storage_worker.ts`,
 * it is the module beside this one. `deno bundle` does not rewrite such addresses; a bundle of the whole program
 * finds a second bundle beside itself, made by `deno bundle server/storage/sqlite/workers/storage_worker.ts -o storage_worker.js`.
 * Deno loads a worker's program only where the program may read, so such a bundle's folder belongs into `--allow-read`.
 *
 * They are workers of `node:worker_threads`, because only there the size of a heap can be limited.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { deadline } from "@std/async/deadline";
import type { OnProgress } from "../../progress.ts";
import type { Reader } from "./reader.ts";
import type { StorageError } from "../../storage_error.ts";
import { storageErrorFrom } from "../file/storage_failure.ts";
import { WorkerCalls } from "./worker_calls.ts";
import type { Writer } from "./writer.ts";

/** How long opening may take, in milliseconds: a disk that hangs must not hang the start without a word. */
const openTimeoutMs = 60_000;

/**
 * Megabytes for what a worker has made lately. Left to itself V8 takes a little more every minute, up to 50 for each thread,
 * and keeps it: a server would grow for its first hour.
 */
const youngGenerationMegabytes = 8;

/** The methods of an object, as a worker serves them. */
type Served<Part> = {
  [Name in keyof Part]: Part[Name] extends (...values: infer Values) => infer Result
    ? (...values: Values) => Result
    : never;
};

/** Calls to the writing worker. */
export type WriterCalls = WorkerCalls<Served<Writer>>;
/** Calls to a reading worker. */
export type ReaderCalls = WorkerCalls<Served<Reader>>;

/** What a worker is started with. */
export interface WorkerOptions {
  readonly databasePath: string;
  readonly workerUrl: URL;
  readonly onDeath: (error: StorageError) => void;
  /** Is told how far long work is. */
  readonly onProgress?: OnProgress | undefined;
  /** Called with what is found to be damaged, once the database is open. */
  readonly onDamage?: ((error: StorageError) => void) | undefined;
}

type OpenCalls = { open: (role: "writer" | "reader", path: string) => void };

/**
 * Where the workers' program is, if nobody says otherwise.
 *
 * @returns Its address.
 */
export function defaultWorkerUrl(): URL {
  const fromSource = import.meta.url.endsWith("/worker_program.ts");
  return new URL(fromSource ? "./storage_worker.ts" : "./storage_worker.js", import.meta.url);
}

function startWorker(name: string, url: URL): Worker {
  const resourceLimits = { maxYoungGenerationSizeMb: youngGenerationMegabytes };
  return new Worker(url, { name, resourceLimits });
}

async function start<Part>(
  role: "writer" | "reader",
  options: WorkerOptions,
): Promise<WorkerCalls<Served<Part>>> {
  const { workerUrl, onDeath, onProgress } = options;
  const calls = new WorkerCalls<OpenCalls>(startWorker(role, workerUrl), onDeath, onProgress);
  try {
    await deadline(calls.call("open", role, options.databasePath), openTimeoutMs);
  } catch (thrown) {
    const error = storageErrorFrom(thrown, options.databasePath);
    calls.terminate(error);
    throw error;
  }
  calls.onDamage = (error) => options.onDamage?.(error);
  // From here on the worker serves the methods of its part.
  return calls as unknown as WorkerCalls<Served<Part>>;
}

/**
 * Starts the writing worker.
 *
 * @param options What it is started with.
 * @throws StorageError, if the database cannot be used, or is not open after a minute.
 * @returns Its calls.
 */
export function startWriter(options: WorkerOptions): Promise<WriterCalls> {
  return start<Writer>("writer", options);
}

/**
 * Starts a reading worker.
 *
 * @param options What it is started with.
 * @throws StorageError, if the database cannot be used, or is not open after a minute.
 * @returns Its calls.
 */
export function startReader(options: WorkerOptions): Promise<ReaderCalls> {
  return start<Reader>("reader", options);
}
