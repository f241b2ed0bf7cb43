/**
 * Appends posts within a transaction, which may hold many.
 *
 * @module
 */

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { OutcomeOf } from "../../commands.ts";
import { postChecksum } from "../file/checksum.ts";
import type { NewAnnotation, NewPost } from "../../post_storage.ts";
import type { PostRow } from "./post_rows.ts";
import { AnnotationTables } from "./annotation_tables.ts";
import { integerOf, type TableRow, textColumn } from "../file/rows.ts";
import { ConversationIndex } from "./conversation_index.ts";
import { WordIndex, type WordIndexState } from "../search/word_index.ts";

/** Private conversations whose id and newest post are remembered. */
const rememberedMax = 20_000;

/** Posts that one statement inserts: beside its rows, each statement costs as much as some posts. */
const statementPosts = 16;

const columns =
  "sequence, conversation, previous, sender, recipient, id, time_ms, kind, body, checksum";
const columnCount = 10;

/** Inserts so many posts; those whose ids are there already are left out. */
function insertSql(posts: number): string {
  const row = `(${Array(columnCount).fill("?").join(", ")})`;
  const rows = Array(posts).fill(row).join(", ");
  return `INSERT INTO posts (${columns}) VALUES ${rows} ON CONFLICT (id, sender) DO NOTHING`;
}

/** Posts were taken for new ones, and one of them is not: the transaction is to be made anew, one post after the other. */
export class PostRepeated extends Error {
  override readonly name = "PostRepeated";
}

type Pair = readonly [string, string];

interface Conversation {
  readonly id: number;
  /** The room's id, or null for a private conversation. */
  readonly roomId: number | null;
  /** The sequence of its newest post, 0 if there is none. */
  last: number;
}

/** What a transaction that fails goes back to. */
interface State {
  readonly lastSequence: number;
  readonly words: WordIndexState;
  readonly entered: number;
}

/** Writes posts through one connection. What it remembers of the database is valid only while nobody else writes. */
export class PostWriter {
  readonly #database: DatabaseSync;
  readonly #insertPost: StatementSync;
  readonly #insertPosts: StatementSync;
  readonly #findPost: StatementSync;
  readonly #findRoom: StatementSync;
  readonly #findPair: StatementSync;
  readonly #insertConversation: StatementSync;
  readonly #insertParticipant: StatementSync;
  readonly #saveLast: StatementSync;
  readonly #remembered = new Map<string, Conversation>();
  readonly #touched = new Set<Conversation>();
  readonly #annotations: AnnotationTables;
  readonly #words: WordIndex;
  readonly #places: ConversationIndex;
  /** The columns of posts that are not inserted yet: see {@linkcode PostWriter.begin}. */
  #rows: SQLInputValue[] = [];
  #oneByOne = false;
  #tookBack = false;
  #lastSequence: number;
  /** What a transaction that fails goes back to. */
  #before: State;

  /** @param database The connection that writes, with the tables of schema.ts. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    const prepare = (sql: string) => database.prepare(sql);
    this.#insertPost = prepare(insertSql(1));
    this.#insertPosts = prepare(insertSql(statementPosts));
    this.#findPost = prepare(
      "SELECT sequence, conversation, time_ms, kind, body FROM posts WHERE id = ? AND sender = ?",
    );
    this.#findRoom = prepare(
      "SELECT last FROM rooms JOIN conversations USING (id) WHERE id = ?",
    );
    this.#findPair = prepare("SELECT id, last FROM conversations WHERE first = ? AND second = ?");
    this.#insertConversation = prepare(
      "INSERT INTO conversations (first, second, last) VALUES (?, ?, 0)",
    );
    this.#insertParticipant = prepare(
      "INSERT INTO participants (key, conversation) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#saveLast = prepare("UPDATE conversations SET last = ? WHERE id = ?");
    this.#annotations = new AnnotationTables(database);
    this.#words = new WordIndex(database);
    this.#places = new ConversationIndex(database);
    this.#lastSequence = lastSequenceOf(database);
    this.#before = this.#state();
  }

  #state(): State {
    const { entered } = this.#places;
    return { lastSequence: this.#lastSequence, words: this.#words.save(), entered };
  }

  /** The newest sequence, 0 if nothing was ever posted. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Whether something was taken back in the transaction under way, or the last one. */
  get tookBack(): boolean {
    return this.#tookBack;
  }

