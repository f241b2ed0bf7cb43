/**
 * Reads what was said about the posts of a page later than the page: it would be shown as it was first said otherwise.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { pageAnnotationsMax, pageBytesMax } from "../../../../protocol/wire/limits.ts";
import { integerOf } from "../file/rows.ts";
import { postOf, type PostRow, storedPost } from "./post_rows.ts";
import type { StoredPost } from "../../post_storage.ts";

const encoder = new TextEncoder();

/** Reads edits and reactions through one connection. */
export class AnnotationReader {
  readonly #newest: StatementSync;

  /** @param database A connection that reads. */
  constructor(database: DatabaseSync) {
    this.#newest = database.prepare(
      "SELECT * FROM posts WHERE target = ? AND sequence > ? AND kind IN ('edit', 'reaction', 'sealed') " +
        `ORDER BY sequence DESC LIMIT ${pageAnnotationsMax}`,
    );
  }

  /**
   * The edits and reactions of posts that are not in their page themselves. To be called inside a transaction.
   *
   * @param posts The page, oldest first.
   * @param isRoom Whether a conversation is a room.
   * @throws StorageError `damaged`, naming the post that is not as it was written.
   * @returns At most `pageAnnotationsMax` posts and about `pageBytesMax` bytes, the newest ones; oldest first.
   */
  of(posts: readonly PostRow[], isRoom: (conversation: number) => boolean): StoredPost[] {
    const onPage = new Set(posts.map(({ sequence }) => sequence));
    const found = posts.flatMap((post) =>
      this.#newest.all(post.sequence, post.sequence)
        .map((row) => postOf(row, integerOf(row, "sequence")))
        .filter(({ sequence, conversation }) =>
          conversation === post.conversation && !onPage.has(sequence)
        )
    );
    found.sort((left, right) => right.sequence - left.sequence);
    const taken: StoredPost[] = [];
    let bytes = 0;
    for (const post of found.slice(0, pageAnnotationsMax)) {
      bytes += encoder.encode(post.body).length;
      if (bytes > pageBytesMax) break;
      taken.push(storedPost(post, isRoom(post.conversation)));
    }
    return taken.reverse();
  }
}
