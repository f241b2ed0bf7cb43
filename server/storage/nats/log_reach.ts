/**
 * The way to the log, with a judgement: whether it can be reached. It is told by what becomes of messages, and by asking now and
 * then. There are three ways to know that it cannot:
 *
 * - whoever leads the log says itself that it has lost most of the others: at once;
 * - there is no connection to any server of NATS: after two seconds, since the next server is mostly there within one;
 * - nothing is answered, or nobody leads the log: after ten seconds, since that looks like an election, and those take four to nine.
 *
 * @module
 */
import type { LogWay } from "./cluster_log.ts";
import { firstAnswer, type LogKeeper } from "./log_keeper.ts";
import type { FoundLog } from "./log_stream.ts";

/** How often it is looked whether there is a quorum, where nothing else shows it; and how often where something seems to be wrong. */
const probeIntervalMs = 2_000;
const hurriedIntervalMs = 500;

/** From when on without an answer, or without a connection, this server counts as cut off. */
const cutOffAfterMs = 10_000;
const unconnectedMs = 2_000;

/** The way to the log. */
export class LogReach implements LogWay {
  /** Who keeps the log. */
  readonly keeper: LogKeeper;
  readonly #probing: ReturnType<typeof setInterval>;
  #isClosed = false;
  /** Since when the last thing that was tried does not succeed; null where it has. */
  #publishFailsSince: number | null = null;
  #probeFailsSince: number | null = null;
  #unconnectedSince: number | null = null;
  /** Whether the leader has said that it has lost most of the others. */
  #isMinority = false;
  #isProbing = false;
  #probedMs: number;
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
    this.#probedMs = performance.now();
    this.#probing = setInterval(() => this.#look(), hurriedIntervalMs);
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
    this.#isMinority = false;
    this.#judge();
  }

  /** See `LogWay.isReachable`. */
  isReachable(): boolean {
    const isWithin = (sinceMs: number | null, limitMs: number) =>
      sinceMs === null || performance.now() - sinceMs < limitMs;
    return !this.#isMinority && isWithin(this.#unconnectedSince, unconnectedMs) &&
      isWithin(this.#publishFailsSince, cutOffAfterMs) &&
      isWithin(this.#probeFailsSince, cutOffAfterMs);
  }

  /** See `LogWay.close`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#probing);
    await this.onClose();
    await this.keeper.close();
  }

  #look(): void {
    if (this.keeper.isConnected) this.#unconnectedSince = null;
    else this.#unconnectedSince ??= performance.now();
    this.#judge();
    const isWell = this.#publishFailsSince === null && this.#probeFailsSince === null &&
      this.#unconnectedSince === null && !this.#isMinority;
    const intervalMs = isWell ? probeIntervalMs : hurriedIntervalMs;
    if (!this.#isProbing && performance.now() - this.#probedMs >= intervalMs) void this.#probe();
  }

  async #probe(): Promise<void> {
    this.#isProbing = true;
    try {
      const found = await firstAnswer((waitMs) => this.keeper.find(waitMs));
      const order = found?.order ?? "led";
      this.#isMinority = order === "minority";
      if (order === "unled") this.#probeFailsSince ??= performance.now();
      else this.#probeFailsSince = null;
      if (found !== null && !this.#isClosed) this.onFound(found);
    } catch {
      if (!this.#isClosed) this.#probeFailsSince ??= performance.now();
    }
    this.#isProbing = false;
    this.#probedMs = performance.now();
    this.#judge();
  }

  #judge(): void {
    const isReachable = this.isReachable();
    if (isReachable === this.#wasReachable) return;
    this.#wasReachable = isReachable;
    this.onReachable(isReachable);
  }
}
