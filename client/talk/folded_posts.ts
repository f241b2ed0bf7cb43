/**
 * Posts as they are now: with their latest text, what people think of them, and whether they were taken back.
 *
 * @module
 */
import { changesTarget } from "../../protocol/content.ts";
import { editsPerPostMax } from "../../protocol/wire/limits.ts";
import type { Annotation, TakenBack } from "../core/chat/annotation.ts";
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
  /** The place and the id of the reaction itself, by which it is taken back. */
  readonly sequence: number;
  readonly id: string;
  readonly text: string;
  readonly from: string;
}

/** What its author has put in the place of a message. */
export interface Edit {
  /** The place and the id of the edit itself, by which it is taken back. */
  readonly sequence: number;
  readonly id: string;
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
  if (!changesTarget(annotation.kind) || !mayChange(post, annotation)) return false;
  return [post, ...post.reactions, ...post.edits].some((one) => isAbout(annotation, one));
}

/** Whether something was said about this very post, reaction or edit. In private its author has sealed the id of what is meant. */
function isAbout(
  { target, targetId }: ShownPost,
  one: { readonly sequence: number; readonly id: string },
): boolean {
  return one.sequence === target && (targetId === undefined || targetId === one.id);
}

/**
 * What somebody has said something about.
 *
 * @param posts Posts that are known.
 * @param annotation What was said: about one of them, or about what somebody thinks of it.
 */
export function targetAmong(
  posts: Iterable<FoldedPost>,
  annotation: ShownPost,
): ShownPost | null {
  for (const post of posts) {
    if (isAbout(annotation, post)) return post;
    const reaction = post.reactions.find((one) => isAbout(annotation, one));
    if (reaction !== undefined) return { ...post, kind: "reaction", from: reaction.from };
    if (post.edits.some((one) => isAbout(annotation, one))) return { ...post, kind: "edit" };
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
 * @param annotation What was said. An edit changes nothing where it is not its author's, nor does a retraction in private: there no
 * moderator may do that.
 */
export function annotated(post: FoldedPost, annotation: ShownPost): FoldedPost {
  const { kind, sequence, id, from, message } = annotation;
  if (post.kind === "retracted") return post;
  // A server may bring the same a second time, in another place: its id is sealed with it.
  if (kind === "edit") {
    if (from !== post.from || post.edits.some((one) => one.id === id)) return post;
    return changedBy(post, [...post.edits, { sequence, id, message }].slice(-editsPerPostMax));
  }
  if (kind === "reaction") {
    if (post.reactions.some((one) => one.id === id && one.from === from)) return post;
    const reaction = { sequence, id, text: message.text ?? "", from };
    return { ...post, reactions: [...post.reactions, reaction].slice(-reactionsMax) };
  }
  const mayTakeBack = (author: string) => !isPrivate(post) || author === from;
  if (isAbout(annotation, post)) {
    if (!mayTakeBack(post.from)) return post;
    const message = { ...post.first, text: "" };
    const gone = { reactions: [], edits: [], answered: null, first: message, message };
    return { ...post, kind: "retracted", ...gone };
  }
  const reactions = post.reactions.filter((one) =>
    !isAbout(annotation, one) || !mayTakeBack(one.from)
  );
  if (!mayTakeBack(post.from)) return { ...post, reactions };
  return changedBy({ ...post, reactions }, post.edits.filter((one) => !isAbout(annotation, one)));
}

function changedBy(post: FoldedPost, edits: readonly Edit[]): FoldedPost {
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
  /** Which post has what was said about it, by the sequence of that. */
  const holders = new Map<number, number>();
  const gone = new Set<number>();
  for (const post of inOrder) {
    const about = now.get(holders.get(post.target ?? 0) ?? post.target ?? 0);
    // Of a message that was taken back it is not known any more what was said about it.
    const isMeant = about !== undefined && mayChange(about, post) &&
      (about.kind === "retracted" || targetAmong([about], post) !== null);
    // Only of what changes another post is the target known after it was taken back.
    if (post.kind === "retracted" && post.target !== undefined) gone.add(post.sequence);
    else if (!changesTarget(post.kind) || !isMeant) {
      const answered = isMeant ? about : null;
      if (!gone.has(post.target ?? 0)) now.set(post.sequence, unfolded(post, answered));
    } else {
      now.set(about.sequence, annotated(about, post));
      holders.set(post.sequence, about.sequence);
    }
  }
  const onPage = new Set(posts.map(({ sequence }) => sequence));
  return [...now.values()].filter(({ sequence }) => onPage.has(sequence)).map((post) => {
    const { answered } = post;
    return answered === null ? post : { ...post, answered: now.get(answered.sequence) ?? answered };
  });
}

/** A message that is to be taken back, with what has taken its place. */
export function withEdits({ sequence, edits }: FoldedPost): TakenBack {
  return { sequence, edits: edits.map((edit) => edit.sequence) };
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
  const about = ({ sequence, id }: { sequence: number; id: string }) => {
    return { target: sequence, targetId: id };
  };
  if (before !== undefined) return { kind: "retraction", ...about(before), text: "" };
  return { kind: "reaction", ...about(post), text };
}
