/**
 * What was said before: CHATHISTORY, and how far one has read: MARKREAD.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { guestPrefix } from "../../../../protocol/names/guest_names.ts";
import { pagePostsMax } from "../../../../protocol/wire/limits.ts";
import { parseRoomName } from "../../../../protocol/names/names.ts";
import { isShown } from "../delivery/annotations.ts";
import type { StoredPost } from "../../../storage/post_storage.ts";
import type { Context, RegisteredContext, Rows } from "./command.ts";
import { registered } from "./command.ts";
import {
  type HistoryItem,
  type IrcConversation,
  type Point,
  pointAtId,
  pointAtTime,
  type PostReader,
  readAround,
  readStretch,
} from "../delivery/history_page.ts";
import { shown } from "../sign_in/registering.ts";
import { IrcLine } from "../format/line.ts";
import { nickKey } from "../network/nick.ts";
import { sendHistory } from "../delivery/replay.ts";

/** A failure that is answered by `FAIL CHATHISTORY`. */
class HistoryFault extends Error {
  readonly code: string;
  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}

const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

async function chathistory(context: RegisteredContext): Promise<void> {
  const { client, params } = context;
  const subcommand = params[0]!.toUpperCase();
  try {
    await (subcommands[subcommand] ?? unknown)(context);
  } catch (error) {
    if (error instanceof HistoryFault) {
      const target = params[1] === undefined ? [] : [shown(params[1])];
      return client.fail("CHATHISTORY", error.code, [shown(subcommand), ...target], error.message);
    }
    if (!(error instanceof ChatError)) throw error;
    client.fail("CHATHISTORY", "MESSAGE_ERROR", [shown(subcommand)], error.message);
  }
}

function unknown(): never {
  throw new HistoryFault("INVALID_PARAMS", "There is no such subcommand");
}

const subcommands: Readonly<Record<string, (context: RegisteredContext) => Promise<void>>> = {
  LATEST: async (context) => {
    const [, target, text, count] = needed(context, 4);
    const conversation = conversationOf(context, target!);
    const limit = limitOf(count!);
    const after = text === "*" ? {} : { after: await pointOf(conversation, text!) };
    answer(context, target!, await readStretch(conversation, { ...after, limit, newest: true }));
  },
  BEFORE: async (context) => {
    const [, target, text, count] = needed(context, 4);
    const conversation = conversationOf(context, target!);
    const limit = limitOf(count!);
    const before = await pointOf(conversation, text!);
    answer(context, target!, await readStretch(conversation, { before, limit, newest: true }));
  },
  AFTER: async (context) => {
    const [, target, text, count] = needed(context, 4);
    const conversation = conversationOf(context, target!);
    const limit = limitOf(count!);
    const after = await pointOf(conversation, text!);
    answer(context, target!, await readStretch(conversation, { after, limit, newest: false }));
  },
  AROUND: async (context) => {
    const [, target, text, count] = needed(context, 4);
    const conversation = conversationOf(context, target!);
    const limit = limitOf(count!);
    const point = await pointOf(conversation, text!);
    answer(context, target!, await readAround(conversation, point, limit));
  },
  BETWEEN: async (context) => {
    const [, target, start, end, count] = needed(context, 5);
    const conversation = conversationOf(context, target!);
    const limit = limitOf(count!);
    const [first, second] = [
      await pointOf(conversation, start!),
      await pointOf(conversation, end!),
    ];
    const newest = first.from > second.from;
    const [after, before] = newest ? [second, first] : [first, second];
    answer(context, target!, await readStretch(conversation, { after, before, limit, newest }));
  },
  TARGETS: targets,
};

function needed({ params }: RegisteredContext, count: number): readonly string[] {
  if (params.length >= count) return params;
  throw new HistoryFault("NEED_MORE_PARAMS", "Not enough parameters");
}

function limitOf(text: string): number {
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(limit >= 1)) throw new HistoryFault("INVALID_PARAMS", "The limit is a number above 0");
  return Math.min(limit, pagePostsMax);
}

function answer(context: RegisteredContext, target: string, items: readonly HistoryItem[]): void {
  sendHistory(context.irc, context.client, target, items);
}

/** The conversation that a target means: a channel that one is in, or the private one with a person. */
function conversationOf(
  { network, client, session }: RegisteredContext,
  target: string,
): IrcConversation {
  const { chat } = network;
  const shows = (post: StoredPost) => isShown(client, post);
  if (target.startsWith("#")) {
    const nameKey = target.toLowerCase().normalize("NFC");
    const room = [...session.rooms].find((own) => own.nameKey === nameKey);
    if (room === undefined) throw new HistoryFault("INVALID_TARGET", "You are not on that channel");
    const events = client.has("draft/event-playback") ? network.channel(room).events.all : [];
    return {
      read: (query) => chat.reading.history(session, { room: room.name, ...query }),
      shows,
      events,
    };
  }
  // Guests who have left are shown with their prefix.
  const nameKey = target.startsWith(guestPrefix) ? target : nickKey(target);
  if (nameKey === null) throw new HistoryFault("INVALID_TARGET", "This is not a valid nick");
  const peer = network.nicks.get(nameKey)?.name ?? target;
  const read: PostReader = (query) => chat.reading.history(session, { with: peer, ...query });
  return { read, shows, events: [] };
}

