/**
 * Posts about other posts: whether one may be stored, and what taking a post back removes.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { maybeAbout } from "../../../../protocol/content.ts";
import { editsPerPostMax } from "../../../../protocol/wire/limits.ts";
import type { NewAnnotation } from "../../post_storage.ts";
import { postChecksum } from "../file/checksum.ts";
import { integerOf } from "../file/rows.ts";
import { postOf, type PostRow } from "./post_rows.ts";

/** Why a post about another one is not stored. */
export type AnnotationRefusal = "no_such_post" | "taken_back" | "not_yours" | "too_many_edits";

/** What an author may have put in the place of a post. */
const ofAuthor = "FROM posts WHERE target = ? AND sender = ? AND kind IN ('edit', 'sealed')";

/** Posts about other posts, through the connection that writes. */
export class AnnotationTables {
  readonly #find: StatementSync;
  readonly #edits: StatementSync;
  readonly #editCount: StatementSync;
  readonly #insert: StatementSync;
  readonly #blank: StatementSync;

  /** @param database The connection that writes. */
  constructor(database: DatabaseSync) {
    this.#find = database.prepare("SELECT * FROM posts WHERE sequence = ?");
    this.#edits = database.prepare(`SELECT * ${ofAuthor}`);
    this.#editCount = database.prepare(
      `SELECT count(*) AS count FROM (SELECT 1 ${ofAuthor} LIMIT ${editsPerPostMax})`,
    );
    this.#insert = database.prepare(
      "INSERT INTO posts (sequence, conversation, previous, sender, recipient, id, time_ms, kind, body, checksum, target) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#blank = database.prepare(
      "UPDATE posts SET kind = ?, body = ?, target = ?, checksum = ? WHERE sequence = ?",
    );
  }

  /**
   * Why something may not be said about a post; null where it may.
   *
   * @param annotation What is said.
   * @param conversation The conversation in which it is said.
   */
  refusal(annotation: NewAnnotation, conversation: number): AnnotationRefusal | null {
    const { kind, from, target, asModerator } = annotation;
    const row = this.#find.get(target);
    if (row === undefined) return "no_such_post";
    const post = postOf(row, target);
    if (post.conversation !== conversation) return "no_such_post";
    if (post.kind === "retracted") return "taken_back";
    if (kind === "sealed") {
      return post.kind === "sealed" ? this.#tooManyBy(from, target) : "no_such_post";
    }
    if (!maybeAbout(kind, post.kind)) return "no_such_post";
    if (kind === "reply" || kind === "reaction") return null;
    if (kind === "edit") return post.from === from ? this.#tooManyBy(from, target) : "not_yours";
    return post.from === from || asModerator ? null : "not_yours";
  }

  #tooManyBy(from: string, target: number): AnnotationRefusal | null {
    const count = integerOf(this.#editCount.get(target, from) ?? {}, "count");
    return count < editsPerPostMax ? null : "too_many_edits";
  }

  /**
   * Stores a post about another one.
   *
   * @param annotation The post.
   * @param place Where it stands.
   */
  insert(
    annotation: NewAnnotation,
    place: { readonly sequence: number; readonly conversation: number; readonly previous: number },
  ): void {
    const { sequence, conversation, previous } = place;
    const { from, to, id, timeMs, kind, body, target } = annotation;
    const checksum = postChecksum({ ...place, from, to, id, timeMs, kind, body, target });
    this.#insert.run(
      ...[sequence, conversation, previous, from, to, id, timeMs, kind, body, checksum, target],
    );
  }

  /**
   * What has to go where a post is taken back: itself, and what its author has put in its place.
   *
   * @param target Its sequence.
   */
  withEdits(target: number): PostRow[] {
    const post = postOf(this.#find.get(target), target);
    const edits = this.#edits.all(target, post.from);
    return [post, ...edits.map((row) => postOf(row, integerOf(row, "sequence")))];
  }

  /** Takes the text out of a post. What it was about stays known only where it has changed that. */
  blank(post: PostRow): void {
    const target = post.kind === "reply" ? null : post.target ?? null;
    const blank = { ...post, kind: "retracted", body: "", target };
    this.#blank.run(blank.kind, blank.body, target, postChecksum(blank), blank.sequence);
  }
}
