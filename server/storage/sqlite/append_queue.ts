/**
 * Group commit: what comes in one turn of the event loop, or while a commit is under way, shares the next one.
 *
 * 1. Posts are committed in the order of the calls.
 * 2. One commit is under way at a time, of at most `batchPostsMax` posts or `batchBytesMax` bytes of bodies.
 * 3. A commit that fails rejects all of its posts, and the next commit is tried all the same.
 * 4. At most `waitingPostsMax` posts wait; more are refused at once.
 *
 * @module
 */

import type { ReadPositionTable } from "./tables/account_tables.ts";
import type { Outcome } from "./posts/post_writer.ts";
import { type Appended, type NewPost, StorageError } from "../storage.ts";
import { errorReceived } from "./file/sent_error.ts";

const batchPostsMax = 1_000;
const batchBytesMax = 4 * 1024 * 1024;
const waitingPostsMax = 100_000;

/** Bytes of bodies that may wait. */
const waitingBytesMax = 256 * 1024 * 1024;

/** Accounts whose read position may wait to be saved. */
const waitingPositionsMax = 100_000;

/** How long a read position may wait for a commit to share, in milliseconds, before it gets its own. */
const positionsDelayMs = 500;

/** Commits posts and read positions in one transaction, and says what became of each post. */
export type Commit = (
  posts: readonly NewPost[],
  positions: ReadPositionTable,
) => Promise<Outcome[]>;

interface Waiting {
  readonly post: NewPost;
  readonly bytes: number;
  resolve(appended: Appended): void;
  reject(error: unknown): void;
}

/** The queue toward the writer. */
export class AppendQueue {
  readonly #commit: Commit;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #positions = new Map<string, number>();
  #underWay: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #finished = false;

  /** @param commit Called with one batch after the other. */
  constructor(commit: Commit) {
    this.#commit = commit;
  }

  /**
   * Appends a post with one of the next commits.
   *
   * @param post The post.
   * @returns What became of it, once that is on the disk. Rejected with a StorageError `full` if too many wait.
   */
  append(post: NewPost): Promise<Appended> {
    const bytes = post.body.length * 2;
    if (
      this.#waiting.length >= waitingPostsMax || this.#waitingBytes + bytes > waitingBytesMax
    ) {
      return Promise.reject(
        new StorageError("full", "Too many posts wait for the disk. Try again in a moment."),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ post, bytes, resolve, reject });
      this.#waitingBytes += bytes;
      this.#start();
    });
  }

  /**
   * Saves read positions with one of the next commits.
   *
   * @param positions The positions by folded name.
   * @throws StorageError `full`, if too many accounts wait.
   */
  savePositions(positions: Iterable<readonly [string, number]>): void {
    for (const [nameKey, sequence] of positions) {
      const waiting = this.#positions.get(nameKey);
      if (waiting === undefined && this.#positions.size >= waitingPositionsMax) {
        throw new StorageError("full", "Too many read positions wait for the disk.");
      }
      this.#positions.set(nameKey, Math.max(waiting ?? 0, sequence));
    }
    this.#startLater();
  }

  /**
   * The position of an account that waits to be saved.
   *
   * @param nameKey The folded name.
   * @returns The sequence, 0 if none waits.
   */
  waitingPosition(nameKey: string): number {
    return this.#positions.get(nameKey) ?? 0;
  }

  /** Commits all that waits. Read positions are tried once more at most. */
  async finish(): Promise<void> {
    this.#finished = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#start();
    // What came while that was under way.
    await this.#start();
  }

  #startLater(): void {
    if (this.#finished || this.#positions.size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#start();
    }, positionsDelayMs);
  }

  #start(): Promise<void> {
    return this.#underWay ??= this.#run().finally(() => {
      this.#underWay = undefined;
      // A post may have come after the last look at the queue, and before this.
      if (this.#waiting.length > 0) this.#start();
      else this.#startLater();
    });
  }

  async #run(): Promise<void> {
    // What all sockets have brought by now shares the first commit: a commit for one post keeps the others waiting.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#waiting.length === 0 && this.#positions.size === 0) return;
    do await this.#commitOnce(); while (this.#waiting.length > 0);
  }

  async #commitOnce(): Promise<void> {
    const batch = this.#takeBatch();
    const positions = [...this.#positions];
    try {
      const outcomes = await this.#commit(batch.map(({ post }) => post), positions);
      this.#forgetSaved(positions);
      batch.forEach((waiting, index) => settle(waiting, outcomes[index]));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      bytes += waiting.bytes;
      if (count === batchPostsMax || (count > 0 && bytes > batchBytesMax)) break;
      count++;
    }
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const waiting of batch) this.#waitingBytes -= waiting.bytes;
    return batch;
  }

  /** A position that has grown meanwhile waits on. */
  #forgetSaved(positions: ReadPositionTable): void {
    for (const [nameKey, sequence] of positions) {
      if (this.#positions.get(nameKey) === sequence) this.#positions.delete(nameKey);
    }
  }
}

function settle(waiting: Waiting, outcome: Outcome | undefined): void {
  if (outcome === undefined) throw new Error("the writer must answer for every post");
  if ("error" in outcome) waiting.reject(errorReceived(outcome.error));
  else waiting.resolve(outcome);
}
