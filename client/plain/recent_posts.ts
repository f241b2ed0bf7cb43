/**
 * The posts that were shown lately: what can be answered, changed and reacted to.
 *
 * @module
 */
import { changesTarget } from "../../protocol/content.ts";
import { isPrivate, type ShownPost } from "../core/e2e/message_view.ts";
import {
  annotated,
  type FoldedPost,
  isChangedBy,
  targetAmong,
  unfolded,
} from "../talk/folded_posts.ts";

/** Posts that are kept, of all conversations together. */
const postsMax = 1_000;

/** A post with the conversation in which it was said: a room, or the other end. */
export interface PlacedPost {
  readonly place: string;
  readonly post: FoldedPost;
}

/** Keeps posts. */
export class RecentPosts {
  readonly #posts = new Map<number, FoldedPost>();

  /** What something is said about; null where that is not kept, or nothing. */
  targetOf(post: ShownPost): ShownPost | null {
    return post.target === undefined ? null : targetAmong(this.#posts.values(), post);
  }

  /**
   * Those of a conversation, oldest first.
   *
   * @param place A room, or the other end.
   * @param ownName Whose conversations they are.
   */
  of(place: string, ownName: string): FoldedPost[] {
    const kept = [...this.#posts.values()].filter((post) => placeOf(post, ownName) === place);
    return kept.sort((left, right) => left.sequence - right.sequence);
  }

  /** Those of all conversations, oldest first. */
  get all(): FoldedPost[] {
    return [...this.#posts.values()].sort((left, right) => left.sequence - right.sequence);
  }

  /** The post of a whole number, of any conversation. */
  withNumber(number: number): FoldedPost | undefined {
    return this.#posts.get(number);
  }

  /** Private messages whose numbers end so, each with the other end, newest first. */
  private(number: string, ownName: string): PlacedPost[] {
    const found = [...this.#posts.values()].filter((post) =>
      isPrivate(post) && String(post.sequence).endsWith(number)
    );
    return found.sort((left, right) => right.sequence - left.sequence)
      .map((post) => ({ place: placeOf(post, ownName), post }));
  }

  /** A post has come, or was changed. */
  take(post: ShownPost): void {
    if (!changesTarget(post.kind)) return this.keep(unfolded(post, this.targetOf(post)));
    const changed = this.#posts.values().find((one) => isChangedBy(one, post));
    if (changed !== undefined) this.#posts.set(changed.sequence, annotated(changed, post));
  }

  /** A post of the history was shown. */
  keep(post: FoldedPost): void {
    if (changesTarget(post.kind)) return;
    this.#posts.set(post.sequence, post);
    if (this.#posts.size > postsMax) this.#posts.delete(this.#posts.keys().next().value!);
  }
}

function placeOf(post: FoldedPost, ownName: string): string {
  return isPrivate(post) && post.to === ownName ? post.from : post.to;
}
