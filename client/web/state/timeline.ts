/**
 * The posts of one conversation that a page holds: never more than can be drawn at ease. What is older or newer is fetched when
 * somebody comes near its end.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { changesTarget } from "../../../protocol/content.ts";
import { pagePostsMax } from "../../../protocol/wire/limits.ts";
import type { RequestInputOf } from "../../../protocol/wire/requests.ts";
import type { ShownPage, ShownPost } from "../../core/e2e/message_view.ts";
import {
  annotated,
  folded,
  type FoldedPost,
  isChangedBy,
  targetAmong,
  unfolded,
} from "../../talk/folded_posts.ts";

/** Posts that are drawn at once. */
export const drawnPostsMax = 400;
/** Places that are made for new ones at once. */
const roomPosts = 100;
/** Posts that are fetched at once. */
const pageLimit = 60;
/** Changes that came lately are kept: a page that was asked for before may not have them. */
const recentChangesMax = 100;

/** Fetches a page of history. */
export type FetchPage = (query: RequestInputOf<"history">) => Promise<ShownPage>;

/** What is being fetched. */
export type Fetching = "newest" | "older" | "newer" | null;

/** The posts of one conversation. */
export class Timeline {
  /** In order, without gaps. */
  readonly posts = signal<readonly FoldedPost[]>([]);
  /** Whether there may be older ones. */
  readonly hasOlder = signal(true);
  /** Whether there are newer ones that are not here. */
  readonly hasNewer = signal(false);
  readonly fetching = signal<Fetching>(null);
  /** Whether the end is in sight: then what comes pushes the oldest out, else it waits to be fetched. */
  isFollowed = true;
  readonly #fetchPage: FetchPage;
  readonly #filter: { readonly room: string } | { readonly with: string };
  #isLoaded = false;
  /** Sequences of the oldest and the newest post that were fetched, drawn or not. */
  #oldest = Infinity;
  #newest = 0;
  #recentChanges: ShownPost[] = [];
  /** What has come since something is being fetched: a page may have been read before that was said. */
  #meanwhile: ShownPost[] = [];

  /**
   * @param title A room with its `#`, or a user.
   * @param fetchPage Fetches a page of history.
   */
  constructor(title: string, fetchPage: FetchPage) {
    this.#filter = title.startsWith("#") ? { room: title } : { with: title };
    this.#fetchPage = fetchPage;
  }

  /** Takes what has just come, in order. */
  take(arrived: readonly ShownPost[]): void {
    let posts = [...this.posts.value];
    for (const post of arrived) {
      if (changesTarget(post.kind)) {
        posts = this.#changed(posts, post);
        continue;
      }
      if (this.fetching.value && this.#meanwhile.length <= drawnPostsMax) {
        this.#meanwhile.push(post);
      }
      if (!this.hasNewer.value && post.sequence > (posts.at(-1)?.sequence ?? 0)) {
        const answered = post.target === undefined ? null : targetAmong(posts, post);
        posts.push(unfolded(post, answered));
        this.#newest = post.sequence;
        this.#oldest = Math.min(this.#oldest, post.sequence);
      }
    }
    this.posts.value = this.isFollowed ? this.#withoutOldest(posts) : this.#withoutNewest(posts);
  }

  /** Lets old ones go before they must, so that new ones soon have their places: whatever goes above moves all that is drawn. */
  makeRoom(): void {
    const posts = this.posts.value;
    const isFull = posts.length > drawnPostsMax - roomPosts / 2;
    if (this.isFollowed && isFull) {
      this.posts.value = this.#withoutOldest(posts, drawnPostsMax - roomPosts);
    }
  }

