/**
 * What an interface shows of a post: its text, and how far it is protected.
 *
 * @module
 */
import { fileSentence } from "../../../protocol/files/file_content.ts";
import type { Post } from "../../../protocol/wire/fields.ts";
import type { PostKind } from "../../../protocol/wire/post_kinds.ts";
import type { Remark } from "../link/client_error.ts";

/** How a post is to be shown. Its text is not safe for a terminal yet. */
export interface MessageView {
  /** What it says; null where it cannot be opened, and then `problem` says why. */
  readonly text: string | null;
  /** Whether it was end-to-end encrypted. A private message without this could be read by the server, and made up by it: say so. */
  readonly encrypted: boolean;
  /** Whether it is encrypted and the person has verified the peer's key. */
  readonly verified: boolean;
  /** What the person must be told with this post; null where all is well. */
  readonly problem: Remark | null;
  /** What a post of the kind `file` says (protocol/files/file_content.ts): by it the file is fetched. */
  readonly file?: string;
}

/** What a post says: of one that brings a file a sentence, and beside it what it says in full. */
export function saidOf(kind: PostKind, body: string): Pick<MessageView, "text" | "file"> {
  return kind === "file" ? { text: fileSentence(body), file: body } : { text: body };
}

/**
 * A post with its view. Its `body` is what travelled: show `message.text`. Where it was sealed, kind and target are those of what was
 * sealed; it is of kind `sealed` only where it could not be opened.
 */
export type ShownPost = Post & {
  readonly message: MessageView;
  /** The id of the post that it is about, where it was sealed: another one with the same sequence is not meant. */
  readonly targetId?: string;
};

/** A page of posts, the oldest first. Of private ones only such annotations are known as this client has seen before. */
export interface ShownPage {
  readonly posts: ShownPost[];
  /** Edits and reactions of these posts that are newer than the page, oldest first. */
  readonly annotations: ShownPost[];
  /** Whether there are more in the direction that was asked for. */
  readonly more: boolean;
}

/** Whether a post is a private message. */
export function isPrivate(post: Pick<Post, "to">): boolean {
  return !post.to.startsWith("#");
}

/** The view of a post that everyone can read who gets it. */
export function readableView(post: Post): MessageView {
  return { ...saidOf(post.kind, post.body), encrypted: false, verified: false, problem: null };
}

/** A post that everyone can read who gets it, with its view. */
export function readable(post: Post): ShownPost {
  return { ...post, message: readableView(post) };
}

/** A message that cannot be shown. What a server says that it is about counts for nothing. */
export function closed({ target: _, ...post }: Post, problem: Remark): ShownPost {
  return { ...post, message: { text: null, encrypted: true, verified: false, problem } };
}
