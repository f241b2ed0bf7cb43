/**
 * A client that fetches pages of a long history and searches it, one request after the other; runs as a process of its own.
 *
 * @module
 */
import { encodeMessage } from "../protocol/wire/frame.ts";
import { openClients } from "./native_clients.ts";
import { percentile } from "./rows.ts";
import { rareWord, roomsMade, vocabulary } from "./storage_data.ts";

/** What to do, as the account that has the private conversations of the made-up history. */
export interface HistoryLoad {
  readonly port: number;
  readonly directory: string;
  /** The newest post of the history. */
  readonly lastSequence: number;
  readonly seconds: number;
  /** How long the client waits after each reply, in milliseconds; 0 for one request after the other. */
  readonly pauseMs: number;
}

/** How long requests of one kind took. */
export interface RequestTimes {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What came of it. */
export interface HistoryLoadResult {
  readonly pages: RequestTimes;
  readonly searches: RequestTimes;
}

type Request = { type: "history" | "search" | "join"; [field: string]: unknown };

const load: HistoryLoad = JSON.parse(Deno.args[0]!);
const limit = 50;
const decoder = new TextDecoder();
const acknowledgement = encodeMessage({ type: "read", sequence: 0 });
const replyStart = '{"reply":'.charCodeAt(2);
let nextId = 10;
let answered: ((payload: Uint8Array) => void) | undefined;

const [client] = await openClients(
  load,
  1,
  (payload) => {
    if (payload[2] === replyStart) answered?.(payload);
  },
  // A real client that asks answers each read (see `ChatClient`).
  (client) => client.send(acknowledgement),
);

/** Makes one request and gives the time to its reply, in milliseconds. */
async function ask(request: Request): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<{ tookMs: number; text: string }>();
  const id = nextId++;
  const startMs = performance.now();
  answered = (payload) =>
    resolve({ tookMs: performance.now() - startMs, text: decoder.decode(payload) });
  await client!.send(encodeMessage({ id, ...request }));
  const { tookMs, text } = await promise;
  const { reply, error } = JSON.parse(text);
  if (error !== undefined) throw new Error(error.message);
  if (reply !== id) throw new Error("The server answered another request.");
  return tookMs;
}

/** Any place in the history but its ends. */
const somewhere = () => Math.floor(load.lastSequence * (0.05 + 0.9 * Math.random()));
const word = (rank: number) => vocabulary[rank]!;

const pages: readonly (() => Request)[] = [
  () => ({ type: "history", limit }),
  () => ({ type: "history", limit, before: somewhere() }),
  () => ({ type: "history", limit, after: somewhere() }),
  () => ({ type: "history", limit, room: "#room1", before: somewhere() }),
  () => ({ type: "history", limit, with: `peer${roomsMade + 1}`, before: somewhere() }),
];
const searches: readonly (() => Request)[] = [
  () => ({ type: "search", limit, words: word(0), room: "#room1" }),
  () => ({ type: "search", limit, words: word(100), room: "#room1", before: somewhere() }),
  () => ({ type: "search", limit, words: word(10_000) }),
  () => ({ type: "search", limit, words: rareWord }),
  () => ({ type: "search", limit, words: `${word(100)} ${word(200)}`, room: "#room1" }),
];

async function pause(): Promise<void> {
  if (load.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, load.pauseMs));
}

function timesOf(times: number[]): RequestTimes {
  times.sort((left, right) => left - right);
  return {
    count: times.length,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  };
}

// An account can be in 100 rooms, and the lobby is one of them.
for (let room = 1; room < roomsMade; room++) await ask({ type: "join", room: `#room${room}` });
const pageTimes: number[] = [];
const searchTimes: number[] = [];
const endMs = performance.now() + load.seconds * 1_000;
for (let round = 0; performance.now() < endMs; round++) {
  pageTimes.push(await ask(pages[round % pages.length]!()));
  await pause();
  searchTimes.push(await ask(searches[round % searches.length]!()));
  await pause();
}
const result: HistoryLoadResult = { pages: timesOf(pageTimes), searches: timesOf(searchTimes) };
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result)));
Deno.exit(0);
