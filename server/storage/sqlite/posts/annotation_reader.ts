/**
 * Reads what was said about the posts of a page later than the page: it would be shown as it was first said otherwise. However much was
 * said, no more is read than fits about.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { pageAnnotationsMax, pageBytesMax } from "../../../../protocol/wire/limits.ts";
import { integerOf, type TableRow } from "../file/rows.ts";
import { postOf, type PostRow, storedPost } from "./post_rows.ts";
import type { StoredPost } from "../../post_storage.ts";

const encoder = new TextEncoder();

/** How many are looked at of each post at first; of those that have the newest ones, twice as many each time. */
const firstLook = 8;

/** Reads edits and reactions through one connection. */
export class AnnotationReader {
  readonly #lastEdit: StatementSync;
  readonly #newest: StatementSync;
  readonly #post: StatementSync;

  /** @param database A connection that reads. */
  constructor(database: DatabaseSync) {
    this.#lastEdit = database.prepare(
      "SELECT sequence FROM posts WHERE target = ? AND kind = 'edit' ORDER BY sequence DESC LIMIT 1",
    );
    this.#newest = database.prepare(
      ["edit", "reaction", "sealed"].map((kind) =>
        `SELECT sequence FROM posts WHERE target = ?1 AND kind = '${kind}' AND sequence < ?2`
      ).join(" UNION ALL ") + " ORDER BY sequence DESC LIMIT ?3",
    );
    this.#post = database.prepare("SELECT * FROM posts WHERE sequence = ?");
  }

  /**
   * The edits and reactions of posts that are not in their page themselves. The last edit of each post comes before all else, so that
   * no number of others brings back what somebody has changed. To be called inside a transaction.
   *
   * @param posts The page, oldest first.
   * @param isRoom Whether a conversation is a room.
   * @throws StorageError `damaged`, naming the post that is not as it was written.
   * @returns At most `pageAnnotationsMax` posts and about `pageBytesMax` bytes, the newest ones; oldest first.
   */
  of(posts: readonly PostRow[], isRoom: (conversation: number) => boolean): StoredPost[] {
    const onPage = new Map(posts.map((post) => [post.sequence, post]));
    const edits = posts.flatMap((post) => sequencesOf(this.#lastEdit.all(post.sequence)));
    const wanted = new Set([...edits.sort(newestFirst), ...this.#newestOf(posts)]);
    const taken: StoredPost[] = [];
    let bytes = 0;
    for (const sequence of wanted) {
      if (onPage.has(sequence)) continue;
      if (taken.length === pageAnnotationsMax) break;
      const post = postOf(this.#post.get(sequence), sequence);
      if (onPage.get(post.target ?? 0)?.conversation !== post.conversation) continue;
      bytes += encoder.encode(post.body).length;
      if (bytes > pageBytesMax) break;
      taken.push(storedPost(post, isRoom(post.conversation)));
    }
    return taken.sort((left, right) => left.sequence - right.sequence);
  }

  /** The newest of all posts together; of a post that is not among those that have them, few are looked at. */
  #newestOf(posts: readonly PostRow[]): number[] {
    // Those on the page itself are found, too.
    const found = posts.length + pageAnnotationsMax;
    let newest: number[] = [];
    let looks = posts.map(({ sequence }) => ({
      target: sequence,
      before: Number.MAX_SAFE_INTEGER,
    }));
    for (let count = firstLook; looks.length > 0; count *= 2) {
      const next: typeof looks = [];
      for (const { target, before } of looks) {
        const sequences = sequencesOf(this.#newest.all(target, before, count));
        newest.push(...sequences);
        if (sequences.length === count) next.push({ target, before: sequences.at(-1)! });
      }
      newest = newest.sort(newestFirst).slice(0, found);
      const oldest = newest.length < found ? 0 : newest.at(-1)!;
      looks = next.filter(({ before }) => before > oldest);
    }
    return newest;
  }
}

function sequencesOf(rows: readonly TableRow[]): number[] {
  return rows.map((row) => integerOf(row, "sequence"));
}

function newestFirst(left: number, right: number): number {
  return right - left;
}
