/**
 * Which earlier post a person means.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import type { AnnotationKind, PostKind } from "../../protocol/wire/post_kinds.ts";
import { maybeAbout } from "../../protocol/content.ts";
import type { Spelling } from "./remark_text.ts";

/** A post that can be meant. */
export interface Referable {
  readonly sequence: number;
  readonly from: string;
  readonly kind: PostKind;
}

/** What was typed, read. */
export interface Reference<Post extends Referable> {
  readonly post: Post;
  /** The rest of what was typed. */
  readonly text: string;
}

const numberPattern = /^#?(\d{1,15})$/;

/**
 * Reads what was typed after the name of a command: maybe a number, or somebody's name, and then a text.
 *
 * @param typed What was typed.
 * @param posts The posts of the conversation that are known here, oldest first.
 * @param options `kind`: what is to be said about it; `ownName`: who says it; `mentionsOwn`: which posts are for this person.
 * @return The newest post with that number or by that person. Where neither was typed: for an edit and a retraction the newest of one's own;
 * otherwise the newest that mentions one, or else the newest of somebody else.
 * @throws {ChatError} `not_found`.
 */
export function readReference<Post extends Referable>(
  typed: string,
  posts: readonly Post[],
  { kind, ownName, mentionsOwn, spell }: {
    readonly kind: AnnotationKind;
    readonly ownName: string;
    readonly mentionsOwn: (post: Post) => boolean;
    readonly spell: Spelling;
  },
): Reference<Post> {
  const possible = posts.filter((post) => maybeAbout(kind, post.kind)).reverse();
  const [, word = "", rest = ""] = /^(\S*)\s*(.*)$/su.exec(typed) ?? [];
  const number = numberPattern.exec(word)?.[1];
  if (number !== undefined && (rest !== "" || kind === "retraction")) {
    const post = possible.find(({ sequence }) => String(sequence).endsWith(number));
    if (post !== undefined) return { post, text: rest };
    throw new ChatError(
      "not_found",
      `No message here has the number ${number}. ${spell("numbers")} shows them.`,
    );
  }
  const isOwn = kind === "edit" || kind === "retraction";
  const byName = word.replace(/^@/, "").replace(/[:,]$/, "").toLowerCase();
  const named = possible.find(({ from }) => from.toLowerCase() === byName);
  if (!isOwn && named !== undefined && rest !== "") return { post: named, text: rest };
  const others = possible.filter(({ from }) => from !== ownName);
  const meant = isOwn
    ? possible.find(({ from }) => from === ownName)
    : others.find(mentionsOwn) ?? others[0];
  if (meant !== undefined) return { post: meant, text: typed };
  const whose = isOwn ? "of yours" : "of somebody else";
  throw new ChatError("not_found", `There is no message ${whose} here yet.`);
}
