/**
 * Posts as they are now: with their latest text, what people think of them, and whether they were taken back.
 *
 * @module
 */
import { changesTarget } from "../../protocol/content.ts";
import { editsPerPostMax } from "../../protocol/wire/limits.ts";
import type { Annotation } from "../core/chat/annotation.ts";
import {
  isPrivate,
  type MessageView,
  type ShownPage,
  type ShownPost,
} from "../core/e2e/message_view.ts";

/** Reactions to one post that are kept, the newest: nobody reads more, and whoever wants to fill the memory sends them without end. */
export const reactionsMax = 200;

/** What somebody thinks of a post. */
export interface Reaction {
  /** The place of the reaction itself, by which it is taken back. */
  readonly sequence: number;
  readonly text: string;
  readonly from: string;
}

/** What its author has put in the place of a message. */
export interface Edit {
  /** The place of the edit itself, by which it is taken back. */
  readonly sequence: number;
  readonly message: MessageView;
}

/** A post as it is now: its message has the latest text. */
export interface FoldedPost extends ShownPost {
  /** What was said at first. */
  readonly first: MessageView;
  /** What its author has put in its place, the latest last. */
  readonly edits: readonly Edit[];
  /** What people think of it, in the order in which they said so: the newest `reactionsMax`. */
  readonly reactions: readonly Reaction[];
  /** What it answers, or is about, if that is known. */
  readonly answered: ShownPost | null;
}

/** A post that nothing was said about. */
export function unfolded(post: ShownPost, answered: ShownPost | null = null): FoldedPost {
  return { ...post, first: post.message, edits: [], reactions: [], answered };
}

/** Whether something that is said changes a post: it is about the post, or takes back what has changed it. */
export function isChangedBy(post: FoldedPost, annotation: ShownPost): boolean {
  const { kind, target } = annotation;
  if (!changesTarget(kind) || !mayChange(post, annotation)) return false;
  return [post, ...post.reactions, ...post.edits].some(({ sequence }) => sequence === target);
}

/**
 * What somebody has said something about.
 *
 * @param posts Posts that are known.
 * @param annotation What was said: about one of them, or about what somebody thinks of it.
 */
export function targetAmong(posts: Iterable<FoldedPost>, { target }: ShownPost): ShownPost | null {
  for (const post of posts) {
    if (post.sequence === target) return post;
    const reaction = post.reactions.find(({ sequence }) => sequence === target);
    if (reaction !== undefined) return { ...post, kind: "reaction", from: reaction.from };
    if (post.edits.some(({ sequence }) => sequence === target)) return { ...post, kind: "edit" };
  }
  return null;
}

/**
 * Whether something may change a post: it was said in the same conversation, and where the post was sealed it was, too. Otherwise a
 * server could put words of its own in the place of a sealed message. It can take one back: it can also leave it out.
 */
function mayChange(post: ShownPost, annotation: ShownPost): boolean {
  if (placeOf(post) !== placeOf(annotation)) return false;
  return annotation.kind === "retraction" || annotation.message.encrypted ||
    !post.message.encrypted;
}

/** A room, or both ends; no name has a space. */
function placeOf(post: ShownPost): string {
  return isPrivate(post) ? [post.from, post.to].sort().join(" ") : post.to;
}

/**
 * A post after something was said that changes it ({@linkcode isChangedBy}).
 *
 * @param post The post.
 * @param annotation What was said. An edit changes nothing where it is not its author's.
 */
export function annotated(post: FoldedPost, annotation: ShownPost): FoldedPost {
  const { kind, sequence, from, target, message } = annotation;
  if (post.kind === "retracted") return post;
  if (kind === "edit") {
    if (from !== post.from) return post;
    return withEdits(post, [...post.edits, { sequence, message }].slice(-editsPerPostMax));
  }
  if (kind === "reaction") {
    const reaction = { sequence, text: message.text ?? "", from };
    return { ...post, reactions: [...post.reactions, reaction].slice(-reactionsMax) };
  }
  if (target === post.sequence) {
    const message = { ...post.first, text: "" };
    return { ...post, kind: "retracted", reactions: [], edits: [], first: message, message };
  }
  const reactions = post.reactions.filter((one) => one.sequence !== target);
  return withEdits({ ...post, reactions }, post.edits.filter((one) => one.sequence !== target));
}

function withEdits(post: FoldedPost, edits: readonly Edit[]): FoldedPost {
  return { ...post, edits, message: edits.at(-1)?.message ?? post.first };
}

/**
 * The posts of a page as they are now. What changes a post of the page is in it, and not shown by itself; nor is what changed one
 * and was taken back.
 *
 * @param page The page; what is newer than it may be there twice.
 * @return The posts, oldest first.
 */
export function folded(
  { posts, annotations }: Pick<ShownPage, "posts" | "annotations">,
): FoldedPost[] {
  const all = new Map([...posts, ...annotations].map((post) => [post.sequence, post]));
  const inOrder = [...all.values()].sort((left, right) => left.sequence - right.sequence);
  const now = new Map<number, FoldedPost>();
  const gone = new Set<number>();
  for (const post of inOrder) {
    const about = post.target === undefined ? undefined : now.get(post.target);
    const target = about !== undefined && mayChange(about, post) ? about : undefined;
    // Only of what changes another post is the target known after it was taken back.
    if (post.kind === "retracted" && post.target !== undefined) gone.add(post.sequence);
    else if (!changesTarget(post.kind) || target === undefined) {
      if (!gone.has(post.target ?? 0)) now.set(post.sequence, unfolded(post, target));
    } else now.set(target.sequence, annotated(target, post));
  }
  const onPage = new Set(posts.map(({ sequence }) => sequence));
  return [...now.values()].filter(({ sequence }) => onPage.has(sequence)).map((post) => {
    const { answered } = post;
    return answered === null ? post : { ...post, answered: now.get(answered.sequence) ?? answered };
  });
}

/**
 * What a person says who reacts: the same once more takes it back.
 *
 * @param post The post.
 * @param ownName Who reacts.
 * @param text How.
 */
export function reactionTo(post: FoldedPost, ownName: string, text: string): Annotation {
  const before = post.reactions.find((one) => one.from === ownName && one.text === text);
  if (before !== undefined) return { kind: "retraction", target: before.sequence, text: "" };
  return { kind: "reaction", target: post.sequence, text };
}
