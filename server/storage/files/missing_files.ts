/**
 * Files that this server of a cluster does not have yet: they are copied one after the other, in the background.
 *
 * @module
 */
import type { Logger } from "../../common/log.ts";
import type { CommandLog } from "../command_log.ts";
import type { FileLookups } from "../file_storage.ts";
import type { FileCopies } from "./file_copies.ts";
import type { FileFolder } from "./file_folder.ts";
import { type FilePeers, shuffled } from "./file_peers.ts";

/** What is needed to look for them. */
export interface MissingFilesOptions {
  readonly folder: FileFolder;
  readonly storage: CommandLog & FileLookups;
  readonly peers: Pick<FilePeers, "others">;
  readonly copies: FileCopies;
  readonly logger: Logger;
}

/** How often it is looked whether there is something to be done, in milliseconds. */
const lookMs = 2_000;
/** Where nothing came, it is tried again after this time, twice as long each time: in milliseconds. */
const againMsMin = 4_000;
const againMsMax = 5 * 60_000;
/** So many are known at once; the others are looked for when these are there. */
const knownMax = 10_000;
/** Ids that are looked up together. */
const pageSize = 200;

/** Looks for them, and has them copied. */
export class MissingFiles {
  readonly #options: MissingFilesOptions;
  readonly #unwatch: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Files of which the log has just said that all is there. */
  readonly #fresh = new Set<string>();
  /** Files that did not come. */
  readonly #missing = new Set<string>();
  /** Whether others may be missing that are not known here. */
  #isMore = true;
  #working: Promise<void> | null = null;
  #isClosed = false;
  /** When those are tried again that did not come, and after which pause. */
  #nextMs = 0;
  #pauseMs = againMsMin;
  /** Who was there then. */
  #askedServers = "";
  #isFull = false;

  /** Begins. @param options See {@linkcode MissingFilesOptions}. */
  constructor(options: MissingFilesOptions) {
    this.#options = options;
    this.#unwatch = options.storage.watch({
      file_whole: ({ file }) => {
        this.#add(file);
        this.#look();
      },
    });
    this.#timer = setInterval(() => this.#look(), lookMs);
    this.#look();
  }

  /** How many are known. */
  get size(): number {
    return this.#fresh.size + this.#missing.size;
  }

  /** A file was removed here: it is missing where the log still has it. */
  removed(file: string): void {
    this.#add(file);
  }

  /** Ends it. The copies that are under way must be ended, too. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#unwatch();
    await this.#working;
  }

  #add(file: string): void {
    if (this.size < knownMax) this.#fresh.add(file);
    else this.#isMore = true;
  }

  #look(): void {
    const servers = [...this.#options.peers.others].sort().join();
    if (this.#working !== null || this.#isClosed || servers === "") return;
    const isDue = (this.#isMore || this.#missing.size > 0) &&
      (performance.now() >= this.#nextMs || servers !== this.#askedServers);
    if (!isDue && this.#fresh.size === 0) return;
    if (isDue) this.#askedServers = servers;
    this.#working = this.#work(isDue).catch((error) =>
      this.#options.logger.warn("Missing files could not be looked for: {error}", {
        error: (error as Error).message,
      })
    ).finally(() => this.#working = null);
  }

  async #work(isDue: boolean): Promise<void> {
    if (isDue) await this.#copyMissing();
    for (const file of this.#fresh) {
      if (this.#isClosed || !await this.#copy(file)) return;
      this.#fresh.delete(file);
    }
  }

  async #copyMissing(): Promise<void> {
    if (this.#isMore) await this.#find();
    const before = [...this.#missing];
    for (const file of before) {
      if (this.#isClosed || !await this.#copy(file)) break;
    }
    const hasCome = this.#missing.size < before.length;
    this.#pauseMs = hasCome ? againMsMin : Math.min(2 * this.#pauseMs, againMsMax);
    this.#nextMs = performance.now() + this.#pauseMs;
  }

  /** Copies a file, or notes that it is missing. Returns whether there is room for more. */
  async #copy(file: string): Promise<boolean> {
    const { copies, peers, logger } = this.#options;
    const outcome = await copies.make({ file, from: shuffled(peers.others) });
    if (outcome === "kept" || outcome === "unknown") this.#missing.delete(file);
    else this.#missing.add(file);
    const wasFull = this.#isFull;
    this.#isFull = outcome === "full";
    if (this.#isFull && !wasFull) {
      logger.warn(
        "Files of the other servers are not copied to here: too little of the disk is free.",
      );
    }
    return !this.#isFull;
  }

  async #find(): Promise<void> {
    const { storage, folder } = this.#options;
    this.#isMore = false;
    for (let after = ""; !this.#isMore && !this.#isClosed;) {
      const page = await storage.wholeFiles({ after, limit: pageSize });
      if (page.length === 0) return;
      for (const file of page) {
        if (this.#missing.size >= knownMax) this.#isMore = true;
        else if (!await folder.isSealed(file)) this.#missing.add(file);
      }
      after = page.at(-1)!;
    }
  }
}
