/**
 * What was said before: CHATHISTORY, and how far one has read: MARKREAD.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/errors.ts";
import { pagePostsMax } from "../../../../protocol/limits.ts";
import type { Page, StoredPost } from "../../../storage/storage.ts";
import type { Context, RegisteredContext, Rows } from "../command.ts";
import { registered } from "../command.ts";
import { shown } from "../identity.ts";
import { Line } from "../line.ts";
import { nickKey } from "../nick.ts";
import { sequenceOf } from "../posts.ts";
import { sendHistory } from "../replay.ts";

/** A failure that is answered by `FAIL CHATHISTORY`. */
class HistoryFault extends Error {
  readonly code: string;
  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}

/** Reads pages of one conversation. */
type Reader = (query: { before?: number; after?: number; limit: number }) => Promise<Page>;

/** A place between posts: all with a lower sequence are before it. */
interface Place {
  /** The first sequence at or after the place. */
  readonly from: number;
  /** The first sequence after the posts at the place itself. */
  readonly past: number;
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
    const [, target, point, limit] = needed(context, 4);
    const read = readerOf(context, target!);
    const after = point === "*" ? {} : { after: (await placeOf(read, point!)).past - 1 };
    await latest(context, target!, read, after, limitOf(limit!));
  },
  BEFORE: async (context) => {
    const [, target, point, limit] = needed(context, 4);
    const read = readerOf(context, target!);
    const { from } = await placeOf(read, point!);
    answer(context, target!, (await read({ before: from, limit: limitOf(limit!) })).posts);
  },
  AFTER: async (context) => {
    const [, target, point, limit] = needed(context, 4);
    const read = readerOf(context, target!);
    const { past } = await placeOf(read, point!);
    answer(context, target!, (await read({ after: past - 1, limit: limitOf(limit!) })).posts);
  },
  AROUND: async (context) => {
    const [, target, point, text] = needed(context, 4);
    const read = readerOf(context, target!);
    const { from } = await placeOf(read, point!);
    const limit = limitOf(text!);
    const after = await read({ after: from - 1, limit: Math.ceil(limit / 2) });
    const missing = limit - after.posts.length;
    const before = missing > 0 ? (await read({ before: from, limit: missing })).posts : [];
    answer(context, target!, [...before, ...after.posts]);
  },
  BETWEEN: async (context) => {
    const [, target, start, end, text] = needed(context, 5);
    const read = readerOf(context, target!);
    const limit = limitOf(text!);
    const a = await placeOf(read, start!);
    const b = await placeOf(read, end!);
    const forwards = a.from <= b.from;
    const [after, before] = forwards ? [a.past - 1, b.from] : [b.past - 1, a.from];
    const page = await read(forwards ? { after, limit } : { before, limit });
    const within = page.posts.filter(({ sequence }) => sequence > after && sequence < before);
    answer(context, target!, within);
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

async function latest(
  context: RegisteredContext,
  target: string,
  read: Reader,
  { after }: { after?: number },
  limit: number,
): Promise<void> {
  // With `after` alone the store gives the oldest: the newest page is asked for, and cut.
  const { posts } = await read({ limit });
  answer(context, target, posts.filter(({ sequence }) => after === undefined || sequence > after));
}

function answer(context: RegisteredContext, target: string, posts: readonly StoredPost[]): void {
  sendHistory(context.irc, context.client, target, posts);
}

/** The conversation that a target means: a channel that one is in, or the private one with a person. */
function readerOf({ network, session }: RegisteredContext, target: string): Reader {
  const { chat } = network;
  if (target.startsWith("#")) {
    const isOwn = [...session.rooms].some(({ key }) =>
      key === target.toLowerCase().normalize("NFC")
    );
    if (!isOwn) throw new HistoryFault("INVALID_TARGET", "You are not on that channel");
    return (query) => chat.history(session, { room: target, ...query });
  }
  const key = nickKey(target);
  if (key === null) throw new HistoryFault("INVALID_TARGET", "No nick is like this");
  const peer = network.nicks.get(key)?.name ?? target;
  return (query) => chat.history(session, { with: peer, ...query });
}

async function placeOf(read: Reader, point: string): Promise<Place> {
  const [kind, value = ""] = point.split("=");
  if (kind === "msgid") {
    const sequence = sequenceOf(value);
    if (sequence === null) throw new HistoryFault("INVALID_MSGREFTYPE", "There is no such message");
    return { from: sequence, past: sequence + 1 };
  }
  if (kind !== "timestamp" || !timestampPattern.test(value)) {
    throw new HistoryFault("INVALID_PARAMS", "A place is msgid=ID or timestamp=TIME");
  }
  const timeMs = Date.parse(value);
  const from = await firstAt(read, timeMs);
  return { from, past: await firstAt(read, timeMs + 1) };
}

/**
 * The first sequence in a conversation whose post is not older than a time. The clock may have stepped back between two
 * posts: then it is the first one that a search by halves comes to.
 */
async function firstAt(read: Reader, timeMs: number): Promise<number> {
  const newest = (await read({ limit: 1 })).posts.at(-1);
  if (newest === undefined || newest.timeMs < timeMs) return (newest?.sequence ?? 0) + 1;
  let low = 1;
  let high = newest.sequence;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const post = (await read({ after: middle - 1, limit: 1 })).posts[0];
    if (post === undefined || post.timeMs >= timeMs) high = middle;
    else low = post.sequence + 1;
  }
  return low;
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
  const { posts } = await network.chat.history(session, { limit: pagePostsMax });
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
    client.reply(new Line(`:${serverName} BATCH +${batch} draft/chathistory-targets`));
  }
  for (const [target, { timeMs }] of found) {
    const body = `:${serverName} CHATHISTORY TARGETS ${target} ${new Date(timeMs).toISOString()}`;
    client.reply(new Line(body, batch === undefined ? {} : { batch }));
  }
  if (batch !== undefined) client.reply(new Line(`:${serverName} BATCH -${batch}`));
}

