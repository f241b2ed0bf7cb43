/**
 * Reads pages of history, and notices when a post is missing in them.
 *
 * A damaged index could hide posts, and no checksum of a row would tell. Therefore each post names the one before it
 * in its conversation, the conversation names its last, and what is returned must fit together.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AnnotationReader } from "./annotation_reader.ts";
import { type Candidate, NearestPosts } from "./nearest_posts.ts";
import { ScannedPosts } from "./scanned_posts.ts";
import { damagedPost, type PostRow, PostRows, storedPost } from "./post_rows.ts";
import { privateListsFit } from "../tables/private_lists.ts";
import { integerOf } from "../file/rows.ts";
import { placeSql } from "./unentered_posts.ts";
import type { HistoryQuery, Page } from "../../post_storage.ts";
import { StorageError } from "../../storage_error.ts";

/** Reads history through one connection. */
export class HistoryReader {
  readonly #scanned: ScannedPosts;
  readonly #nearest: NearestPosts;
  readonly #rows: PostRows;
  readonly #annotations: AnnotationReader;
  readonly #following: StatementSync;
  readonly #last: StatementSync;
  readonly #database: DatabaseSync;
  #privateListsFit: boolean | undefined;

  /** @param database A connection that reads. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#scanned = new ScannedPosts(database);
    this.#nearest = new NearestPosts(database);
    this.#rows = new PostRows(database);
    this.#annotations = new AnnotationReader(database);
    this.#following = database.prepare(
      `SELECT previous FROM posts WHERE sequence = ${placeSql("min", "?1", "sequence >= ?2")}`,
    );
    this.#last = database.prepare("SELECT last FROM conversations WHERE id = ?");
  }

  /**
   * Reads one page. To be called inside a transaction, so that all of it sees one state.
   *
   * @param query What is wanted; see the contract.
   * @throws StorageError `damaged`, naming the post that is not as it was written or not where it belongs.
   * @returns The page.
   */
  history(query: HistoryQuery): Page {
    const range = { after: query.after ?? 0, before: query.before ?? Number.MAX_SAFE_INTEGER };
    const order = query.after === undefined ? "newest first" : "oldest first";
    if (query.reader !== null && query.privateWith !== "none") this.#checkPrivateLists();
    const wanted = query.limit + 1;
    // Worth a try where all conversations are asked for, from anywhere but the newest post, whose sequence is not known.
    const isScanned = query.privateWith === "all" && (query.before ?? query.after) !== undefined;
    const scanned = isScanned ? this.#scanned.find(query, range, order, wanted) : null;
    const { candidates, sequences } = scanned ??
      this.#nearest.find(query, range, order, wanted);
    const posts = this.#rows.page(sequences.slice(0, query.limit));
    const byConversation = Map.groupBy(posts, (post) => post.conversation);
    const rooms = new Set<number>();
    for (const candidate of candidates) {
      this.#checkChain(candidate, byConversation.get(candidate.conversation) ?? []);
      byConversation.delete(candidate.conversation);
      if (candidate.isRoom) rooms.add(candidate.conversation);
    }
    for (const [post] of byConversation.values()) {
      if (post !== undefined) throw damagedPost(post.sequence, "it is in another conversation");
    }
    posts.sort((left, right) => left.sequence - right.sequence);
    return {
      posts: posts.map((post) => storedPost(post, rooms.has(post.conversation))),
      annotations: this.#annotations.of(posts, (conversation) => rooms.has(conversation)),
      more: sequences.length > posts.length,
    };
  }

  /** A damaged list would hide a whole conversation. Looked at once, before the first private post is read. */
  #checkPrivateLists(): void {
    this.#privateListsFit ??= privateListsFit(this.#database);
    if (this.#privateListsFit) return;
    throw new StorageError(
      "damaged",
      "The database is damaged: the lists of private conversations do not fit the conversations. " +
        "Stop the server and restore the data folder from a backup.",
    );
  }

  /** The posts of one conversation that are in a page must follow one another without a gap. */
  #checkChain({ sequences, range }: Candidate, posts: readonly PostRow[]): void {
    const offered = sequences.toSorted((left, right) => left - right);
    const newest = Math.max(...posts.map(({ sequence }) => sequence));
    for (const post of posts) {
      const index = offered.indexOf(post.sequence);
      const complete = index > 0
        ? post.previous === offered[index - 1]
        : index === 0 && post.previous <= range.after;
      if (!complete) throw damagedPost(post.sequence, "the post before it is not found");
      if (post.sequence === newest) {
        // Its next post may be on the next page already.
        this.#checkFollowing(post, offered[index + 1] ?? range.before);
      }
    }
  }

  /** No post of the conversation may be hidden between this one and `before`. */
  #checkFollowing({ conversation, sequence }: PostRow, before: number): void {
    const following = this.#following.get(conversation, before);
    const expected = following === undefined
      ? integerOf(this.#last.get(conversation) ?? {}, "last")
      : integerOf(following, "previous");
    if (expected !== sequence) throw damagedPost(sequence, "the post after it is not found");
  }
}
