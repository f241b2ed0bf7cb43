/**
 * Follows the log, whatever happens to those who keep it: a reading that breaks or falls silent is left, and another one begins
 * where this server is.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { misfit } from "./cluster_join.ts";
import type { ClusterLog } from "./cluster_log.ts";
import { firstAnswer, type LogKeeper, type LogMessage, type LogReading } from "./log_keeper.ts";

/** A pause before another reading begins. */
const againMs = 100;

/** Where a reading takes longer than this to begin, messages are got one by one meanwhile. */
const slowBeginMs = 200;
/** How long to wait for each of them, and before it is asked again for one that is not there yet. */
const getMs = 400;
const noneMs = 50;

/** A log that does not fit is looked at again for so long: a leader that was just elected may not have all of it yet. */
const doubtMs = 5_000;

/** What is applied in one transaction at the most, in bytes of messages. */
const applyBytesMax = 1024 * 1024;

/** Follows a log into the own store. */
export class StreamFollower {
  readonly #keeper: LogKeeper;
  readonly #log: ClusterLog;
  #arrived: LogMessage[] = [];
  #applying: Promise<void> | undefined;
  #getting: Promise<void> | undefined;
  #reading: LogReading | undefined;
  #running: Promise<void> | undefined;
  #ended = false;
  #restarted = false;
  /** The message that the reading must bring next. */
  #expected = 1;
  /** Since when the log does not fit; null where it does. */
  #doubtSinceMs: number | null = null;

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
    await this.#getting;
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
    await this.#findLast();
    const { applied } = this.#log.place;
    this.#expected = applied + 1;
    const reading = this.#reading = await this.#begin(applied);
    while (!this.#ended && !this.#restarted) {
      const before = this.#expected;
      for await (const message of reading.next()) {
        if (message.sequence > this.#expected) return;
        // What is sent again was there already.
        if (message.sequence === this.#expected) this.#arrive(message);
      }
      await this.#applying;
      // Where nothing comes, the last messages may have been lost on their way.
      if (this.#expected === before && await this.#hasMore()) return;
    }
  }

  /**
   * Begins a reading. When a NATS server dies, that may take seconds longer than the election of the log's leader: the leader of all NATS servers
   * gives readings out, and is elected apart.
   */
  async #begin(applied: number): Promise<LogReading> {
    const begun = new AbortController();
    this.#getting = this.#getOneByOne(begun.signal);
    try {
      return await firstAnswer((waitMs) => this.#keeper.readAfter(applied, waitMs));
    } finally {
      begun.abort();
    }
  }

  async #getOneByOne(signal: AbortSignal): Promise<void> {
    for (let pauseMs = slowBeginMs;; pauseMs = noneMs) {
      await delay(pauseMs, { signal }).catch(() => {});
      for (let isThere = true; isThere;) {
        if (signal.aborted) return;
        const message = await this.#keeper.get(this.#expected, getMs).catch(() => null);
        // What comes after the end is left to the reading, or to the next one: that begins where this server is by then.
        isThere = !signal.aborted && message?.sequence === this.#expected;
        if (isThere) this.#arrive(message!);
      }
    }
  }

  /** Whether the log has more than was read. Where nobody says so, a reading goes on: to begin another one takes a leader, too. */
  async #hasMore(): Promise<boolean> {
    return await this.#findLast().catch(() => 0) >= this.#expected;
  }

  /** The number of the log's last message. Throws, and in the end ends all, where it is not the log that was followed so far. */
  async #findLast(): Promise<number> {
    const found = await firstAnswer((waitMs) => this.#keeper.find(waitMs));
    const error = misfit(this.#log.place, found);
    if (error === null) {
      this.#doubtSinceMs = null;
      return found!.last;
    }
    this.#doubtSinceMs ??= performance.now();
    if (performance.now() - this.#doubtSinceMs >= doubtMs) {
      this.#ended = true;
      this.#log.fail(error);
    }
    throw error;
  }

  #arrive(message: LogMessage): void {
    this.#expected++;
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
