/**
 * Keeps peers from filling the log: what comes again and again from one network is counted, and told in the next line.
 *
 * @module
 */
import { siteOf } from "./address.ts";
import type { Logger } from "./log.ts";

/** How long lines of one kind are counted together. */
const intervalMs = 60_000;
/** Lines in that time about what strangers do: one says it, with how many there were. */
const strangerLinesMax = 1;
/** Lines in that time that name somebody, such as new accounts, or that tell of mistakes of ours: each says something new. */
const namedLinesMax = 100;
/** Kinds of lines and networks that are counted each by itself; all others share one count for each kind. */
const countsMax = 200;

/** The lines of one kind from one network. */
interface Count {
  readonly beganMs: number;
  written: number;
  leftOut: number;
}

/**
 * Makes a logger that counts lines with an `address` by its network: of each kind one a minute is written, or a hundred where
 * they have a `name` or `nick`, or are errors; the others at `debug`. Lines about no peer are all written.
 *
 * @param logger Where what is written goes.
 * @param nowMs Milliseconds on a clock that only goes forward.
 * @return The logger, for everything that peers can bring about.
 */
export function countedByNetwork(
  logger: Logger,
  nowMs: () => number = () => performance.now(),
): Logger {
  const counts = new LineCounts(nowMs);
  const counted = (level: "info" | "warn" | "error") => (message: string, properties = {}) => {
    const left = counts.take(level, message, properties);
    if (left === null) return logger.debug(message, properties);
    if (left === 0) return logger[level](message, properties);
    const text = `${message} (And {more} more of these from there since the last line.)`;
    logger[level](text, { ...properties, more: left });
  };
  return {
    debug: (message, properties) => logger.debug(message, properties),
    info: counted("info"),
    warn: counted("warn"),
    error: counted("error"),
  };
}

class LineCounts {
  readonly #nowMs: () => number;
  /** Those that began first stand first. */
  readonly #counts = new Map<string, Count>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @return How many lines were left out before this one, or null where it is left out, too. */
  take(level: string, message: string, properties: Record<string, unknown>): number | null {
    const { address } = properties;
    if (typeof address !== "string") return 0;
    const isNamed = level === "error" || "name" in properties || "nick" in properties;
    const count = this.#countOf(`${siteOf(address)}\n${message}`, `\n${message}`);
    const fits = count.written < (isNamed ? namedLinesMax : strangerLinesMax);
    if (!fits) {
      count.leftOut++;
      return null;
    }
    const { leftOut } = count;
    count.written++;
    count.leftOut = 0;
    return leftOut;
  }

  #countOf(key: string, sharedKey: string): Count {
    const found = this.#counts.get(key);
    const nowMs = this.#nowMs();
    if (found !== undefined && nowMs - found.beganMs < intervalMs) return found;
    this.#counts.delete(key);
    if (key !== sharedKey && this.#counts.size >= countsMax) {
      this.#forgetOld(nowMs);
      if (this.#counts.size >= countsMax) return this.#countOf(sharedKey, sharedKey);
    }
    const begun = { beganMs: nowMs, written: 0, leftOut: found?.leftOut ?? 0 };
    this.#counts.set(key, begun);
    return begun;
  }

  #forgetOld(nowMs: number): void {
    for (const [key, { beganMs }] of this.#counts) {
      if (nowMs - beganMs < intervalMs) return;
      this.#counts.delete(key);
    }
  }
}
