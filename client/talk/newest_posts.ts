/**
 * The newest posts, fetched page by page.
 *
 * @module
 */
import { pagePostsMax } from "../../protocol/wire/limits.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ChatClient, ShownPage, ShownPost } from "../core/chat/chat_client.ts";
import type { Spelling } from "./remark_text.ts";

/** Which posts are wanted. */
export interface NewestPosts {
  /** Of one room or with one user; all where neither is given. */
  readonly filter: { readonly room?: string; readonly with?: string };
  /** How many, at the least. */
  readonly count: number;
  /** All after this one, however many. */
  readonly after?: number;
  /** How many at the most. */
  readonly countMax: number;
}

/**
 * Fetches the newest posts, as far as there are any.
 *
 * @param client The signed-in client.
 * @param wanted See {@linkcode NewestPosts}.
 * @return The oldest first, and whether there are older ones.
 */
export async function newestPosts(client: ChatClient, wanted: NewestPosts): Promise<ShownPage> {
  const { filter, count, after = Infinity, countMax } = wanted;
  let posts: ShownPost[] = [];
  const annotations: ShownPost[] = [];
  for (;;) {
    const before = posts[0]?.sequence;
    const missedMore = before !== undefined && before > after + 1;
    const left = Math.min(missedMore ? countMax : count, countMax) - posts.length;
    const page = await client.history({
      ...filter,
      ...(before === undefined ? {} : { before }),
      limit: Math.max(1, Math.min(pagePostsMax, left)),
    });
    annotations.push(...page.annotations);
    posts = [...page.posts, ...posts];
    const enough = posts.length >= count && (posts[0]?.sequence ?? 0) <= after + 1;
    // An empty page that says that there is more would be asked for again for ever.
    const isLast = !page.more || page.posts.length === 0;
    if (isLast || enough || posts.length >= countMax) {
      return { posts, annotations, more: page.more };
    }
  }
}

/**
 * What is said where there are older posts.
 *
 * @param filter As it was asked for.
 * @param count How many are shown.
 * @param spell How commands are written where it is shown.
 */
export function olderPostsText(
  { room, with: user }: NewestPosts["filter"],
  count: number,
  spell: Spelling,
): string {
  const which = [room ?? user ?? [], count * 2].flat().join(" ");
  return `There is more: ${safeText(spell("ch", which))} shows it.`;
}
