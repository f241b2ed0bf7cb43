/**
 * The store by itself: durable posts, pages of history and searches in a long history, opening it.
 *
 * Run directly: `deno run -A bench/storage.ts [--posts=1000000] [--folder=DIR] [--keep]`. The history is made in DIR, or
 * in a folder for temporary files; a history that is there already is used as it is. It is removed unless `--keep`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { newPostId } from "../protocol/wire/post_id.ts";
import { openStorage, type SqliteStorage } from "../server/storage/sqlite/sqlite_storage.ts";
import type { Page } from "../server/storage/post_storage.ts";
import { percentile, type Row, table } from "./rows.ts";
import { fillStorage, rareWord, reader, roomsMade, vocabulary } from "./storage_data.ts";

/** What is measured. */
export interface StorageBench {
  /** Posts in the history that is read. */
  readonly posts: number;
  /** Where the history is made, or is already. */
  readonly folder?: string;
  /** Whether the history stays there. */
  readonly keep?: boolean;
}

const appendsMs = 4_000;
const queryRounds = 30;
const backgroundPerSecond = 500;

/** A query that is repeated, at another place in the history each round. */
interface Query {
  readonly name: string;
  readonly ask: (storage: SqliteStorage, before: number) => Promise<Page>;
}

function post(storage: SqliteStorage, roomId: number, writer: number): Promise<unknown> {
  const words = Array.from({ length: 12 }, () => vocabulary[Math.floor(Math.random() * 5_000)]);
  return storage.submit({
    type: "post",
    version: 1,
    destination: { roomId },
    from: `writer${writer}`,
    to: "#room1",
    id: newPostId(Date.now()),
    timeMs: Date.now(),
    kind: "text",
    body: words.join(" "),
  });
}

async function benchAppends(storage: SqliteStorage, roomId: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const writers of [1, 10, 100]) {
    const times: number[] = [];
    const endMs = performance.now() + appendsMs;
    await Promise.all(Array.from({ length: writers }, async (_, writer) => {
      for (let nowMs = performance.now(); nowMs < endMs;) {
        await post(storage, roomId, writer);
        const doneMs = performance.now();
        times.push(doneMs - nowMs);
        nowMs = doneMs;
      }
    }));
    const name = `durable posts, ${writers} writers`;
    rows.push({ name, value: times.length / (appendsMs / 1_000), unit: "1/s" });
    rows.push(...timeRows(name, times));
  }
  return rows;
}

function timeRows(name: string, times: readonly number[]): Row[] {
  const sorted = times.toSorted((left, right) => left - right);
  return [
    { name: `${name}: p50`, value: percentile(sorted, 0.5), unit: "ms" },
    { name: `${name}: p99`, value: percentile(sorted, 0.99), unit: "ms" },
  ];
}

const allRooms = Array.from({ length: roomsMade }, (_, index) => index + 1);
const everything = { reader, roomIds: allRooms, privateWith: "all", limit: 50 };

function searchFor(name: string, roomIds: readonly number[], ...words: string[]): Query {
  return {
    name: `search: ${name}`,
    ask: (storage) => storage.search({ words, roomIds, limit: 50 }),
  };
}

function word(rank: number): string {
  return vocabulary[rank] ?? "";
}

const queries: readonly Query[] = [
  {
    name: "history: newest page of 1,100 conversations",
    ask: (storage) => storage.history(everything),
  },
  {
    name: "history: page before anywhere, of 1,100 conversations",
    ask: (storage, before) => storage.history({ ...everything, before }),
  },
  {
    name: "history: page after anywhere, of 1,100 conversations",
    ask: (storage, after) => storage.history({ ...everything, after }),
  },
  {
    name: "history: page before anywhere, of the lobby",
    ask: (storage, before) =>
      storage.history({ reader: null, roomIds: [1], privateWith: "none", before, limit: 50 }),
  },
  searchFor("most common word, largest room", [1], word(0)),
  searchFor("word of 1 post in 100, largest room", [1], word(100)),
  searchFor("word of 1 post in 10,000, all 100 rooms", allRooms, word(10_000)),
  searchFor("rare word, largest room", [1], rareWord),
  searchFor("rare word, all 100 rooms", allRooms, rareWord),
  searchFor("most common and rare word, all 100 rooms", allRooms, word(0), rareWord),
  searchFor("two words of 1 post in 100, largest room", [1], word(100), word(200)),
  searchFor("one letter, all 100 rooms", allRooms, "b"),
  searchFor("most common word, room with 50 posts", [roomsMade], word(0)),
  searchFor("most common word, room with 0.3% of the posts", [50], word(0)),
  searchFor("word that is nowhere, all 100 rooms", allRooms, "zzzz"),
];