/** Targets whose markers are kept for one account or guest. */
const markersMax = 1_000;

function markersOf({ network, client }: Context): Map<string, string> {
  const key = client.person!.key;
  let markers = network.readMarkers.get(key);
  if (markers === undefined) network.readMarkers.set(key, markers = new Map());
  return markers;
}

/** How far one has read in a target. */
export function readMarkerLine(context: Context, target: string): Line {
  const time = markersOf(context).get(target.toLowerCase());
  const value = time === undefined ? "*" : `timestamp=${time}`;
  return new Line(`:${context.client.serverName} MARKREAD ${target} ${value}`);
}

function markRead(context: RegisteredContext): void {
  const { client, person, params } = context;
  const fail = (code: string, words: string[], text: string) =>
    client.fail("MARKREAD", code, words, text);
  const [target, value] = params;
  if (target === undefined || target === "") {
    return fail("NEED_MORE_PARAMS", [], "Not enough parameters");
  }
  if (value === undefined) return client.reply(readMarkerLine(context, target));
  const time = /^timestamp=(.+)$/.exec(value)?.[1] ?? "";
  if (!timestampPattern.test(time) || Number.isNaN(Date.parse(time))) {
    return fail("INVALID_PARAMS", [shown(target)], "A marker is timestamp=TIME");
  }
  const markers = markersOf(context);
  const key = target.toLowerCase();
  const known = markers.get(key);
  if (known === undefined && markers.size >= markersMax) {
    return fail("INTERNAL_ERROR", [shown(target)], "There are too many markers");
  }
  const isNewer = known === undefined || Date.parse(time) > Date.parse(known);
  if (isNewer) markers.set(key, new Date(time).toISOString());
  const line = readMarkerLine(context, target);
  client.reply(line);
  if (!isNewer) return;
  for (const other of person.clients) {
    if (other !== client && other.has("draft/read-marker")) other.deliver(line);
  }
}

/** Rows of the commands of this module. */
export const historyRows: Rows = {
  CHATHISTORY: registered(1, chathistory, { cost: 5 }),
  MARKREAD: registered(0, markRead),
};
