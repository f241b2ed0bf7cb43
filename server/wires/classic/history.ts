/**
 * History as a classic client gets it: one line a message, the oldest first, and a last one that ends it.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  classicBodyBytesMax,
  classicHistoryPostsMax,
  pagePostsMax,
} from "../../../protocol/wire/limits.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { Chat } from "../../heart/chat.ts";
import type { Session } from "../../heart/session.ts";
import type { StoredPost } from "../../storage/post_storage.ts";
import { classicText, historyPrefix, pieces } from "./lines.ts";
import type { Member } from "./member.ts";
import { historyEnd } from "./phrases.ts";
import { numberText } from "../../../protocol/text/number_text.ts";

const sealed = "(encrypted: the server cannot read it)";

/**
 * Sends the newest posts of the lobby and of the member's private conversations, no faster than the client reads.
 *
 * @param chat The heart.
 * @param member Who reads.
 */
export async function tellHistory(chat: Chat, member: Member): Promise<void> {
  try {
    await tellPages(chat, member);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    member.client.tell("CH", `(${safeText(error.message)})`);
  }
  member.client.tell("CH", historyEnd);
}

async function tellPages(chat: Chat, { client, session }: Member): Promise<void> {
  // What is posted from now on is told as it comes.
  const last = chat.lastSequence;
  const { first, more } = await findStart(chat, session);
  if (more) {
    client.tell("CH", `(Only the last ${numberText(classicHistoryPostsMax)} messages are shown.)`);
  }
  for (let after = first - 1; after < last;) {
    const page = await chat.reading.history(session, { after, limit: pagePostsMax });
    for (const post of page.posts) {
      if (post.sequence <= last) {
        for (const line of linesOf(post, session)) client.tell("CH", line);
      }
    }
    await client.drained();
    after = page.more ? page.posts.at(-1)!.sequence : last;
  }
}

/** Only the place is looked for: a thousand long messages would be much to keep in memory. */
async function findStart(chat: Chat, session: Session): Promise<{ first: number; more: boolean }> {
  let first = chat.lastSequence + 1;
  for (let left = classicHistoryPostsMax; left > 0;) {
    const limit = Math.min(pagePostsMax, left);
    const { posts, more } = await chat.reading.history(session, { before: first, limit });
    first = posts[0]?.sequence ?? first;
    if (!more) return { first, more };
    left -= posts.length;
  }
  return { first, more: true };
}

function linesOf(post: StoredPost, session: Session): string[] {
  const text = post.kind === "sealed" ? sealed : classicText(post);
  return pieces(historyPrefix(post, session.user.name), text, classicBodyBytesMax);
}
