/**
 * How long to wait before the next try: exponential, with full jitter, so that a thousand clients that lost one server do
 * not come back in step.
 *
 * @module
 */

/** The first wait is at most this long. */
const baseMs = 500;
/** No wait is longer than this. */
const maxMs = 30_000;

/**
 * The wait before a try.
 *
 * @param attempt 0 for the first.
 * @param random A number from 0 up to 1.
 * @return Milliseconds: from 0 to `min(30 s, 0.5 s · 2^attempt)`.
 */
export function backoffMs(attempt: number, random: () => number): number {
  return random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 16));
}
