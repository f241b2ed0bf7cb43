/**
 * Commands that post, and those that show what was posted: BM, PM, /me, CH.
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
import { versionLines } from "../../talk/annotation_text.ts";
import { type Day, dayOf, postsOfDay } from "../../talk/days.ts";
import { counted } from "../../talk/wording.ts";
import type { Conversations } from "../conversations/conversations.ts";
import type { Desk } from "./session_api.ts";
import type { Hold } from "../input/hold.ts";
import { shownPost } from "../conversations/shown_post.ts";
import type { View } from "../view/view.ts";
import { dayText } from "../conversations/post_lines.ts";
import { plain } from "../terminal/style.ts";
import { search } from "./finding_commands.ts";

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

/** `/me text`: what one does, told where one is. */
export function act({ conversations: { current }, say }: Desk, rest: string): void {
  if (rest.trim() === "") {
    throw new ChatError("bad_message", "Usage: /me TEXT, for example /me waves");
  }
  say(current.title, rest, current, "action");
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

/**
 * CH, `/ch [words]`: what was said. A number, a day, a room and a user's name narrow it down; `of` and a number show how a message was
 * changed; other words are searched for.
 */
export async function history(desk: Desk, rest: string): Promise<void> {
  const words = rest.split(/\s+/u).filter((word) => word !== "");
  const [of, number = ""] = words;
  if (words.length === 2 && of === "of" && /^#?\d+$/.test(number)) {
    return showVersions(desk, number);
  }
  const last = words.length <= 2 ? words.at(-1) ?? "" : "";
  const day = dayOf(last, Date.now());
  const count = /^\d{1,6}$/.test(last) ? Number(last) : undefined;
  if (day !== null || count !== undefined) words.pop();
  const filter = filterOf(desk, words);
  if (filter === null) return await search(desk, rest);
  if (day !== null) await showDay(desk, filter, day);
  else await showHistory(desk, filter, count ?? usualCount);
}

/** The conversation that is named; null where the words are something else. */
function filterOf({ conversations }: Desk, words: readonly string[]): NewestPosts["filter"] | null {
  const [place = ""] = words;
  if (words.length > 1) return null;
  if (place === "") return {};
  if (place.startsWith("#")) return { room: place };
  const known = conversations.find(place);
  return known === undefined ? null : { with: known.title };
}

async function showDay(desk: Desk, filter: NewestPosts["filter"], day: Day): Promise<void> {
  const page = await postsOfDay(desk.client, filter, day, countMax);
  const posts = folded(page);
  desk.found = posts;
  desk.printFound(posts.map(shownPost));
  const more = page.more ? "; there are more of that day" : "";
  desk.view.notice(`End of ${dayText(day.fromMs)} (${counted(posts.length, "message")}${more}).`);
}

/** How a message was changed. */
function showVersions({ view, conversations: { current }, found }: Desk, typed: string): void {
  const number = typed.replace(/^#/, "");
  const here = current.posts.flatMap(({ folded }) => folded ?? []);
  const post = [...here, ...found].findLast(({ sequence }) => String(sequence).endsWith(number));
  if (post === undefined) {
    throw new ChatError(
      "not_found",
      `No message here has the number ${number}. /numbers shows them.`,
    );
  }
  for (const line of versionLines(post)) view.print([plain(line)], 3);
}

async function showHistory(
  desk: Desk,
  filter: NewestPosts["filter"],
  count: number,
): Promise<void> {
  const { client, view, printFound } = desk;
  const page = await newestPosts(client, { filter, count, countMax });
  const { more } = page;
  const posts = desk.found = folded(page);
  if (more) view.notice(olderPostsText(filter, posts.length, withSlash));
  printFound(posts.map(shownPost));
  view.notice(`End of history (${counted(posts.length, "message")}).`);
}