  /** Fetches the newest, where that was not done yet. @param count How many are wanted at the least. */
  async loadNewest(count = 0): Promise<void> {
    if (this.#isLoaded) return;
    await this.#fetch("newest", async () => {
      const limit = Math.min(pagePostsMax, Math.max(pageLimit, count));
      const page = await this.#fetchPage({ ...this.#filter, limit });
      this.hasNewer.value = false;
      this.hasOlder.value = page.more;
      this.#isLoaded = true;
      this.#oldest = Math.min(this.#oldest, page.posts[0]?.sequence ?? Infinity);
      this.#newest = Math.max(this.#newest, page.posts.at(-1)?.sequence ?? 0);
      this.posts.value = this.#withoutOldest(this.#merged(page));
    });
  }

  /** Goes back to the end. */
  async showEnd(): Promise<void> {
    this.isFollowed = true;
    if (!this.hasNewer.value) return;
    this.#forget();
    await this.loadNewest();
  }

  /** Fetches what is before the oldest. */
  async loadOlder(): Promise<void> {
    if (!this.hasOlder.value || !this.#isLoaded) return;
    await this.#fetch("older", async () => {
      const before = this.#oldest;
      const page = await this.#fetchPage({ ...this.#filter, before, limit: pageLimit });
      // What they stand before has made room meanwhile: there would be a gap.
      if (this.#oldest !== before) return;
      this.#oldest = page.posts[0]?.sequence ?? this.#oldest;
      this.hasOlder.value = page.more && page.posts.length > 0;
      this.posts.value = this.#withoutNewest(this.#merged(page));
    });
  }

  /** Fetches what is after the newest. */
  async loadNewer(): Promise<void> {
    if (!this.hasNewer.value) return;
    await this.#fetch("newer", async () => {
      const page = await this.#fetchPage({
        ...this.#filter,
        after: this.#newest,
        limit: pageLimit,
      });
      this.#newest = page.posts.at(-1)?.sequence ?? this.#newest;
      this.hasNewer.value = page.more && page.posts.length > 0;
      this.posts.value = this.#withoutOldest(this.#merged(page));
    });
  }

  /** Shows a post with what is around it. */
  async loadAround(sequence: number): Promise<void> {
    if (this.posts.value.some((post) => post.sequence === sequence)) return;
    await this.#fetch("older", async () => {
      const [before, after] = await Promise.all([
        this.#fetchPage({ ...this.#filter, before: sequence + 1, limit: pageLimit }),
        this.#fetchPage({ ...this.#filter, after: sequence, limit: pageLimit }),
      ]);
      this.#forget();
      this.#isLoaded = true;
      this.isFollowed = false;
      this.#oldest = before.posts[0]?.sequence ?? sequence;
      this.#newest = after.posts.at(-1)?.sequence ?? sequence;
      this.hasOlder.value = before.more;
      this.hasNewer.value = after.more;
      this.posts.value = this.#merged({
        posts: [...before.posts, ...after.posts],
        annotations: [...before.annotations, ...after.annotations],
      });
    });
  }

  #forget(): void {
    this.posts.value = [];
    this.#isLoaded = false;
    this.#oldest = Infinity;
    this.#newest = 0;
  }

  async #fetch(what: Fetching, act: () => Promise<void>): Promise<void> {
    if (this.fetching.value !== null) return;
    this.fetching.value = what;
    this.#meanwhile = [];
    try {
      await act();
    } finally {
      this.fetching.value = null;
    }
    const { length } = this.#meanwhile;
    if (this.hasNewer.value || length === 0) return;
    // A crowd that is faster than the server's answer is fetched, as all else that is not here.
    if (length > drawnPostsMax) this.hasNewer.value = true;
    else this.take(this.#meanwhile);
  }

  #changed(posts: FoldedPost[], change: ShownPost): FoldedPost[] {
    this.#recentChanges = [...this.#recentChanges, change].slice(-recentChangesMax);
    return posts.map((post) => isChangedBy(post, change) ? annotated(post, change) : post);
  }

  /** A page among the posts that are here, which have changed since, maybe. */
  #merged(page: Pick<ShownPage, "posts" | "annotations">): FoldedPost[] {
    const annotations = [...page.annotations, ...this.#recentChanges];
    const fetched = folded({ posts: page.posts, annotations })
      .filter(({ kind }) => !changesTarget(kind));
    const all = new Map([...fetched, ...this.posts.value].map((post) => [post.sequence, post]));
    return [...all.values()].sort((left, right) => left.sequence - right.sequence);
  }

  #withoutOldest(posts: readonly FoldedPost[], max = drawnPostsMax): readonly FoldedPost[] {
    if (posts.length <= max) return posts;
    this.hasOlder.value = true;
    const kept = posts.slice(-max);
    this.#oldest = kept[0]!.sequence;
    return kept;
  }

  #withoutNewest(posts: FoldedPost[]): FoldedPost[] {
    if (posts.length <= drawnPostsMax) return posts;
    this.hasNewer.value = true;
    const kept = posts.slice(0, drawnPostsMax);
    this.#newest = kept.at(-1)!.sequence;
    return kept;
  }
}
