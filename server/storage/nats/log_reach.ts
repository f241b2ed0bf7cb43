/**
 * The way to the log, with a judgement: whether it can be reached. It is told by what becomes of messages, and by asking now and
 * then: a log that nobody leads gives no answer.
 *
 * @module
 */
import type { LogWay } from "./cluster_log.ts";
import { answerMs, type LogKeeper } from "./log_keeper.ts";
import type { FoundLog } from "./log_stream.ts";

/** How often it is looked whether there is a quorum, where nothing else shows it. */
const probeIntervalMs = 2_000;

/** From when on without an answer this server counts as cut off. An election takes four to nine seconds. */
const cutOffAfterMs = 10_000;

/** The way to the log. */
export class LogReach implements LogWay {
  /** Who keeps the log. */
  readonly keeper: LogKeeper;
  readonly #probing: ReturnType<typeof setInterval>;
  #isClosed = false;
  /** Since when the last thing that was tried does not succeed; null where it has. */
  #publishFailsSince: number | null = null;
  #probeFailsSince: number | null = null;
  /** Whether the message that is being published was seen in the log, so that its lost answer says nothing. */
  #isSeen = false;
  #wasReachable = true;
  /** Called when the log cannot be reached any more, and when it can be again. */
  onReachable: (isReachable: boolean) => void = () => {};
  /** Called with the log, whenever it was looked at. */
  onFound: (log: FoundLog) => void = () => {};
  /** Called before the connection is closed. */
  onClose: () => Promise<void> = () => Promise.resolve();

  /** @param keeper Who keeps the log. */
  constructor(keeper: LogKeeper) {
    this.keeper = keeper;
    this.#probing = setInterval(() => void this.#probe(), probeIntervalMs);
  }

  /** See `LogWay.publish`. */
  async publish(data: Uint8Array, id: string, waitMs: number): Promise<void> {
    this.#isSeen = false;
    try {
      await this.keeper.publish(data, id, waitMs);
      this.seen();
    } catch (error) {
      if (!this.#isSeen) this.#publishFailsSince ??= performance.now();
      this.#judge();
      throw error;
    }
  }

  /** See `LogWay.seen`. */
  seen(): void {
    this.#isSeen = true;
    this.#publishFailsSince = null;
    this.#probeFailsSince = null;
    this.#judge();
  }

  /** See `LogWay.isReachable`. */
  isReachable(): boolean {
    const nowMs = performance.now();
    return [this.#publishFailsSince, this.#probeFailsSince].every((sinceMs) =>
      sinceMs === null || nowMs - sinceMs < cutOffAfterMs
    );
  }

  /** See `LogWay.close`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#probing);
    await this.onClose();
    await this.keeper.close();
  }

  async #probe(): Promise<void> {
    try {
      const found = await this.keeper.find(answerMs);
      this.#probeFailsSince = null;
      if (found !== null && !this.#isClosed) this.onFound(found);
    } catch {
      if (!this.#isClosed) this.#probeFailsSince ??= performance.now();
    }
    this.#judge();
  }

  #judge(): void {
    const isReachable = this.isReachable();
    if (isReachable === this.#wasReachable) return;
    this.#wasReachable = isReachable;
    this.onReachable(isReachable);
  }
}
