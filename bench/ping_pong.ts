/**
 * Pairs that answer each other for a while, whatever wire they speak.
 *
 * @module
 */
import { percentile } from "./rows.ts";

/** What came of it. */
export interface PingPongResult {
  readonly seconds: number;
  /** How many times were noted. */
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How long everyone is left in peace before it begins. */
const quietMs = 1_000;

/** One run of all pairs. */
export class PingPong {
  /** Whether a message is to be answered. */
  running = false;
  readonly #times: number[] = [];

  /** A message, or a message and its answer, took so long. */
  note(tookMs: number): void {
    this.#times.push(tookMs);
  }

  /**
   * Starts all pairs at once and lets them go on for a while.
   *
   * @param starts What sends the first message of each pair.
   * @param seconds For how long.
   */
  async run(starts: readonly (() => void)[], seconds: number): Promise<PingPongResult> {
    await sleep(quietMs);
    this.running = true;
    const startMs = performance.now();
    for (const start of starts) start();
    await sleep(seconds * 1000);
    this.running = false;
    const sorted = Float64Array.from(this.#times).sort();
    return {
      seconds: (performance.now() - startMs) / 1000,
      count: sorted.length,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
    };
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