async function benchQueries(storage: SqliteStorage, when: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, ask } of queries) {
    const times: number[] = [];
    for (let round = 0; round < queryRounds; round++) {
      const before = Math.floor(storage.opened.lastSequence * (0.05 + 0.9 * Math.random()));
      const startMs = performance.now();
      await ask(storage, before);
      times.push(performance.now() - startMs);
    }
    rows.push(...timeRows(`${name}, ${when}`, times));
  }
  return rows;
}

/** Appends at a steady pace until told to stop; gives the time that each took. */
function appendSteadily(storage: SqliteStorage): () => Promise<number[]> {
  const times: number[] = [];
  const underWay = new Set<Promise<void>>();
  const startMs = performance.now();
  let begun = 0;
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - startMs) / 1_000 * backgroundPerSecond);
    while (begun < due) {
      const beganMs = performance.now();
      const done = post(storage, 1, begun++ % 100).then(() => {
        times.push(performance.now() - beganMs);
        underWay.delete(done);
      });
      underWay.add(done);
    }
  }, 2);
  return async () => {
    clearInterval(timer);
    await Promise.all(underWay);
    return times;
  };
}

async function benchHistory(folder: string): Promise<Row[]> {
  const rows: Row[] = [];
  let startMs = performance.now();
  let storage = await openStorage(folder);
  const posts = `${(storage.opened.lastSequence / 1e6).toFixed(1)} million posts`;
  rows.push({ name: `open with ${posts}`, value: performance.now() - startMs, unit: "ms" });
  startMs = performance.now();
  await storage.history(everything);
  rows.push({ name: "first page after opening", value: performance.now() - startMs, unit: "ms" });
  rows.push(...await benchQueries(storage, "idle"));
  const stop = appendSteadily(storage);
  rows.push(...await benchQueries(storage, `at ${backgroundPerSecond} posts/s`));
  rows.push(...timeRows(`durable posts at ${backgroundPerSecond}/s beside queries`, await stop()));
  rows.push(...await benchAppends(storage, 1));
  await storage.close();
  startMs = performance.now();
  storage = await openStorage(folder);
  rows.push({ name: `open again with ${posts}`, value: performance.now() - startMs, unit: "ms" });
  await storage.close();
  return rows;
}

async function isFilled(folder: string): Promise<boolean> {
  const storage = await openStorage(folder);
  await storage.close();
  return storage.opened.lastSequence > 0;
}

/**
 * Measures the store.
 *
 * @param options See {@linkcode StorageBench}.
 * @returns The figures.
 */
export async function benchStorage(options: StorageBench): Promise<Row[]> {
  const rows: Row[] = [];
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "chat-bench-" });
  try {
    if (!await isFilled(folder)) {
      const tookMs = fillStorage(folder, options.posts);
      rows.push({ name: `make ${options.posts} posts`, value: tookMs / 1_000, unit: "s" });
    }
    rows.push(...await benchHistory(folder));
  } finally {
    if (options.keep !== true) await Deno.remove(folder, { recursive: true });
  }
  return rows;
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { string: ["posts", "folder"], boolean: ["keep"] });
  const { posts, folder, keep } = flags;
  const options = {
    posts: typeof posts === "string" ? Number(posts) : 1_000_000,
    keep: keep === true,
    ...(typeof folder === "string" ? { folder } : {}),
  };
  // deno-lint-ignore no-console -- the table is what this program is for
  console.log(table(await benchStorage(options)));
}
