/**
 * How the connection is, as the status line says it: up and how fast, silent, or lost and when it is tried again.
 *
 * @module
 */
import { RoundTrip } from "./round_trip.ts";
import type { ConnectionStatus } from "./status.ts";

/** How often the round trip is measured. */
const pingIntervalMs = 15_000;
/** How often the time until the next try is shown anew. */
const tickMs = 1_000;

/** How it goes on after a connection was lost; as of `ClientEvent`. */
export type Lost =
  | { readonly type: "moving" }
  /** `retryMs`: after how long it is tried again; `mayHurry`: whether that can be sooner. */
  | { readonly type: "offline"; readonly retryMs: number; readonly mayHurry: boolean };

/** What the state is followed with. */
export interface ConnectionStateOptions {
  /** Asks the server for a sign of life, and gives how long that took, in milliseconds. */
  readonly ping: () => Promise<number>;
  /** Makes the next try to connect at once. */
  readonly retryNow: () => void;
  /** Is called when there is something else to show. */
  readonly onChange: () => void;
  /** A clock that only goes forward, in milliseconds. */
  readonly nowMs?: () => number;
}

/** The connection of one session. */
export class ConnectionState {
  readonly #options: ConnectionStateOptions;
  readonly #nowMs: () => number;
  readonly #roundTrip: RoundTrip;
  #state: Exclude<ConnectionStatus["connection"], "signing in"> = "loading";
  #pingTimer: ReturnType<typeof setInterval> | null = null;
  /** When the next try is made, by the clock, while the connection is lost. */
  #retryAtMs = 0;
  #mayHurry = false;
  #tickTimer: ReturnType<typeof setInterval> | null = null;

  /** @param options See {@linkcode ConnectionStateOptions}. */
  constructor(options: ConnectionStateOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#roundTrip = new RoundTrip(options.ping, options.onChange);
  }

  /** What the status line shows of it. */
  get status(): ConnectionStatus {
    const { ms: roundTripMs, silenceSeconds } = this.#roundTrip;
    const leftMs = Math.max(0, this.#retryAtMs - this.#nowMs());
    return {
      connection: this.#state,
      roundTripMs,
      silenceSeconds,
      retry: { seconds: Math.ceil(leftMs / 1_000), mayHurry: this.#mayHurry },
    };
  }

  /** The connection is there. Resolves when it is known how fast it is. */
  async up(): Promise<void> {
    const wasLost = this.#state !== "loading";
    this.#state = "up";
    this.#endTicks();
    this.#pingTimer ??= setInterval(() => this.#roundTrip.measure(), pingIntervalMs);
    // Where that is no news, it is shown together with how fast it is.
    if (wasLost) this.#options.onChange();
    await this.#roundTrip.measure();
  }

  /** The connection is lost, or could not be made again; either another server is tried at once, or all of them after a wait. */
  down(lost: Lost): void {
    this.#state = lost.type === "moving" ? "moving" : "down";
    if (lost.type === "offline") {
      this.#retryAtMs = this.#nowMs() + lost.retryMs;
      this.#mayHurry = lost.mayHurry;
    }
    this.#tickTimer ??= setInterval(this.#options.onChange, tickMs);
    this.#options.onChange();
  }

  /** The person does not want to wait for the next try, where that is possible. */
  retryNow(): void {
    if (this.#state !== "down" || !this.#mayHurry) return;
    this.#retryAtMs = this.#nowMs();
    this.#options.retryNow();
    this.#options.onChange();
  }

  /** Ends all timers. */
  stop(): void {
    if (this.#pingTimer !== null) clearInterval(this.#pingTimer);
    this.#endTicks();
    this.#roundTrip.stop();
  }

  #endTicks(): void {
    if (this.#tickTimer !== null) clearInterval(this.#tickTimer);
    this.#tickTimer = null;
  }
}
