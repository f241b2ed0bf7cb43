/**
 * Where somebody was named in rooms.
 *
 * @module
 */
import { pagePostsMax } from "../../protocol/wire/limits.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import { folded, type FoldedPost } from "./folded_posts.ts";
import { mentionPattern, mentions } from "./mentions.ts";

/** Pages that are asked for at the most: a name may also be a word that everybody uses. */
const pagesMax = 10;

/**
 * Fetches the newest posts in which others have named this account.
 *
 * @param client The signed-in client.
 * @param limit How many, at the most.
 * @return The oldest first.
 */
export async function ownMentions(client: ChatClient, limit: number): Promise<FoldedPost[]> {
  const pattern = mentionPattern(client.name);
  const found: FoldedPost[] = [];
  let before: number | undefined;
  for (let page = 0; page < pagesMax && found.length < limit; page++) {
    const { posts, annotations, more } = await client.search({
      words: client.name,
      limit: pagePostsMax,
      ...before === undefined ? {} : { before },
    });
    const named = folded({ posts, annotations }).filter(({ from, message }) =>
      from !== client.name && mentions(message.text ?? "", pattern)
    );
    found.unshift(...named);
    before = posts[0]?.sequence;
    if (!more || before === undefined) break;
  }
  return found.slice(-limit);
}
