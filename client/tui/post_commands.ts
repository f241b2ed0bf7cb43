/**
 * Commands that post, and commands that show what was posted: BM, PM, CH, SEARCH.
 *
 * @module
 */
import { ChatError } from "../../protocol/errors.ts";
import { foldPeerName } from "../../protocol/guest_names.ts";
import { pagePostsMax } from "../../protocol/limits.ts";
import { safeText } from "../../protocol/safe_text.ts";
import type { ShownPost as ClientPost } from "../chat_client.ts";
import { isLost } from "../line.ts";
import { isUnknownUser } from "../unknown_user.ts";
import { counted } from "../wording.ts";
import type { Desk } from "./desk.ts";
import { shownPost } from "./privacy.ts";

/** How many posts `/ch` shows where no number is given. */
const usualCount = 50;
/** The most posts that `/ch` shows at once. */
const countMax = 2_000;

/** BM, `/bm [text]`: to everyone in the current room; from a private conversation, to the lobby. */
export async function broadcast({ view, conversations, say }: Desk, rest: string): Promise<void> {
  const text = rest === "" ? await view.ask("Enter the public message: ", "text") : rest;
  const { current, list } = conversations;
  if (text === null || text.trim() === "") return;
  say(current.isRoom ? current.title : list[0]!.title, text);
}

/** PM, `/pm [name [text]]`: to one user. Without a text it switches to the conversation with that user. */
export async function privately(desk: Desk, rest: string): Promise<void> {
  const [, word = "", words = ""] = /^(\S*)\s*(.*)$/su.exec(rest) ?? [];
  const dialogue = word === "";
  const name = dialogue ? await askForPeer(desk) : await knownUser(desk, word, words !== "");
  if (name === null) return;
  if (dialogue) {
    const text = await desk.view.ask("Enter the private message: ", "text");
    if (text !== null && text.trim() !== "") desk.say(name, text);
  } else if (words !== "") desk.say(name, words);
  else await desk.show(desk.conversations.open(name));
}

/** The dialogue of the course project: who is there, and then to whom. */
async function askForPeer(desk: Desk): Promise<string | null> {
  const { client, view } = desk;
  const all = await client.who().catch((error: unknown) => {
    if (isLost(error)) return null;
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
      view.warn(`"${safeText(answer.slice(0, 64))}" is a command and no name: type it again.`);
      return null;
    }
    const name = await knownUser(desk, answer);
    if (name !== null) return name;
  }
}

/**
 * The name as it is written; null, and a remark, where there is no such user. Without a connection nobody can say whether there
 * is: what is written waits as it was addressed, and where that is written already, it is said for whom.
 */
async function knownUser(
  { client, conversations, view }: Desk,
  text: string,
  isWritten = false,
): Promise<string | null> {
  const word = text.replace(/^@/, "").replace(/:$/, "");
  try {
    foldPeerName(word);
    return (await client.user(word)).name;
  } catch (error) {
    if (isLost(error)) {
      const name = conversations.find(word)?.title ?? word;
      const what = isWritten ? `your message to ${safeText(name)}` : "what you write";
      view.notice(`Not connected: ${what} waits, and goes when the connection is back.`);
      return name;
    }
    if (!isUnknownUser(error)) throw error;
    view.warn(`No user named "${safeText(word)}".`);
    return null;
  }
}

/** CH, `/ch [words]`: what was said. A number, a room and a user's name narrow it down; other words are searched for. */
export async function history(desk: Desk, rest: string): Promise<void> {
  if (/^\d{1,6}$/.test(rest)) return await showHistory(desk, {}, Number(rest));
  if (rest === "") return await showHistory(desk, {}, usualCount);
  if (/^#\S+$/u.test(rest)) return await showHistory(desk, { room: rest }, usualCount);
  const known = desk.conversations.find(rest);
  if (known !== undefined) return await showHistory(desk, { with: known.title }, usualCount);
  await search(desk, rest);
}

async function showHistory(
  { client, view, printFound }: Desk,
  filter: { room?: string; with?: string },
  count: number,
): Promise<void> {
  let posts: ClientPost[] = [];
  let more = true;
  while (more && posts.length < Math.min(count, countMax)) {
    const before = posts[0]?.sequence;
    const limit = Math.min(pagePostsMax, count - posts.length);
    const position = before === undefined ? {} : { before };
    const page = await client.history({ ...filter, ...position, limit });
    posts = [...page.posts, ...posts];
    more = page.more && page.posts.length > 0;
  }
  if (more) view.notice(`There is more: /ch ${posts.length * 2} shows it.`);
  printFound(posts.map(shownPost));
  view.notice(`End of history (${counted(posts.length, "message")}).`);
}

/** `/search words`: the newest posts in rooms that hold all the words. */
export async function search(
  { client, view, printFound }: Desk,
  rest: string,
): Promise<void> {
  if (rest === "") throw new ChatError("bad_message", "Which words? /search words.");
  const { posts, more } = await client.search({ words: rest.slice(0, 256), limit: usualCount });
  if (more) view.notice(`Only the newest ${posts.length} are shown.`);
  printFound(posts.map(shownPost));
  view.notice(`End of search (${counted(posts.length, "message")}).`);
}
