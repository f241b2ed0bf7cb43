/**
 * Commands that post, and commands that show what was posted: BM, PM, CH, SEARCH.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { folded } from "../../talk/folded_posts.ts";
import { isLost } from "../../core/link/server_link.ts";
import { type NewestPosts, newestPosts, olderPostsText } from "../../talk/newest_posts.ts";
import { errorText, withSlash } from "../../talk/remark_text.ts";
import { isUnknownUser, unknownUser } from "../../talk/unknown_user.ts";
import { counted, searchScope } from "../../talk/wording.ts";
import type { Conversations } from "../conversations/conversations.ts";
import type { Desk } from "./session_api.ts";
import type { Hold } from "../input/hold.ts";
import { shownPost } from "../conversations/shown_post.ts";
import type { View } from "../view/view.ts";
import { numberText } from "../../../protocol/text/number_text.ts";

/** How many posts `/ch` shows where no number is given. */
const usualCount = 50;
/** The most posts that `/ch` shows at once. */
const countMax = 2_000;

/** BM, `/bm [text]`: to everyone in the current room; from a private conversation, to the lobby. */
export async function broadcast({ view, conversations, say }: Desk, rest: string): Promise<void> {
  const { current, list } = conversations;
  const title = current.isRoom ? current.title : list[0]!.title;
  const question = `Enter the public message for ${safeText(title)}: `;
  const text = rest === "" ? await askForText(view, question) : rest;
  if (text !== null) say(title, text, current);
}

/** A message; null where none is given, or something that may have been meant as a command: that is never simply sent. */
async function askForText(view: View, question: string): Promise<string | null> {
  const text = await view.ask(question, "text") ?? "";
  if (text.trim() === "") return null;
  if (!text.trimStart().startsWith("/")) return text;
  view.warn("Not sent, because it looks like a command:");
  view.printText(text);
  return null;
}

/** PM, `/pm [name [text]]`: to one user. Without a text it switches to the conversation with that user. */
export async function privately(desk: Desk, rest: string, hold: Hold | null): Promise<void> {
  const { conversations, say, show } = desk;
  const { current } = conversations;
  const [, word = "", words = ""] = /^(\S*)\s*(.*)$/su.exec(rest) ?? [];
  if (words !== "") {
    const name = nameOf(conversations, word);
    tellOffline(desk, `your message to ${safeText(name)}`);
    return say(name, words, current);
  }
  const name = word === "" ? await askForPeer(desk) : await knownUser(desk, word);
  if (name === null) return;
  if (word !== "") return await show(conversations.open(name), hold);
  const question = `Enter the private message to ${safeText(name)}: `;
  const text = await askForText(desk.view, question);
  if (text !== null) say(name, text, current);
}

/** The dialogue of the course project: who is there, and then to whom. */
async function askForPeer(desk: Desk): Promise<string | null> {
  const { client, view } = desk;
  const all = await client.rooms.who().catch((error: unknown) => {
    if (error instanceof ChatError) return null;
    throw error;
  });
  const names = all?.filter((name) => name !== client.name).map((name) => safeText(name));
  const nobody = "nobody. A message to someone who is away is kept until they sign in.";
  if (names !== undefined) view.notice(`Peers online: ${names.join(", ") || nobody}`);
  for (;;) {
    const answer = (await view.ask("Peer to message (Esc: not now): ", "text"))?.trim() ?? "";
    if (answer === "") return null;
    // No name begins with a slash: whoever types that means something else.
    if (answer.startsWith("/")) {
      view.warn(
        `"${safeText(answer.slice(0, 64))}" is a command, not a name. Type a name, or press Esc.`,
      );
      return null;
    }
    const name = await knownUser(desk, answer);
    if (name !== null) return name;
  }
}

/**
 * The name as it is written; null, and a remark, where there is no such user, or it cannot be found out. Without a connection nobody can say whether there
 * is: what is written waits as it was addressed.
 */
async function knownUser(desk: Desk, text: string): Promise<string | null> {
  const { client, conversations, view } = desk;
  const name = nameOf(conversations, text);
  try {
    foldPeerName(name);
    return (await client.user(name)).name;
  } catch (error) {
    if (isLost(error)) {
      tellOffline(desk, "what you write");
      return name;
    }
    if (!(error instanceof ChatError)) throw error;
    view.warn(errorText(isUnknownUser(error) ? unknownUser(name) : error, withSlash));
    return null;
  }
}

/** People write `@jill` and `jill:`, in any letter case. */
function nameOf(conversations: Conversations, text: string): string {
  const word = text.replace(/^@/, "").replace(/:$/, "");
  return conversations.find(word)?.title ?? word;
}

function tellOffline({ client, view }: Desk, what: string): void {
  if (client.online) return;
  view.notice(`Not connected: ${what} will be sent when the connection is back.`);
}

/** CH, `/ch [words]`: what was said. A number, a room and a user's name narrow it down; other words are searched for. */
export async function history(desk: Desk, rest: string): Promise<void> {
  const words = rest.split(/\s+/u).filter((word) => word !== "");
  const number = words.length <= 2 && /^\d{1,6}$/.test(words.at(-1) ?? "")
    ? words.pop()
    : undefined;
  const count = number === undefined ? usualCount : Number(number);
  const [place = ""] = words;
  if (place === "") return await showHistory(desk, {}, count);
  if (words.length === 1 && place.startsWith("#")) {
    return await showHistory(desk, { room: place }, count);
  }
  const known = words.length === 1 ? desk.conversations.find(place) : undefined;
  if (known !== undefined) return await showHistory(desk, { with: known.title }, count);
  await search(desk, rest);
}

async function showHistory(
  { client, view, printFound }: Desk,
  filter: NewestPosts["filter"],
  count: number,
): Promise<void> {
  const page = await newestPosts(client, { filter, count, countMax });
  const { more } = page;
  const posts = folded(page);
  if (more) view.notice(olderPostsText(filter, posts.length, withSlash));
  printFound(posts.map(shownPost));
  view.notice(`End of history (${counted(posts.length, "message")}).`);
}

/** `/search words`: the newest posts in rooms that hold all the words. */
export async function search(
  { client, view, printFound }: Desk,
  rest: string,
): Promise<void> {
  if (rest === "") throw new ChatError("bad_message", "Usage: /search WORDS");
  const page = await client.search({ words: rest.slice(0, 256), limit: usualCount });
  const { more } = page;
  const posts = folded(page);
  if (more) view.notice(`Only the newest ${numberText(posts.length)} are shown.`);
  printFound(posts.map(shownPost));
  view.notice(`End of search (${counted(posts.length, "message")}). ${searchScope(withSlash)}`);
}
