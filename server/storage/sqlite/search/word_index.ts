/**
 * Fills the full-text index, some posts behind the log.
 *
 * FTS5 writes several pages for each commit, however few posts it has. So posts are put into it together, as soon as
 * `unindexedPostsMax` are waiting, in the transaction that stores the last of them. A search does not miss those that
 * wait: it looks at them one by one (search_reader.ts). Where people write in private only, the
 * few that wait are put into it after `unseenPostsMax` posts of any kind: a start reads all posts that the index has not seen.
 *
 * FTS5 also merges what it has written again and again, by itself some hundred pages at a time: a commit would take a
 * tenth of a second now and then. Here it merges a few pages with each commit (schema.ts sets `automerge` to 0).
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { integerOf, type TableRow, textColumn } from "../file/rows.ts";
import { indexTerms, indexText } from "./search_text.ts";
import { isSearchable } from "../../../../protocol/content.ts";
import type { PostKind } from "../../../../protocol/wire/post_kinds.ts";

/** Posts of rooms that are not in the index yet; fewer than this wait after each commit. */
export const unindexedPostsMax = 1_024;

/** Posts, private ones too, that the index has not seen; fewer than this are read again by a start. */
export const unseenPostsMax = 4_096;

/**
 * Pages to merge for each new post. 1,024 posts fill about 100 pages; each of them is merged again once for every factor
 * of eight (`usermerge`) between 1,024 posts and all posts: four to five times at 10 million.
 */
const mergedPagesPerPost = 0.5;

/** Pages that are merged at a time: fewer would cost more than they do. */
const mergedPagesMin = 16;

/** A post of a room. */
export interface RoomPost {
  readonly sequence: number;
  readonly roomId: number;
  readonly kind: PostKind;
  readonly body: string;
}

/**
 * The newest sequence that the index has seen.
 *
 * @param database The database.
 * @returns The sequence; every post of a room up to it is in the index, if it can be searched.
 */
export function indexedUpTo(database: DatabaseSync): number {
  return integerOf(database.prepare("SELECT sequence FROM words_progress").get() ?? {}, "sequence");
}

/** What a transaction that fails must give back. */
export interface WordIndexState {
  readonly waiting: readonly RoomPost[];
  readonly seen: number;
}

/** The index's writing side. What waits is in memory only; after a restart it is read from the posts. */
export class WordIndex {
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #merge: StatementSync;
  readonly #saveProgress: StatementSync;
  #waiting: RoomPost[];
  /** The newest sequence that the index has seen. */
  #seen: number;
  #pagesToMerge = 0;

  /** @param database The connection that writes. */
  constructor(database: DatabaseSync) {
    // One statement for all that waits: by itself, a statement costs as much as putting in a post.
    this.#insert = database.prepare(
      "INSERT INTO words (rowid, text) SELECT CAST(key AS INTEGER), value FROM json_each(?)",
    );
    this.#delete = database.prepare(
      "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)",
    );
    this.#merge = database.prepare("INSERT INTO words (words, rank) VALUES ('merge', ?)");
    this.#saveProgress = database.prepare("UPDATE words_progress SET sequence = ?");
    this.#seen = indexedUpTo(database);
    const rows = database.prepare(
      "SELECT sequence, conversation, kind, body FROM posts JOIN rooms ON rooms.id = conversation " +
        "WHERE sequence > ? ORDER BY sequence",
    ).all(this.#seen);
    this.#waiting = rows.map(roomPostOf);
  }

  /**
   * Takes a post that has been stored in the transaction under way.
   *
   * @param post The post, newer than all before.
   */
  add(post: RoomPost): void {
    this.#waiting.push(post);
    this.#pagesToMerge += mergedPagesPerPost;
  }

  /**
   * Puts what waits into the index, if it is much or has waited for long, and merges. To be called before the transaction
   * is committed.
   *
   * @param lastSequence The newest post, of whatever kind.
   */
  update(lastSequence: number): void {
    const isMuch = this.#waiting.length >= unindexedPostsMax;
    if (isMuch || lastSequence - this.#seen >= unseenPostsMax) this.#fill(lastSequence);
    if (this.#pagesToMerge < mergedPagesMin) return;
    this.#merge.run(Math.floor(this.#pagesToMerge));
    this.#pagesToMerge = 0;
  }

  /**
   * Forgets the words of a post, in the transaction under way.
   *
   * @param post The post, as it was.
   */
  remove({ sequence, roomId, kind, body }: RoomPost): void {
    if (sequence > this.#seen) {
      this.#waiting = this.#waiting.filter((waiting) => waiting.sequence !== sequence);
    } else if (isSearchable(kind)) {
      this.#delete.run(sequence, indexTerms(sequence, roomId, body).join(" "));
    }
  }

  #fill(lastSequence: number): void {
    const rows: string[] = [];
    for (const { sequence, roomId, kind, body } of this.#waiting) {
      // JSON without a look at the text: terms are letters, digits and marks.
      if (isSearchable(kind)) rows.push(`"${sequence}":"${indexText(sequence, roomId, body)}"`);
    }
    this.#insert.run(`{${rows.join(",")}}`);
    this.#saveProgress.run(lastSequence);
    this.#seen = lastSequence;
    this.#waiting = [];
  }

  /** How far it is, to be given back to {@linkcode WordIndex.restore} if the transaction fails. */
  save(): WordIndexState {
    return { waiting: [...this.#waiting], seen: this.#seen };
  }

  /** Goes back to what {@linkcode WordIndex.save} returned. */
  restore({ waiting, seen }: WordIndexState): void {
    this.#waiting = [...waiting];
    this.#seen = seen;
  }
}

function roomPostOf(row: TableRow): RoomPost {
  return {
    sequence: integerOf(row, "sequence"),
    roomId: integerOf(row, "conversation"),
    // The row's checksum was not looked at: what has another kind than those that are known has no words that count.
    kind: textColumn(row, "kind") as PostKind,
    body: textColumn(row, "body"),
  };
}
