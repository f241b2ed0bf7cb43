/**
 * Looks for words in private messages. No server can: they are fetched, opened and read on this machine.
 *
 * @module
 */
import { pagePostsMax } from "../../protocol/wire/limits.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import { isPrivate } from "../core/e2e/message_view.ts";
import { folded, type FoldedPost } from "./folded_posts.ts";

/** How far a search is. */
export interface SearchProgress {
  /** Messages that were read. */
  readonly read: number;
  /** From 0 to 1: how much of it is done, as far as that can be told. */
  readonly part: number;
}

/** What was found, and where it was looked for. */
export interface FoundPrivately {
  /** The newest ones, oldest first. */
  readonly posts: readonly FoldedPost[];
  /** Whether there were more than were wanted. */
  readonly more: boolean;
  /** Conversations in which there was something. */
  readonly conversations: number;
  /** Messages that were read. */
  readonly read: number;
  /** Whether there was more to read than is read at once. */
  readonly isCut: boolean;
}

/** What is wanted. */
export interface PrivateSearch {
  readonly words: string;
  /** How many posts, at the most. */
  readonly limit: number;
  /** Messages that are read at the most. */
  readonly readMax: number;
  readonly onProgress: (progress: SearchProgress) => void;
  /** Ends it: what was found until then is given. */
  readonly signal?: AbortSignal;
}

/**
 * Looks through all private messages, from the newest one on.
 *
 * @param client The signed-in client.
 * @param wanted See {@linkcode PrivateSearch}.
 * @throws {ChatError} All of `history`.
 */
export async function searchPrivate(
  client: ChatClient,
  { words, limit, readMax, onProgress, signal }: PrivateSearch,
): Promise<FoundPrivately> {
  const wanted = wordsOf(words);
  const conversations = new Set<string>();
  const found: FoldedPost[] = [];
  let read = 0;
  let before: number | undefined;
  let newest: number | undefined;
  let more = true;
  while (more && read < readMax && signal?.aborted !== true) {
    const page = await client.history({
      private: true,
      limit: pagePostsMax,
      ...before === undefined ? {} : { before },
    });
    // Servers of before give posts of rooms, too.
    for (const post of page.posts.filter(isPrivate)) {
      read++;
      conversations.add(post.from === client.name ? post.to : post.from);
    }
    found.push(...folded(page).filter((post) => isPrivate(post) && hasAll(post, wanted)));
    more = page.more && page.posts.length > 0;
    before = page.posts[0]?.sequence;
    newest ??= page.posts.at(-1)?.sequence ?? 1;
    onProgress({ read, part: more ? 1 - before! / newest : 1 });
  }
  found.sort((left, right) => left.sequence - right.sequence);
  const posts = found.slice(-limit);
  return {
    posts,
    more: found.length > posts.length,
    conversations: conversations.size,
    read,
    isCut: more,
  };
}

/** Each wanted word begins one of the post's, as in the server's search of rooms. */
function hasAll({ message, kind }: FoldedPost, wanted: readonly string[]): boolean {
  if (wanted.length === 0 || kind === "reaction" || kind === "retraction") return false;
  const words = wordsOf(message.text ?? "");
  return wanted.every((one) => words.some((word) => word.startsWith(one)));
}

/** Letters and digits, without case and accents. */
function wordsOf(text: string): string[] {
  const simple = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return simple.match(/[\p{L}\p{N}]+/gu) ?? [];
}
