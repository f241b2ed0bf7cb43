/**
 * Shows how far long work has come: a bar on a terminal, a line now and then elsewhere, nothing where it is soon done.
 *
 * @module
 */
import { numberText } from "../../protocol/text/number_text.ts";
import type { OnProgress, Progress } from "../storage/progress.ts";

/** Work that takes less is not worth a word. */
const quietMs = 1_000;
/** How often there is a further line where there is no terminal. */
const lineIntervalMs = 10_000;
/** How often the bar changes. */
const tickIntervalMs = 200;
const barCharacters = 24;
const clearLine = "\r\x1b[K";

/** Where it is shown, and when. */
export interface ProgressLineOptions {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs: () => number;
}

/** The progress of one piece of work after the other. */
export class ProgressLine {
  readonly #options: ProgressLineOptions;
  readonly #beganMs: number;
  #progress: Progress | null = null;
  /** How far the present piece was when it was first told of, and when that was. */
  #first = { done: 0, atMs: 0 };
  #shownMs: number;
  #isBarShown = false;

  /** @param options See {@linkcode ProgressLineOptions}. */
  constructor(options: ProgressLineOptions) {
    this.#options = options;
    this.#beganMs = this.#shownMs = options.nowMs();
  }

  /** Work has come so far; what is shown changes with the next tick. */
  show(progress: Progress): void {
    if (progress.what !== this.#progress?.what) {
      this.#first = { done: progress.done, atMs: this.#options.nowMs() };
    }
    this.#progress = progress;
  }

  /** To be called some times a second. */
  tick(): void {
    const { isTerminal, nowMs, write } = this.#options;
    const now = nowMs();
    if (this.#progress === null || now - this.#beganMs < quietMs) return;
    if (!isTerminal && now - this.#shownMs < lineIntervalMs) return;
    this.#shownMs = now;
    const seconds = Math.max(0.001, (now - this.#first.atMs) / 1000);
    const perSecond = (this.#progress.done - this.#first.done) / seconds;
    const text = progressText(this.#progress, perSecond, isTerminal);
    write(isTerminal ? clearLine + text : `${text}\n`);
    this.#isBarShown = isTerminal;
  }

  /** The work is over: the terminal's line is free again. */
  end(): void {
    if (this.#isBarShown) this.#options.write(clearLine);
    this.#isBarShown = false;
  }
}

/**
 * Shows on standard error how far work is while it lasts.
 *
 * @param work Does it, and tells how far it is.
 * @returns What the work gives.
 */
export async function withProgress<T>(work: (onProgress: OnProgress) => Promise<T>): Promise<T> {
  const encoder = new TextEncoder();
  const line = new ProgressLine({
    write: (text) => Deno.stderr.writeSync(encoder.encode(text)),
    isTerminal: Deno.stderr.isTerminal(),
    nowMs: () => performance.now(),
  });
  const timer = setInterval(() => line.tick(), tickIntervalMs);
  try {
    return await work((progress) => line.show(progress));
  } finally {
    clearInterval(timer);
    line.end();
  }
}

function progressText(
  { what, done, total, unit }: Progress,
  perSecond: number,
  bar: boolean,
): string {
  if (total === 0) return `${what} …`;
  const share = Math.min(1, done / total);
  const parts = [`${Math.floor(share * 100)} %`];
  if (perSecond >= 1) {
    const rate = unit === undefined ? "/s" : ` ${unit}/s`;
    parts.push(`${numberText(Math.round(perSecond))}${rate}`, leftText((total - done) / perSecond));
  }
  const filled = Math.round(share * barCharacters);
  const drawn = bar ? ` [${"#".repeat(filled)}${".".repeat(barCharacters - filled)}]` : ":";
  return `${what}${drawn} ${parts.join(", ")}`;
}

function leftText(seconds: number): string {
  if (seconds < 1) return "less than a second left";
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds % 60);
  return minutes === 0 ? `${rest} s left` : `${minutes} min ${rest} s left`;
}
