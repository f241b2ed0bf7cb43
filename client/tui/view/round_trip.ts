/**
 * How long the server takes to answer, and whether it answers at all.
 *
 * @module
 */

/** After so long without an answer that is said, and again after as long. */
const silenceStepSeconds = 5;

/** Measures the round trip. */
export class RoundTrip {
  /** The last round trip; null where the connection was lost meanwhile. */
  ms: number | null = null;
  readonly #ping: () => Promise<number>;
  readonly #onChange: () => void;
  /** Runs while an answer is waited for. */
  #timer: ReturnType<typeof setInterval> | null = null;
  #steps = 0;

  /**
   * @param ping Asks for a sign of life, and gives how long it took.
   * @param onChange Is called when there is something else to show.
   */
  constructor(ping: () => Promise<number>, onChange: () => void) {
    this.#ping = ping;
    this.#onChange = onChange;
  }

  /** For how long an answer has been waited for; null as long as that is not worth mentioning. */
  get silenceSeconds(): number | null {
    return this.#steps === 0 ? null : this.#steps * silenceStepSeconds;
  }

  /** Measures once. A question that has no answer yet says more than a new one. */
  async measure(): Promise<void> {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => {
      this.#steps++;
      this.#onChange();
    }, silenceStepSeconds * 1_000);
    this.ms = await this.#ping().catch(() => null);
    this.stop();
    this.#onChange();
  }

  /** Ends the timer. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#steps = 0;
  }
}
