/**
 * Servers of a cluster count together what anyone may do: each tells the others what was taken from its allowances and how often a
 * password was tried, and takes what they tell. Without that somebody who turns to all of them could do so many times as much.
 *
 * It is told some times a second. What is done on several servers within that time may be more than is allowed; it is owed, and comes
 * off what is allowed later: in the long run nobody gets more.
 *
 * @module
 */
import type { SharedCount } from "../common/token_bucket.ts";
import type { Spent, Whisper, Whispers } from "../storage/whispers.ts";

/** How long what was taken waits to be told together. */
const tellAfterMs = 200;

/** So much is told at once: below a hundred kilobytes. More is told sooner, and nothing is left out. */
const spentMax = 500;

/** Tokens are told in thousandths. */
const partsPerToken = 1_000;

/** What counts, and the clock by which it does. */
export interface Counting {
  readonly counts: ReadonlyMap<string, SharedCount>;
  /** Milliseconds on a clock that only goes forward. */
  nowMs(): number;
}

interface Taken {
  readonly group: string;
  tokens: number;
}

/** Counts together with other servers. */
export class SharedCounts {
  readonly #whispers: Whispers;
  readonly #run = crypto.randomUUID();
  readonly #byName = new Map<string, { readonly count: SharedCount; nowMs(): number }>();
  /** What was taken and not told, by the name of the count and by key. */
  readonly #untold = new Map<string, Map<string, Taken>>();
  readonly #unhear: () => void;
  #size = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Begins to count together.
   *
   * @param whispers Where the servers whisper.
   * @param countings What is counted; the names of the counts differ.
   */
  constructor(whispers: Whispers, countings: readonly Counting[]) {
    this.#whispers = whispers;
    for (const counting of countings) {
      for (const [name, count] of counting.counts) {
        this.#byName.set(name, { count, nowMs: () => counting.nowMs() });
        const taken = new Map<string, Taken>();
        this.#untold.set(name, taken);
        count.onTake = (key, group, tokens) => this.#note(taken, { key, group, tokens });
      }
    }
    this.#unhear = whispers.hear((whisper) => this.#hear(whisper));
  }

  /** Ends it: from then on this server counts by itself. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#unhear();
    for (const { count } of this.#byName.values()) count.onTake = null;
  }

  #note(
    taken: Map<string, Taken>,
    { key, group, tokens }: { key: string; group: string; tokens: number },
  ): void {
    const known = taken.get(key);
    if (known !== undefined) {
      known.tokens += tokens;
      return;
    }
    taken.set(key, { group, tokens });
    if (++this.#size >= spentMax) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), tellAfterMs);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#size = 0;
    const spent: Spent[] = [];
    for (const [name, taken] of this.#untold) {
      for (const [key, { group, tokens }] of taken) {
        const told = Math.round(tokens * partsPerToken) / partsPerToken;
        // What was taken and given back in between.
        if (told !== 0) spent.push([name, key, group, told]);
      }
      taken.clear();
    }
    if (spent.length > 0) this.#whispers.tell({ type: "spent", run: this.#run, spent });
  }

  #hear(whisper: Whisper): void {
    if (whisper.type !== "spent" || whisper.run === this.#run) return;
    for (const [name, key, group, tokens] of whisper.spent) {
      const found = this.#byName.get(name);
      // Of a newer program, perhaps.
      if (found !== undefined) found.count.takeElsewhere(key, group, found.nowMs(), tokens);
    }
  }
}
