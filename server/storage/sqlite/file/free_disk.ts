/**
 * Leaves a part of the disk free: a server that has filled it can be hard to rescue, and other programs need some, too.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { freeDiskBytesMin } from "../../../../protocol/wire/limits.ts";
import { StorageError } from "../../storage_error.ts";

/** How old a measurement may become while something is stored. */
const measureIntervalMs = 1_000;
/** Of a small disk, no more than this share is left free. */
const freeShare = 1 / 20;

/** How much of a disk is free, in bytes. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What a watch over the disk is made with. */
export interface FreeDiskOptions {
  /** Called when there is too little from now on. */
  readonly onLow?: ((message: string) => void) | undefined;
  /** Measures; may fail, where nobody can tell. */
  readonly measure?: (directory: string) => Promise<DiskSpace>;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
}

/** Watches the disk of a folder, and only while something is stored there. */
export class FreeDisk {
  readonly #directory: string;
  readonly #onLow: (message: string) => void;
  readonly #measure: (directory: string) => Promise<DiskSpace>;
  readonly #nowMs: () => number;
  #measuredMs = -Infinity;
  #problem: string | null = null;

  /**
   * @param directory The folder.
   * @param options See {@linkcode FreeDiskOptions}.
   */
  constructor(directory: string, options: FreeDiskOptions = {}) {
    this.#directory = directory;
    this.#onLow = options.onLow ?? (() => {});
    this.#measure = options.measure ?? measureDisk;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /**
   * To be called before something new is stored. It does not wait: what it goes by is a second old, or older if nothing was stored.
   *
   * @throws {StorageError} `full`, where too little is free.
   */
  check(): void {
    if (this.#nowMs() - this.#measuredMs >= measureIntervalMs) void this.measure();
    if (this.#problem !== null) throw new StorageError("full", this.#problem);
  }

  /** Measures now. Never rejects: where nobody can tell how much is free, SQLite says when nothing is. */
  async measure(): Promise<void> {
    this.#measuredMs = this.#nowMs();
    const space = await this.#measure(this.#directory).catch(() => null);
    const before = this.#problem;
    this.#problem = space === null ? null : problemOf(space, this.#directory);
    if (before === null && this.#problem !== null) this.#onLow(this.#problem);
  }
}

/** How much of a disk is left free, in bytes. */
export function freeBytesWanted({ totalBytes }: DiskSpace): number {
  return Math.min(freeDiskBytesMin, totalBytes * freeShare);
}

function problemOf(space: DiskSpace, directory: string): string | null {
  const wantedBytes = freeBytesWanted(space);
  if (space.freeBytes >= wantedBytes) return null;
  const wanted = Math.ceil(wantedBytes / 1e6);
  return `Less than ${wanted} MB is free on the disk of "${directory}": nothing new is stored until there is more.`;
}

/** Asks the system how much of a folder's disk is free. Rejected where nobody can tell. */
export async function measureDisk(directory: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
