/**
 * Searches the posts of rooms by words, newest first.
 *
 * The newest posts of the rooms are looked at one by one: that answers the search for a common word, and every search
 * in a small room. For the posts before those the full-text index is asked, shard by shard (search_text.ts).
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AnnotationReader } from "./annotation_reader.ts";
import { NearestPosts } from "./nearest_posts.ts";
import { damagedPost, PostRows, storedPost } from "./post_rows.ts";
import { integerOf } from "../file/rows.ts";
import { isSearchable } from "../../../../protocol/content.ts";
import { listHasWords, matchExpression, searchWords, shardOf } from "../search/search_text.ts";
import type { Page, SearchQuery } from "../../post_storage.ts";
import { WordLists } from "../search/word_lists.ts";

/** Posts that are looked at one by one before the index is asked, and as many again while they are not in the index yet. */
const newestPosts = 256;

/** Rooms that are worth a term each in the question to the index. With more, what is found is tried for its room. */
const roomTermsMax = 8;

/**
 * From this share of the newest posts on, rooms are not worth a term either: most of what is found is theirs, and the index
 * would go through all of their posts.
 */
const largeShare = 1 / 8;

/** Posts of a shard that are tried for their room before the index is asked with all of the rooms after all. */
const triedPostsMax = 1_000;

/** A search under way. */
interface Search {
  readonly roomIds: readonly number[];
  readonly words: readonly string[];
  /** How many posts are wanted: one more than the page has. */
  readonly wanted: number;
  /** Where the search has come to: posts from here on are done. */
  before: number;
  /** The rooms' share of the posts as far as they were looked at one by one. */
  share: number;
  /** The sequences found, newest first. */
  readonly found: number[];
}

/** Searches through one connection. */
export class SearchReader {
  readonly #nearest: NearestPosts;
  readonly #rows: PostRows;
  readonly #annotations: AnnotationReader;
  readonly #wordLists = new WordLists();
  readonly #match: StatementSync;
  readonly #rooms: StatementSync;
  readonly #conversation: StatementSync;
  readonly #indexed: StatementSync;

  /** @param database A connection that reads. */
  constructor(database: DatabaseSync) {
    this.#nearest = new NearestPosts(database);
    this.#rows = new PostRows(database);
    this.#annotations = new AnnotationReader(database);
    this.#match = database.prepare(
      "SELECT rowid AS sequence FROM words WHERE words MATCH ? AND rowid < ? " +
        "ORDER BY rowid DESC LIMIT ?",
    );
    this.#rooms = database.prepare(
      "SELECT id FROM rooms WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
    );
    this.#indexed = database.prepare("SELECT sequence FROM words_progress");
    this.#conversation = database.prepare("SELECT conversation FROM posts WHERE sequence = ?");
  }

  /**
   * Finds the newest posts with all of the words. To be called inside a transaction.
   *
   * @param query What is wanted; see the contract.
   * @throws StorageError `damaged`, naming the post that is not as it was written.
   * @returns The page.
   */
  search(query: SearchQuery): Page {
    const roomIds = this.#rooms.all(JSON.stringify(query.roomIds)).map((row) =>
      integerOf(row, "id")
    );
    const words = searchWords(query.words);
    if (roomIds.length === 0 || words.length === 0) {
      return { posts: [], annotations: [], more: false };
    }
    const before = query.before ?? Number.MAX_SAFE_INTEGER;
    const search: Search = { roomIds, words, wanted: query.limit + 1, before, share: 0, found: [] };
    const indexed = integerOf(this.#indexed.get() ?? {}, "sequence");
    let finished: boolean;
    do finished = this.#lookAtNewest(search); while (!finished && search.before > indexed + 1);
    if (!finished) this.#askIndex(search);
    return this.#page(search, query.limit);
  }

  /** Whether the search is finished by this. */
  #lookAtNewest(search: Search): boolean {
    const scope = { reader: null, roomIds: search.roomIds, privateWith: "none" };
    const range = { after: 0, before: search.before };
    const { sequences } = this.#nearest.find(scope, range, "newest first", newestPosts);
    const [newest = 0, oldest = 0] = [sequences[0], sequences.at(-1)];
    search.share = sequences.length / (newest - oldest + 1);
    for (const sequence of sequences) {
      if (listHasWords(this.#wordList(sequence), search.words)) search.found.push(sequence);
      if (search.found.length === search.wanted) return true;
      search.before = sequence;
    }
    return sequences.length < newestPosts;
  }

  /** What a sealed post says is not searched. */
  #wordList(sequence: number): string {
    const known = this.#wordLists.known(sequence);
    if (known !== undefined) return known;
    const { body, kind } = this.#rows.get(sequence);
    return this.#wordLists.of(sequence, isSearchable(kind) ? body : "");
  }

  #hasWords(sequence: number, body: string, words: readonly string[]): boolean {
    return listHasWords(this.#wordLists.of(sequence, body), words);
  }

  #askIndex(search: Search): void {
    const isTried = search.roomIds.length > roomTermsMax || search.share >= largeShare;
    for (let shard = shardOf(search.before - 1); shard >= 0; shard--) {
      const finished = isTried && this.#tryRooms(search, shard);
      if (!finished) this.#findInRooms(search, shard);
      if (search.found.length === search.wanted) return;
    }
  }

  /** Whether all of the shard was seen, or enough found. */
  #tryRooms(search: Search, shard: number): boolean {
    const rooms = new Set(search.roomIds);
    const expression = matchExpression(shard, [], search.words);
    let tried = 0;
    for (const row of this.#match.iterate(expression, search.before, triedPostsMax)) {
      tried++;
      const sequence = integerOf(row, "sequence");
      const post = this.#conversation.get(sequence);
      if (post === undefined) throw damagedPost(sequence, "it is missing");
      if (rooms.has(integerOf(post, "conversation"))) search.found.push(sequence);
      else if (search.share >= largeShare) this.#checkWords(sequence, search.words);
      if (search.found.length === search.wanted) return true;
      search.before = sequence;
    }
    return tried < triedPostsMax;
  }

  /** What is found in other rooms is not shown, but tells that the index is damaged. */
  #checkWords(sequence: number, words: readonly string[]): void {
    const { kind, body } = this.#rows.get(sequence);
    // What an older program has put into the index may not be all that this one takes out of it.
    if (kind === "retracted" || this.#hasWords(sequence, body, words)) return;
    throw damagedPost(sequence, "the index of words does not fit it");
  }

  #findInRooms(search: Search, shard: number): void {
    const expression = matchExpression(shard, search.roomIds, search.words);
    const rows = this.#match.all(expression, search.before, search.wanted - search.found.length);
    search.found.push(...rows.map((row) => integerOf(row, "sequence")));
  }

  #page({ roomIds, words, found }: Search, limit: number): Page {
    const read = this.#rows.page(found.slice(0, limit));
    // The words of one that was taken back may still be remembered here.
    const posts = read.filter(({ kind }) => kind !== "retracted");
    for (const { sequence, conversation, body } of posts) {
      if (!roomIds.includes(conversation) || !this.#hasWords(sequence, body, words)) {
        throw damagedPost(sequence, "the index of words does not fit it");
      }
    }
    return {
      posts: posts.reverse().map((post) => storedPost(post, true)),
      annotations: this.#annotations.of(posts, () => true),
      more: found.length > read.length,
    };
  }
}
