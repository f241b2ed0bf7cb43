/**
 * How much one user may post: so many posts a second, and so many bytes a day.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Rate } from "../common/rate.ts";

/** What a post takes on the disk beside its text: names, times, the index. */
const postBytes = 200;
const daySeconds = 24 * 3600;

/** What the wires ask before they post. */
export interface PostRate {
  /**
   * Takes a post from the allowance of a user.
   *
   * @param key A folded name; for guests, who change theirs as they like, their network.
   * @param body What is to be stored; left out where nothing is that stays.
   * @throws {ChatError} `slow_down`, with the time after which it is allowed.
   */
  take(key: string, body?: string): void;
}

/** What a server's rate of posts is made with. */
export interface PostRateOptions {
  /** How many posts a second in the long run; 0 means any number. */
  readonly postsPerSecond: number;
  /** How many bytes a day in the long run, and at once; at least the largest post, or 0 for any number. */
  readonly bytesPerDay: number;
  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs?: () => number;
}

/**
 * Makes a server's rate of posts.
 *
 * @param options See {@linkcode PostRateOptions}.
 */
export function makePostRate({ postsPerSecond, bytesPerDay, ...clock }: PostRateOptions): PostRate {
  const posts = new Rate({
    perSecond: postsPerSecond,
    burst: postsPerSecond * 10,
    message: "You are posting faster than this server allows. Wait a moment.",
    ...clock,
  });
  const bytes = new Rate({
    perSecond: bytesPerDay / daySeconds,
    burst: bytesPerDay,
    message:
      "You have posted as much as this server keeps from one user in a day. Try again later.",
    ...clock,
  });
  return {
    take(key, body) {
      posts.take(key);
      if (body === undefined || bytesPerDay === 0) return;
      bytes.takeMany(key, Buffer.byteLength(body) + postBytes);
    },
  };
}