  /**
   * A transaction begins.
   *
   * @param oneByOne Whether each post is inserted at once. Otherwise many are by one statement, and that they are new, as `append`
   * says, turns out to be true or not later: see {@linkcode PostRepeated}.
   */
  begin(oneByOne: boolean): void {
    this.#before = this.#state();
    this.#oneByOne = oneByOne;
    this.#tookBack = false;
  }

  /**
   * Appends a post in the transaction under way.
   *
   * @param post The post.
   * @throws PostRepeated, if one of those before it was not new; not where they are inserted one by one.
   * @returns What became of it.
   */
  append(post: NewPost): OutcomeOf<"post"> {
    const conversation = this.#conversationOf(post);
    if (typeof conversation === "string") return { refused: conversation };
    const sequence = this.#lastSequence + 1;
    this.#addRow(post, conversation, sequence);
    if (this.#oneByOne && !this.#insertOne()) return this.#repeated(post, conversation);
    const { roomId } = conversation;
    if (roomId !== null) this.#words.add({ sequence, roomId, kind: post.kind, body: post.body });
    this.#lastSequence = sequence;
    conversation.last = sequence;
    this.#touched.add(conversation);
    if (this.#rows.length === statementPosts * columnCount) this.#insertRows();
    return { refused: null, repeated: false, sequence, timeMs: post.timeMs };
  }

  /**
   * Appends a post about an earlier one, in the transaction under way.
   *
   * @param annotation The post.
   * @throws PostRepeated: see {@linkcode PostWriter.append}.
   * @returns What became of it.
   */
  annotate(annotation: NewAnnotation): OutcomeOf<"annotation"> {
    this.#insertRows();
    const { destination } = annotation;
    // A conversation that nobody has written in has nothing that something could be said about.
    const isEmpty = "between" in destination &&
      this.#findPair.get(...sorted(destination.between)) === undefined;
    if (isEmpty) return { refused: "no_such_post" };
    const conversation = this.#conversationOf(annotation);
    if (typeof conversation === "string") return { refused: conversation };
    if (this.#findPost.get(annotation.id, annotation.from) !== undefined) {
      return this.#repeated(annotation, conversation);
    }
    const refused = this.#annotations.refusal(annotation, conversation.id);
    if (refused !== null) return { refused };
    const { id, roomId, last: previous } = conversation;
    const { kind, body, timeMs, target } = annotation;
    const gone = kind === "retraction" ? this.#annotations.withEdits(target) : [];
    const sequence = this.#lastSequence + 1;
    this.#annotations.insert(annotation, { sequence, conversation: id, previous });
    if (roomId !== null) this.#words.add({ sequence, roomId, kind, body });
    this.#lastSequence = sequence;
    conversation.last = sequence;
    this.#touched.add(conversation);
    for (const post of gone) this.#takeBack(post, roomId);
    return { refused: null, repeated: false, sequence, timeMs };
  }

  #takeBack(post: PostRow, roomId: number | null): void {
    this.#tookBack = true;
    this.#annotations.blank(post);
    if (roomId !== null) this.#words.remove({ ...post, roomId });
  }

  /**
   * Writes what belongs to all posts of the transaction; to be called before it is committed.
   *
   * @throws PostRepeated: see {@linkcode PostWriter.append}.
   */
  finish(): void {
    this.#insertRows();
    for (const { id, last } of this.#touched) this.#saveLast.run(last, id);
    this.#touched.clear();
    this.#words.update(this.#lastSequence);
    this.#places.update(this.#lastSequence);
  }

  /** The transaction was rolled back. */
  undo(): void {
    this.#words.restore(this.#before.words);
    this.#places.restore(this.#before.entered);
    this.#lastSequence = this.#before.lastSequence;
    this.#rows = [];
    this.#touched.clear();
    this.#remembered.clear();
  }

  /** A commit has failed, and its transaction was rolled back. */
  overwriteFailed(): void {
    try {
      // A commit whose sync failed may be in the WAL; overwritten now, it cannot come back after a crash.
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // The disk still refuses; the next commit overwrites the same place.
    }
  }

  #addRow(
    post: NewPost,
    { id: conversation, last: previous }: Conversation,
    sequence: number,
  ): void {
    const { from, to, id, timeMs, kind, body } = post;
    const fields = { sequence, conversation, previous, from, to, id, timeMs, kind, body };
    const checksum = postChecksum(fields);
    this.#rows.push(sequence, conversation, previous, from, to, id, timeMs, kind, body, checksum);
  }

  /** Whether the one post that waits is new. */
  #insertOne(): boolean {
    const { changes } = this.#insertPost.run(...this.#rows);
    this.#rows = [];
    return changes === 1;
  }

