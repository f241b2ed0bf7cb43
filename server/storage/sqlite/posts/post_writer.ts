/**
 * Appends posts: one transaction for a whole batch.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { postChecksum } from "../file/checksum.ts";
import { integerOf, type TableRow, textColumn } from "../file/rows.ts";
import { type Appended, IdReusedError, type NewPost, StorageError } from "../../storage.ts";
import { WordIndex } from "../search/word_index.ts";
import { errorToSend, type SentError } from "../file/sent_error.ts";

/** What became of one post of a batch. */
export type Outcome = Appended | { readonly error: SentError };

/** Private conversations whose id and newest post are remembered. */
const rememberedMax = 20_000;

interface Conversation {
  readonly id: number;
  /** The room's id, or null for a private conversation. */
  readonly roomId: number | null;
  /** The sequence of its newest post, 0 if there is none. */
  last: number;
}

/** Writes posts through one connection. What it remembers of the database is valid only while nobody else writes. */
export class PostWriter {
  readonly #database: DatabaseSync;
  readonly #insertPost: StatementSync;
  readonly #findPost: StatementSync;
  readonly #findRoom: StatementSync;
  readonly #findPair: StatementSync;
  readonly #insertConversation: StatementSync;
  readonly #insertParticipant: StatementSync;
  readonly #saveLast: StatementSync;
  readonly #remembered = new Map<string, Conversation>();
  readonly #touched = new Set<Conversation>();
  readonly #words: WordIndex;
  #lastSequence: number;

  /** @param database The connection that writes, with the tables of schema.ts. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    const prepare = (sql: string) => database.prepare(sql);
    this.#insertPost = prepare(
      "INSERT INTO posts (sequence, conversation, previous, sender, recipient, id, time_ms, kind, " +
        "body, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id, sender) DO NOTHING",
    );
    this.#findPost = prepare(
      "SELECT sequence, conversation, time_ms, body FROM posts WHERE id = ? AND sender = ?",
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
    this.#words = new WordIndex(database);
    this.#lastSequence = lastSequenceOf(database);
  }

  /** The newest sequence, 0 if nothing was ever posted. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /**
   * Appends posts in one transaction, together with whatever else belongs to it.
   *
   * @param posts The posts, in their order.
   * @param alongside Further changes for the same transaction.
   * @throws Error of node:sqlite, if the transaction failed: then nothing of it was stored.
   * @returns What became of each post; a post that is refused does not harm the others.
   */
  appendBatch(posts: readonly NewPost[], alongside: () => void): Outcome[] {
    const before = this.#lastSequence;
    const unindexed = this.#words.save();
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const outcomes = posts.map((post) => this.#appendOne(post));
      for (const { id, last } of this.#touched) this.#saveLast.run(last, id);
      this.#words.update(this.#lastSequence);
      alongside();
      this.#database.exec("COMMIT");
      return outcomes;
    } catch (error) {
      this.#words.restore(unindexed);
      this.#undo(before);
      throw error;
    } finally {
      this.#touched.clear();
    }
  }

  #undo(lastSequence: number): void {
    this.#lastSequence = lastSequence;
    this.#remembered.clear();
    // SQLite has rolled back by itself after some errors.
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    try {
      // A commit whose sync failed may be in the WAL; overwritten now, it cannot come back after a crash.
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // The disk still refuses; the next commit overwrites the same place.
    }
  }

  #appendOne(post: NewPost): Outcome {
    const conversation = this.#conversationOf(post);
    if (conversation === null) {
      return {
        error: errorToSend(
          new StorageError("failed", "The post is for a room that does not exist."),
        ),
      };
    }
    const sequence = this.#lastSequence + 1;
    if (!this.#insert(post, conversation, sequence)) return this.#repeated(post, conversation);
    const { roomId } = conversation;
    if (roomId !== null) this.#words.add({ sequence, roomId, kind: post.kind, body: post.body });
    this.#lastSequence = sequence;
    conversation.last = sequence;
    this.#touched.add(conversation);
    return { sequence, timeMs: post.timeMs, repeated: false };
  }

  #insert(post: NewPost, conversation: Conversation, sequence: number): boolean {
    const { from, to, id, timeMs, kind, body } = post;
    const previous = conversation.last;
    const checksum = postChecksum({
      sequence,
      conversation: conversation.id,
      previous,
      from,
      to,
      id,
      timeMs,
      kind,
      body,
    });
    const result = this.#insertPost.run(
      sequence,
      conversation.id,
      previous,
      from,
      to,
      id,
      timeMs,
      kind,
      body,
      checksum,
    );
    return result.changes === 1;
  }

  #repeated(post: NewPost, conversation: Conversation): Outcome {
    const found: TableRow = this.#findPost.get(post.id, post.from) ?? {};
    const same = integerOf(found, "conversation") === conversation.id &&
      textColumn(found, "body") === post.body;
    if (!same) {
      return {
        error: errorToSend(
          new IdReusedError("This id was used for another post. Send it with a new id."),
        ),
      };
    }
    return {
      sequence: integerOf(found, "sequence"),
      timeMs: integerOf(found, "time_ms"),
      repeated: true,
    };
  }

  #conversationOf({ destination }: NewPost): Conversation | null {
    const name = "roomId" in destination
      ? String(destination.roomId)
      : JSON.stringify([...destination.between].sort());
    const remembered = this.#remembered.get(name);
    if (remembered !== undefined) return remembered;
    const found = "roomId" in destination
      ? this.#room(destination.roomId)
      : this.#pair(destination.between);
    if (found === null) return null;
    if (this.#remembered.size >= rememberedMax) this.#forget();
    this.#remembered.set(name, found);
    return found;
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

  #pair(between: readonly [string, string]): Conversation {
    const [first = "", second = ""] = [...between].sort();
    const found = this.#findPair.get(first, second);
    if (found !== undefined) {
      return { id: integerOf(found, "id"), roomId: null, last: integerOf(found, "last") };
    }
    const id = Number(this.#insertConversation.run(first, second).lastInsertRowid);
    this.#insertParticipant.run(first, id);
    this.#insertParticipant.run(second, id);
    return { id, roomId: null, last: 0 };
  }
}

function lastSequenceOf(database: DatabaseSync): number {
  const row = database.prepare(
    "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'posts'), 0), " +
      "coalesce((SELECT max(sequence) FROM posts), 0)) AS last",
  ).get();
  return integerOf(row ?? {}, "last");
}
