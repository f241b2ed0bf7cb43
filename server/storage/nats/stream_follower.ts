/**
 * Follows the log, whatever happens to those who keep it: a reading that breaks or falls silent is left, and another one begins
 * where this server is.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { ClusterLog } from "./cluster_log.ts";
import type { LogKeeper, LogMessage, LogReading } from "./log_keeper.ts";

/** A pause before another reading begins. */
const againMs = 200;

/** What is applied in one transaction at the most, in bytes of messages. */
const applyBytesMax = 1024 * 1024;

/** Follows a log into the own store. */
export class StreamFollower {
  readonly #keeper: LogKeeper;
  readonly #log: ClusterLog;
  #arrived: LogMessage[] = [];
  #applying: Promise<void> | undefined;
  #reading: LogReading | undefined;
  #running: Promise<void> | undefined;
  #ended = false;
  #restarted = false;

  /**
   * @param keeper Who keeps the log.
   * @param log What takes its messages.
   */
  constructor(keeper: LogKeeper, log: ClusterLog) {
    this.#keeper = keeper;
    this.#log = log;
  }

  /** Begins. */
  start(): void {
    this.#running = this.#follow();
  }

  /** The connection was lost, or is there again: the reading may be broken. */
  restart(): void {
    this.#restarted = true;
    this.#reading?.stop();
  }

  /** Ends. */
  async stop(): Promise<void> {
    this.#ended = true;
    this.restart();
    await this.#running;
    await this.#applying;
  }

  async #follow(): Promise<void> {
    while (!this.#ended) {
      try {
        await this.#read();
      } catch {
        // No leader now, no server now, or the reading went with its server: the next one begins where this one ended.
      }
      // What has arrived must be applied before the next place is known.
      await this.#applying;
      if (!this.#ended) await delay(againMs);
    }
  }

  async #read(): Promise<void> {
    this.#restarted = false;
    const reading = this.#reading = await this.#keeper.readAfter(this.#log.place.applied);
    while (!this.#ended && !this.#restarted) {
      for await (const message of reading.next()) this.#arrive(message);
      await this.#applying;
    }
  }

  #arrive(message: LogMessage): void {
    this.#arrived.push(message);
    this.#applying ??= this.#applyAll();
  }

  async #applyAll(): Promise<void> {
    try {
      while (this.#arrived.length > 0) await this.#log.take(this.#next());
    } catch {
      // The log has told its server.
      this.#ended = true;
      this.#reading?.stop();
    } finally {
      this.#arrived = [];
      this.#applying = undefined;
    }
  }

  #next(): LogMessage[] {
    let bytes = 0;
    let count = 0;
    for (const { data } of this.#arrived) {
      bytes += data.length;
      if (count > 0 && bytes > applyBytesMax) break;
      count++;
    }
    return this.#arrived.splice(0, count);
  }
}