  #insertRows(): void {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    if (rows.length === statementPosts * columnCount) {
      if (this.#insertPosts.run(...rows).changes !== statementPosts) throw new PostRepeated();
      return;
    }
    for (let at = 0; at < rows.length; at += columnCount) {
      const { changes } = this.#insertPost.run(...rows.slice(at, at + columnCount));
      if (changes !== 1) throw new PostRepeated();
    }
  }

  #repeated(post: NewPost, conversation: Conversation): OutcomeOf<"post"> {
    const found: TableRow = this.#findPost.get(post.id, post.from) ?? {};
    // What was taken back may be asked for again by a client that never heard that it was stored.
    const sameBody = textColumn(found, "body") === post.body ||
      textColumn(found, "kind") === "retracted";
    const same = integerOf(found, "conversation") === conversation.id && sameBody;
    if (!same) return { refused: "id_reused" };
    return {
      refused: null,
      repeated: true,
      sequence: integerOf(found, "sequence"),
      timeMs: integerOf(found, "time_ms"),
    };
  }

  /** The conversation that a post belongs to, which its first post makes; or why there is none. */
  #conversationOf(post: NewPost): Conversation | "no_such_room" | "id_reused" {
    const { destination } = post;
    const name = "roomId" in destination
      ? String(destination.roomId)
      : JSON.stringify(sorted(destination.between));
    const remembered = this.#remembered.get(name);
    if (remembered !== undefined) return remembered;
    const conversation = "roomId" in destination
      ? this.#room(destination.roomId) ?? "no_such_room"
      : this.#pair(destination.between, post);
    if (typeof conversation === "string") return conversation;
    if (this.#remembered.size >= rememberedMax) this.#forget();
    this.#remembered.set(name, conversation);
    return conversation;
  }

  /** Those of the transaction under way must stay: their newest post is not in the database yet. */
  #forget(): void {
    for (const [name, conversation] of this.#remembered) {
      if (!this.#touched.has(conversation)) this.#remembered.delete(name);
    }
  }

  #room(id: number): Conversation | null {
    const found = this.#findRoom.get(id);
    return found === undefined ? null : { id, roomId: id, last: integerOf(found, "last") };
  }

  #pair(between: Pair, { id: postId, from }: NewPost): Conversation | "id_reused" {
    const [first, second] = sorted(between);
    const found = this.#findPair.get(first, second);
    if (found !== undefined) {
      return { id: integerOf(found, "id"), roomId: null, last: integerOf(found, "last") };
    }
    // A post that is refused must leave no conversation behind.
    this.#insertRows();
    if (this.#findPost.get(postId, from) !== undefined) return "id_reused";
    const id = Number(this.#insertConversation.run(first, second).lastInsertRowid);
    this.#insertParticipant.run(first, id);
    this.#insertParticipant.run(second, id);
    return { id, roomId: null, last: 0 };
  }
}

function sorted([one, other]: Pair): Pair {
  return one < other ? [one, other] : [other, one];
}

/**
 * Not what AUTOINCREMENT has noted: a post that is refused or repeated moves that on too, so that the next sequence would depend on
 * whether the server was restarted before it.
 */
function lastSequenceOf(database: DatabaseSync): number {
  const row = database.prepare(
    "SELECT max(coalesce((SELECT max(last) FROM conversations), 0), " +
      "coalesce((SELECT max(sequence) FROM posts), 0)) AS last",
  ).get();
  return integerOf(row ?? {}, "last");
}