async function pointOf(conversation: IrcConversation, text: string): Promise<Point> {
  const [kind, value = ""] = text.split("=");
  if (kind === "msgid") {
    const point = pointAtId(conversation, value);
    if (point !== null) return point;
    throw new HistoryFault("INVALID_MSGREFTYPE", "There is no such message");
  }
  if (kind !== "timestamp" || !timestampPattern.test(value)) {
    throw new HistoryFault("INVALID_PARAMS", "A place is msgid=ID or timestamp=TIME");
  }
  return await pointAtTime(conversation, Date.parse(value));
}

/** The conversations with something new between two times, the newest post of each. */
async function targets(context: RegisteredContext): Promise<void> {
  const { network, client, session } = context;
  const [, start, end, text] = needed(context, 4);
  const limit = limitOf(text!);
  const times = [start!, end!].map((point) => {
    const value = /^timestamp=(.+)$/.exec(point)?.[1] ?? "";
    if (!timestampPattern.test(value)) {
      throw new HistoryFault("INVALID_PARAMS", "TARGETS is asked by timestamps");
    }
    return Date.parse(value);
  }).sort((a, b) => a - b);
  const newest = new Map<string, StoredPost>();
  const { posts } = await network.chat.reading.history(session, { limit: pagePostsMax });
  for (const post of posts) {
    const peer = post.from === session.user.name ? post.to : post.from;
    newest.set(post.roomId === null ? peer : post.to, post);
  }
  const found = [...newest]
    .filter(([, { timeMs }]) => timeMs > times[0]! && timeMs < times[1]!)
    .slice(0, limit);
  const batch = client.has("batch") ? client.newBatch() : undefined;
  const { serverName } = client;
  if (batch !== undefined) {
    client.reply(new IrcLine(`:${serverName} BATCH +${batch} draft/chathistory-targets`));
  }
  for (const [target, { timeMs }] of found) {
    const body = `:${serverName} CHATHISTORY TARGETS ${target} ${new Date(timeMs).toISOString()}`;
    client.reply(new IrcLine(body, batch === undefined ? {} : { batch }));
  }
  if (batch !== undefined) client.reply(new IrcLine(`:${serverName} BATCH -${batch}`));
}

/** The room or the nick that a marker is for, folded; null for what is neither. */
function markedTarget(target: string): string | null {
  if (!target.startsWith("#")) return nickKey(target);
  try {
    return parseRoomName(target).nameKey;
  } catch (error) {
    if (error instanceof ChatError) return null;
    throw error;
  }
}

/** How far one has read in a target. */
export function readMarkerLine({ network, client }: Context, target: string): IrcLine {
  const timeMs = network.readMarkers.get(client.person!.nameKey, markedTarget(target) ?? "");
  const value = timeMs === undefined ? "*" : `timestamp=${new Date(timeMs).toISOString()}`;
  return new IrcLine(`:${client.serverName} MARKREAD ${target} ${value}`);
}

function markRead(context: RegisteredContext): void {
  const { network, client, person, params } = context;
  const fail = (code: string, words: string[], text: string) =>
    client.fail("MARKREAD", code, words, text);
  const [target, value] = params;
  if (target === undefined || target === "") {
    return fail("NEED_MORE_PARAMS", [], "Not enough parameters");
  }
  const nameKey = markedTarget(target);
  if (nameKey === null) {
    return fail("INVALID_PARAMS", [shown(target)], "This is neither a channel nor a nick");
  }
  if (value === undefined) return client.reply(readMarkerLine(context, target));
  const time = /^timestamp=(.+)$/.exec(value)?.[1] ?? "";
  const timeMs = timestampPattern.test(time) ? Date.parse(time) : NaN;
  if (Number.isNaN(timeMs)) {
    return fail("INVALID_PARAMS", [shown(target)], "A marker is timestamp=TIME");
  }
  const isNewer = timeMs > (network.readMarkers.get(person.nameKey, nameKey) ?? -Infinity);
  if (isNewer && !network.readMarkers.set(person.nameKey, nameKey, timeMs)) {
    return fail("INTERNAL_ERROR", [shown(target)], "Too many markers");
  }
  const line = readMarkerLine(context, target);
  client.reply(line);
  if (!isNewer) return;
  for (const other of network.clientsOf(person)) {
    if (other !== client && other.has("draft/read-marker")) other.deliver(line);
  }
}

/** Rows of the commands of this module. */
export const historyRows: Rows = {
  CHATHISTORY: registered(1, chathistory, { cost: 5 }),
  MARKREAD: registered(0, markRead),
};
