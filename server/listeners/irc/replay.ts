/**
 * Posts from before: pages of history as IRC lines, and what a client without CHATHISTORY is shown by itself.
 *
 * @module
 */
import { pagePostsMax } from "../../../protocol/limits.ts";
import type { Room } from "../../session.ts";
import type { StoredPost } from "../../storage/storage.ts";
import type { Client } from "./client.ts";
import type { Irc } from "./irc_parts.ts";
import type { HistoryItem } from "./history_page.ts";
import { Line } from "./line.ts";
import { batchOf, linesOf, type PostLines } from "./posts.ts";

/** Posts that are shown to a member who enters a channel with a client that cannot ask for them. */
const replayedPostsMax = 50;

/** Posts as items of a page. */
function itemsOf(posts: readonly StoredPost[]): HistoryItem[] {
  return posts.map((post) => ({ place: post.sequence, post }));
}

/** Sends a page as one batch. */
export function sendHistory(
  irc: Irc,
  client: Client,
  target: string,
  items: readonly HistoryItem[],
): void {
  const batch = client.has("batch") ? client.newBatch() : null;
  const { serverName } = client;
  if (batch !== null) {
    client.reply(new Line(`:${serverName} BATCH +${batch} chathistory ${target}`));
  }
  for (const item of items) {
    if ("line" in item) client.reply(inBatch(item.line, batch));
    else if (item.post.kind !== "sealed") {
      // Who cannot be told the time by a tag is told in the text.
      const dated = batch === null && !client.has("server-time");
      const lines = linesOf(irc.network, item.post, { dated });
      for (const line of historyLines(client, lines, batch)) client.reply(line);
    }
  }
  if (batch !== null) client.reply(new Line(`:${serverName} BATCH -${batch}`));
}

function inBatch(line: Line, batch: string | null): Line {
  return batch === null ? line : new Line(line.body, { ...line.tags, batch });
}

function historyLines(client: Client, lines: PostLines, batch: string | null): readonly Line[] {
  if (batch === null) return lines.plain;
  if (lines.pieces === null || !client.has("draft/multiline")) {
    return lines.plain.map((line) => inBatch(line, batch));
  }
  const inner = batchOf(lines, client.newBatch(), client.serverName);
  return inner.map((line, index) => index === 0 ? inBatch(line, batch) : line);
}

/** Shows a member what was said in a channel, unless the client asks by itself. Guests see what is said from now on. */
export async function replayRoom(irc: Irc, client: Client, room: Room): Promise<void> {
  if (client.person?.account === undefined || client.has("draft/chathistory")) return;
  const query = { room: room.name, limit: replayedPostsMax };
  const { posts } = await irc.network.chat.reading.history(client.session!, query);
  if (posts.length > 0) sendHistory(irc, client, room.name, itemsOf(posts));
}

/** Shows private messages that came while their recipient was away, and says how many cannot be shown here. */
export async function announcePrivate(irc: Irc, client: Client): Promise<void> {
  const { network } = irc;
  const { person, session } = client;
  if (person?.account === undefined || session === null) return;
  const read = await network.chat.readPosition(person.key);
  const after = Math.max(read, network.privatelyRead.get(person.key) ?? 0);
  const { posts, more } = await network.chat.reading.history(session, {
    after,
    limit: pagePostsMax,
  });
  const missed = posts.filter((post) => post.roomId === null && post.from !== person.name);
  const sealed = missed.filter((post) => post.kind === "sealed");
  if (sealed.length > 0) {
    client.gotSealed = true;
    const senders = [...new Set(sealed.map((post) => post.from))].join(", ");
    client.notice(
      `Private messages that are encrypted from end to end are waiting, from ${senders}. ` +
        "They cannot be shown here: open them with the chat client.",
    );
  }
  const last = posts.at(-1);
  if (last !== undefined) network.privatelyRead.set(person.key, last.sequence);
  const texts = missed.filter((post) => post.kind !== "sealed");
  if (texts.length > 0) sendHistory(irc, client, person.nick, itemsOf(texts));
  if (more) client.notice("More private messages are waiting: CHATHISTORY shows them.");
}
