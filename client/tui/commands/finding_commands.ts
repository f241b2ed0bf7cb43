/**
 * Commands that find what was said: /search, /mentions, /context.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { numberText } from "../../../protocol/text/number_text.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { folded, type FoldedPost } from "../../talk/folded_posts.ts";
import { mentions } from "../../talk/mentions.ts";
import { ownMentions } from "../../talk/own_mentions.ts";
import { type FoundPrivately, searchPrivate } from "../../talk/private_search.ts";
import { progressText } from "../../talk/progress_text.ts";
import { meantBy, surroundings } from "../../talk/surroundings.ts";
import { counted, searchScope } from "../../talk/wording.ts";
import { divider } from "../conversations/post_lines.ts";
import { shownPost } from "../conversations/shown_post.ts";
import { toned } from "../terminal/style.ts";
import type { ChatCommand } from "./chat_command.ts";
import type { Desk } from "./session_api.ts";

/** How many posts are shown. */
const shownMax = 50;
/** Private messages that one search reads. */
const readMax = 10_000;

/** Commands that find what was said, by name. */
export const findingCommands: Readonly<Record<string, ChatCommand>> = {
  search: {
    parameters: "words",
    help: "Searches rooms and your private messages.",
    details:
      "The server searches the rooms. Your private messages are read on this machine, since nobody else can. /mentions lists where you were named, " +
      "/context shows what stood around a message.",
    run: search,
  },
  mentions: {
    parameters: "",
    help: "Lists where others have named you.",
    unlisted: true,
    run: listMentions,
  },
  context: {
    parameters: "[number]",
    help: "Shows what stood around a message.",
    details:
      "Alt-C does it, too. Without a number: around the last one that was found, that mentions you, or that answers something.",
    unlisted: true,
    run: context,
  },
};

/** `/search words`: the newest posts that hold all the words, of rooms and of private conversations. */
export async function search(desk: Desk, rest: string): Promise<void> {
  const { client, view } = desk;
  if (rest === "") throw new ChatError("bad_message", "Usage: /search WORDS");
  const words = rest.slice(0, 256);
  const page = await client.search({ words, limit: shownMax });
  const privately = await searchPrivately(desk, words);
  const all = [...folded(page), ...privately.posts];
  const posts = all.sort((left, right) => left.sequence - right.sequence).slice(-shownMax);
  if (page.more || privately.more || all.length > posts.length) {
    view.notice(`Only the newest ${numberText(posts.length)} are shown.`);
  }
  showFound(desk, posts);
  view.notice(`End of search (${counted(posts.length, "message")}). ${searchScope(privately)}`);
}

async function searchPrivately(desk: Desk, words: string): Promise<FoundPrivately> {
  const { client, view } = desk;
  try {
    return await searchPrivate(client, {
      words,
      limit: shownMax,
      readMax,
      onProgress: ({ read, part }) => {
        const text = `Reading private messages: ${progressText(part)} (${numberText(read)})`;
        view.showProgress("search", [toned("dim", text)]);
      },
    });
  } finally {
    view.showProgress("search", null);
  }
}

function showFound(desk: Desk, posts: readonly FoldedPost[]): void {
  desk.found = posts;
  desk.printFound(posts.map(shownPost), true);
}

async function listMentions(desk: Desk): Promise<void> {
  const posts = await ownMentions(desk.client, shownMax);
  showFound(desk, posts);
  desk.view.notice(
    `End of mentions (${counted(posts.length, "message")}, in rooms that you are in).`,
  );
}

async function context(desk: Desk, rest: string): Promise<void> {
  const { client, view } = desk;
  const { from, to, sequence } = meantBy(pointedAt(desk, rest.trim()));
  const posts = await surroundings(client, { from, to, sequence });
  const place = to.startsWith("#") ? to : from === client.name ? to : from;
  view.print(divider(`${safeText(place)}, around message ${sequence}`));
  desk.printFound(posts.map(shownPost), true);
  view.print(divider("end"));
}

/** By its number, or else what was found last, or the last one that is for the reader. */
function pointedAt(desk: Desk, typed: string): FoldedPost {
  const { found, client, conversations: { current, ownMention } } = desk;
  const here = current.posts.flatMap(({ folded }) => folded ?? []);
  if (typed === "") {
    const last = found.at(-1) ??
      here.findLast(({ kind, from, message }) =>
        kind === "reply" || (from !== client.name && mentions(message.text ?? "", ownMention))
      );
    if (last !== undefined) return last;
    throw new ChatError(
      "not_found",
      "There is nothing to go to: no message was found, mentions you, or answers another one. Type a number: /numbers shows them.",
    );
  }
  const number = /^#?(\d{1,15})$/.exec(typed)?.[1];
  if (number === undefined) throw new ChatError("bad_message", "Usage: /context [number]");
  const meant = [...found, ...here].findLast(({ sequence }) => String(sequence).endsWith(number));
  if (meant !== undefined) return meant;
  throw new ChatError(
    "not_found",
    `No message here has the number ${number}. /numbers shows them.`,
  );
}
