/**
 * Reads rows of posts, each with its checksum checked.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { pageBytesMax } from "../../../../protocol/wire/limits.ts";
import { postChecksum, type PostFields } from "../file/checksum.ts";
import { integerOf, type TableRow, textColumn } from "../file/rows.ts";
import { type PostKind, postKinds } from "../../../../protocol/wire/post_kinds.ts";
import type { StoredPost } from "../../post_storage.ts";
import { StorageError } from "../../storage_error.ts";

/** A post with what ties it to its conversation. */
export interface PostRow extends PostFields {
  readonly kind: PostKind;
}

/**
 * The error for a post that cannot be trusted.
 *
 * @param sequence The post's sequence.
 * @param what What is wrong with it.
 * @returns The error.
 */
export function damagedPost(sequence: number, what: string): StorageError {
  return new StorageError(
    "damaged",
    `The database is damaged at post ${sequence}: ${what}. ` +
      "Stop the server and restore the data folder from a backup.",
  );
}

const kinds: ReadonlySet<string> = new Set(postKinds);

function isKind(kind: string): kind is PostKind {
  return kinds.has(kind);
}

/**
 * Makes a post of a row, and checks its checksum.
 *
 * @param row All columns of `posts`.
 * @param sequence The sequence that was asked for.
 * @throws StorageError `damaged`, naming the sequence.
 * @returns The post.
 */
export function postOf(row: TableRow | undefined, sequence: number): PostRow {
  if (row === undefined) throw damagedPost(sequence, "it is missing");
  const post = {
    sequence: integerOf(row, "sequence"),
    conversation: integerOf(row, "conversation"),
    previous: integerOf(row, "previous"),
    from: textColumn(row, "sender"),
    to: textColumn(row, "recipient"),
    id: textColumn(row, "id"),
    timeMs: integerOf(row, "time_ms"),
    kind: textColumn(row, "kind"),
    body: textColumn(row, "body"),
    target: row["target"] === null ? null : integerOf(row, "target"),
  };
  const { kind } = post;
  if (postChecksum(post) !== integerOf(row, "checksum") || !isKind(kind)) {
    throw damagedPost(sequence, "its checksum is wrong");
  }
  return { ...post, kind };
}

/**
 * What a reader is given of a post.
 *
 * @param post The post.
 * @param isRoom Whether its conversation is a room.
 * @returns The post as the contract has it.
 */
export function storedPost(post: PostRow, isRoom: boolean): StoredPost {
  const { sequence, conversation, from, to, id, timeMs, kind, body, target } = post;
  const stored = {
    sequence,
    roomId: isRoom ? conversation : null,
    from,
    to,
    id,
    timeMs,
    kind,
    body,
  };
  return target === null || target === undefined ? stored : { ...stored, target };
}

const encoder = new TextEncoder();

/** Fetches posts by their sequence. */
export class PostRows {
  readonly #select: StatementSync;

  /** @param database The database. */
  constructor(database: DatabaseSync) {
    this.#select = database.prepare("SELECT * FROM posts WHERE sequence = ?");
  }

  /**
   * Fetches one post.
   *
   * @param sequence Its sequence.
   * @throws StorageError `damaged`, if it is not there or not as it was written.
   * @returns The post.
   */
  get(sequence: number): PostRow {
    return postOf(this.#select.get(sequence), sequence);
  }

  /**
   * Fetches posts until a page is full: `pageBytesMax` bytes of bodies end it early, after at least one post.
   *
   * @param sequences The posts wanted, in the order of reading.
   * @returns The posts in the same order; fewer, if the page is full.
   */
  page(sequences: readonly number[]): PostRow[] {
    const posts: PostRow[] = [];
    let bytes = 0;
    for (const sequence of sequences) {
      if (bytes >= pageBytesMax) break;
      const post = this.get(sequence);
      bytes += encoder.encode(post.body).length;
      posts.push(post);
    }
    return posts;
  }
}
