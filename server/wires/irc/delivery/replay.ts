/**
 * Posts from before: pages of history as IRC lines, and what a client without CHATHISTORY is shown by itself.
 *
 * @module
 */
import { pagePostsMax } from "../../../../protocol/wire/limits.ts";
import type { Room } from "../../../heart/session.ts";
import { privateConversations } from "../../../storage/account_storage.ts";
import type { StoredPost } from "../../../storage/post_storage.ts";
import type { IrcClient } from "../network/client.ts";
import type { Irc } from "./irc_parts.ts";
import type { HistoryItem } from "./history_page.ts";
import { IrcLine } from "../format/line.ts";
import { isShown, isWordless, lineFor } from "./annotations.ts";
import { batchOf, type IrcPostLines, linesOf, wordlessLinesOf } from "./posts.ts";

/** Posts that are shown to a member who enters a channel with a client that cannot ask for them. */
const replayedPostsMax = 50;

/** Posts as items of a page. */
function itemsOf(posts: readonly StoredPost[]): HistoryItem[] {
  return posts.map((post) => ({ place: post.sequence, post }));
}

/** Sends a page as one batch. */
export function sendHistory(
  irc: Irc,
  client: IrcClient,
  target: string,
  items: readonly HistoryItem[],
): void {
  const batch = client.has("batch") ? client.newBatch() : null;
  const { serverName } = client;
  if (batch !== null) {
    client.reply(new IrcLine(`:${serverName} BATCH +${batch} chathistory ${target}`));
  }
  for (const item of items) {
    if ("line" in item) client.reply(inBatch(item.line, batch));
    else if (!isShown(client, item.post)) continue;
    else if (isWordless(item.post.kind)) {
      const line = lineFor(client, wordlessLinesOf(irc.network, item.post));
      if (line !== null) client.reply(inBatch(line, batch));
    } else {
      // Who cannot be told the time by a tag is told in the text.
      const dated = batch === null && !client.has("server-time");
      const lines = linesOf(irc.network, item.post, { dated });
      for (const line of historyLines(client, lines, batch)) client.reply(line);
    }
  }
  if (batch !== null) client.reply(new IrcLine(`:${serverName} BATCH -${batch}`));
}

function inBatch(line: IrcLine, batch: string | null): IrcLine {
  return batch === null ? line : new IrcLine(line.body, { ...line.tags, batch });
}

function historyLines(
  client: IrcClient,
  lines: IrcPostLines,
  batch: string | null,
): readonly IrcLine[] {
  if (batch === null) return lines.plain;
  if (lines.pieces === null || !client.has("draft/multiline")) {
    return lines.plain.map((line) => inBatch(line, batch));
  }
  const inner = batchOf(lines, client.newBatch(), client.serverName);
  return inner.map((line, index) => index === 0 ? inBatch(line, batch) : line);
}

/**
 * Shows a member what was said in a channel since one of the account's clients last read there, unless the client asks by
 * itself. Guests see what is said from now on.
 *
 * @param wasMember Whether the account belonged to the room before: what it has read everywhere counts for the room then.
 */
export async function replayRoom(
  irc: Irc,
  client: IrcClient,
  room: Room,
  wasMember: boolean,
): Promise<void> {
  const { chat } = irc.network;
  const { person, session } = client;
  if (person?.account === undefined || client.has("draft/chathistory")) return;
  // What comes from now on is delivered as it comes.
  const upTo = chat.lastSequence;
  const inRoom = await chat.readPositions.in(person.nameKey, room.id);
  const everywhere = wasMember ? await chat.readPosition(person.nameKey) : 0;
  const after = Math.max(inRoom ?? 0, everywhere);
  const query = { room: room.name, limit: replayedPostsMax };
  const { posts, more } = await chat.reading.history(session!, query);
  const missed = posts.filter(({ sequence }) => sequence > after && sequence <= upTo);
  if (missed.some((post) => isShown(client, post))) {
    sendHistory(irc, client, room.name, itemsOf(missed));
  }
  if (wasMember && more && missed.length === replayedPostsMax) client.hasMissed = true;
  showed(client, room.id, upTo);
}

/** A client was shown a conversation up to a post, or had read it. */
function showed(client: IrcClient, conversation: number, sequence: number): void {
  const live = client.unconfirmed.get(conversation) ?? 0;
  client.unconfirmed.set(conversation, Math.max(live, sequence));
}

/** Shows private messages that came while their recipient was away, and says how many cannot be shown here. */
export async function announcePrivate(irc: Irc, client: IrcClient): Promise<void> {
  const { chat } = irc.network;
  const { person, session } = client;
  if (person?.account === undefined || session === null) return;
  // What comes from now on is delivered as it comes.
  const upTo = chat.lastSequence;
  const everywhere = await chat.readPosition(person.nameKey);
  const here = await chat.readPositions.in(person.nameKey, privateConversations) ?? 0;
  const isMissed = ({ from, sequence }: StoredPost) => from !== person.name && sequence <= upTo;
  const readFrom = async (after: number) => {
    const query = { privateOnly: true, after, limit: pagePostsMax };
    const { posts, more } = await chat.reading.history(session, query);
    return { posts: posts.filter(isMissed), more, last: posts.at(-1)?.sequence ?? after };
  };
  if (here > everywhere) {
    // Sealed ones that were announced before can still not be read here.
    const { posts, more } = await readFrom(everywhere);
    if (more || posts.some(isSealed)) client.hasMissed = true;
  }
  const { posts, more, last } = await readFrom(Math.max(everywhere, here));
  showMissed(irc, client, posts);
  if (more) client.notice("More private messages are waiting: CHATHISTORY shows them.");
  client.followsPrivate = !more;
  showed(client, privateConversations, more ? last : upTo);
}

function isSealed({ kind }: StoredPost): boolean {
  return kind === "sealed";
}

function showMissed(irc: Irc, client: IrcClient, missed: readonly StoredPost[]): void {
  const sealed = missed.filter(isSealed);
  if (sealed.length > 0) {
    client.hasMissed = true;
    const senders = [...new Set(sealed.map((post) => post.from))].join(", ");
    client.notice(
      `End-to-end encrypted private messages are waiting, from ${senders}. ` +
        "They cannot be shown here: open them with the chat client.",
    );
  }
  const texts = missed.filter((post) => isShown(client, post));
  if (texts.length > 0) sendHistory(irc, client, client.person!.nick, itemsOf(texts));
}
