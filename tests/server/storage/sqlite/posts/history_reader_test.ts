import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { pageBytesMax } from "../../../../../protocol/wire/limits.ts";
import type { SqliteStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import type {
  HistoryQuery,
  NewPost,
  Page,
  StoredPost,
} from "../../../../../server/storage/post_storage.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import {
  filledOnce,
  makePost,
  makeRoom,
  randomIntegers,
  StoreHere,
  tamper,
  withStorage,
} from "../storage_fixture.ts";
import { append } from "../../../../fixtures/changes.ts";

const names = ["ann", "bob", "cid", "dot"];

/** What history() must return, computed without an index. */
function expectedPage(
  posts: readonly (NewPost & { sequence: number })[],
  query: HistoryQuery,
): Page {
  const { reader, roomIds, privateWith, before = Infinity, after = 0, limit } = query;
  const readable = posts.filter(({ destination, sequence }) => {
    if (sequence <= after || sequence >= before) return false;
    if ("roomId" in destination) return roomIds.includes(destination.roomId);
    if (reader === null || privateWith === "none" || !destination.between.includes(reader)) {
      return false;
    }
    const [first, second] = destination.between;
    return privateWith === "all" || privateWith === (first === reader ? second : first);
  });
  const chosen = query.after === undefined ? readable.slice(-limit) : readable.slice(0, limit);
  return { posts: chosen.map(asStored), annotations: [], more: readable.length > chosen.length };
}

function asStored(post: NewPost & { sequence: number }): StoredPost {
  const { destination, sequence, from, to, id, timeMs, kind, body } = post;
  const roomId = "roomId" in destination ? destination.roomId : null;
  return { sequence, roomId, from, to, id, timeMs, kind, body };
}

async function fill(storage: SqliteStorage, posts: readonly NewPost[]) {
  const appended = await Promise.all(posts.map((post) => append(storage, post)));
  return posts.map((post, index) => ({ ...post, sequence: appended[index]?.sequence ?? 0 }));
}

Deno.test("history() returns what a plain filter over all posts returns, whatever is asked", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  const random = randomIntegers(seed | 1);
  await withStorage(async (storage) => {
    const rooms: number[] = [];
    for (let index = 0; index < 5; index++) rooms.push(await makeRoom(storage, `#room${index}`));
    const name = () => names[random(names.length)] ?? "";
    const kinds = ["text", "sealed", "action", "notice"] as const;
    const posts = await fill(
      storage,
      Array.from({ length: 2_500 }, (_, index) => {
        const roomId = rooms[Math.min(random(8), random(8))];
        const destination = roomId === undefined
          ? { between: [name(), name()] as const }
          : { roomId };
        return makePost(destination, `${index}`, {
          kind: kinds[random(4)] ?? "text",
          timeMs: random(9),
        });
      }),
    );
    for (let round = 0; round < 400; round++) {
      const query: HistoryQuery = {
        reader: random(6) === 0 ? null : name(),
        roomIds: rooms.filter(() => random(2) === 0).concat(random(9) === 0 ? [12345] : []),
        privateWith: random(3) === 0 ? "none" : random(2) === 0 ? "all" : name(),
        limit: 1 + random(100),
        ...(random(2) === 0 ? { before: random(2_600) } : {}),
        ...(random(2) === 0 ? { after: random(2_600) } : {}),
      };
      assertEquals(
        await storage.history(query),
        expectedPage(posts, query),
        `seed ${seed}: ${JSON.stringify(query)}`,
      );
    }
  });
});

Deno.test("history() pages through everything once, in order, both ways", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    await fill(
      storage,
      Array.from(
        { length: 250 },
        (_, index) =>
          makePost(index % 3 === 0 ? { between: ["ann", "bob"] } : { roomId }, `${index}`),
      ),
    );
    const scope = { reader: "ann", roomIds: [roomId], privateWith: "all", limit: 40 };
    const all = Array.from({ length: 250 }, (_, index) => index + 1);
    const forward: number[] = [];
    for (let page: Page = { posts: [], annotations: [], more: true }; page.more;) {
      page = await storage.history({ ...scope, after: forward.at(-1) ?? 0 });
      forward.push(...page.posts.map(({ sequence }) => sequence));
    }
    assertEquals(forward, all);
    const backward: number[] = [];
    for (let page: Page = { posts: [], annotations: [], more: true }; page.more;) {
      page = await storage.history({ ...scope, before: backward[0] ?? 1_000 });
      backward.unshift(...page.posts.map(({ sequence }) => sequence));
    }
    assertEquals(backward, all);
  });
});

Deno.test("history() ends a page early when its text is long, and says that there is more", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    await fill(storage, Array.from({ length: 30 }, () => makePost({ roomId }, "é".repeat(8_000))));
    const full = Math.ceil(pageBytesMax / 16_000);
    const scope = { reader: null, roomIds: [roomId], privateWith: "none", limit: 30 };
    const newest = await storage.history(scope);
    assertEquals([newest.posts.length, newest.posts.at(-1)?.sequence, newest.more], [
      full,
      30,
      true,
    ]);
    const oldest = await storage.history({ ...scope, after: 0 });
    assertEquals([oldest.posts.length, oldest.posts[0]?.sequence, oldest.more], [full, 1, true]);
    const rest = await storage.history({ ...scope, after: 30 - full });
    assertEquals([rest.posts.length, rest.more], [full, false]);
  });
});

Deno.test("history() keeps a conversation with oneself", async () => {
  await withStorage(async (storage) => {
    await append(storage, makePost({ between: ["ann", "ann"] }, "note"));
    for (const privateWith of ["ann", "all"]) {
      const page = await storage.history({ reader: "ann", roomIds: [], privateWith, limit: 5 });
      assertEquals(page.posts.map(({ body }) => body), ["note"]);
    }
    const others = await storage.history({
      reader: "bob",
      roomIds: [],
      privateWith: "ann",
      limit: 5,
    });
    assertEquals(others.posts, []);
  });
});

Deno.test("history() refuses limits and sequences that make no sense", async () => {
  await withStorage(async (storage) => {
    const scope = { reader: null, roomIds: [], privateWith: "none" };
    for (const limit of [0, -1, 101, 1.5, NaN, Infinity]) {
      await assertRejects(() => storage.history({ ...scope, limit }), StorageError);
    }
    for (const sequence of [-1, 0.5, NaN, 2 ** 53]) {
      await assertRejects(
        () => storage.history({ ...scope, limit: 1, before: sequence }),
        StorageError,
      );
      await assertRejects(
        () => storage.history({ ...scope, limit: 1, after: sequence }),
        StorageError,
      );
    }
  });
});

/** Enough that those before are entered into the index of conversations. */
const postsUntilEntered = 1_024;

/** Ten posts in one room and ten in another; in the index of conversations or not yet. */
function twentyPosts({ entered }: { readonly entered: boolean }) {
  return filledOnce(async (storage) => {
    const rooms = [await makeRoom(storage, "#first"), await makeRoom(storage, "#second")];
    const post = (_: unknown, index: number) => makePost({ roomId: rooms[index % 2]! }, `${index}`);
    await fill(storage, Array.from({ length: 20 }, post));
    if (!entered) return;
    const other = () => makePost({ between: ["ann", "ben"] }, "between others");
    await fill(storage, Array.from({ length: postsUntilEntered }, other));
  });
}
const withPosts = twentyPosts({ entered: false });
const withEnteredPosts = twentyPosts({ entered: true });

/** What is read of such posts after they were changed behind the store's back. */
async function readTampered(
  sql: string,
  query: Partial<HistoryQuery> = {},
  { entered = false } = {},
): Promise<Page> {
  let page: Page | undefined;
  await (entered ? withEnteredPosts : withPosts)((folder) => {
    using store = new StoreHere(folder);
    tamper(folder, sql);
    const scope = { reader: null, roomIds: [1], privateWith: "none", limit: 5 };
    page = store.reader.history({ ...scope, ...query });
  });
  return page!;
}

const changes = [
  "UPDATE posts SET body = body || ' ' WHERE sequence = 15",
  "UPDATE posts SET sender = 'Bob' WHERE sequence = 15",
  "UPDATE posts SET recipient = 'Bob' WHERE sequence = 15",
  "UPDATE posts SET id = 'x' WHERE sequence = 15",
  "UPDATE posts SET time_ms = time_ms + 1 WHERE sequence = 15",
  "UPDATE posts SET kind = 'notice' WHERE sequence = 15",
  "UPDATE posts SET previous = 11 WHERE sequence = 15",
  "UPDATE posts SET checksum = checksum + 1 WHERE sequence = 15",
  "UPDATE posts SET conversation = 1, checksum = checksum WHERE sequence = 16",
  "UPDATE posts SET sequence = 3000 WHERE sequence = 19",
];
const states = [{ entered: false, when: "lately" }, { entered: true, when: "long ago" }];
for (const change of changes) {
  for (const { entered, when } of states) {
    Deno.test(`history() notices, of posts of ${when}: ${change}`, async () => {
      const query = { roomIds: [1, 2], limit: 10 };
      const error = await assertRejects(
        () => readTampered(change, query, { entered }),
        StorageError,
      );
      assertEquals(error.reason, "damaged");
    });
  }
}

const losses: [what: string, sql: string, query: Partial<HistoryQuery>][] = [
  ["inside the page", "DELETE FROM posts WHERE sequence = 15", {}],
  ["at its new end", "DELETE FROM posts WHERE sequence = 19", {}],
  ["at the new end of a page in the middle", "DELETE FROM posts WHERE sequence = 13", {
    before: 15,
  }],
  ["at the old end of a page in the middle", "DELETE FROM posts WHERE sequence = 5", { after: 4 }],
  ["at the new end of a page of two rooms", "DELETE FROM posts WHERE sequence = 13", {
    roomIds: [1, 2],
    after: 4,
    limit: 9,
  }],
  ["before the first", "DELETE FROM posts WHERE sequence <= 3", { after: 0 }],
  ["all before the page", "DELETE FROM posts WHERE sequence < 15", {}],
  ["all after the page", "DELETE FROM posts WHERE sequence > 15", { after: 12 }],
];
for (const [what, sql, query] of losses) {
  for (const { entered, when } of states) {
    Deno.test(`history() notices a post of ${when} that is lost ${what}`, async () => {
      const lost = sql.replace("WHERE", "WHERE sequence <= 20 AND");
      const error = await assertRejects(() => readTampered(lost, query, { entered }), StorageError);
      assertEquals(error.reason, "damaged");
    });
  }
}

const misplaced = [
  "DELETE FROM conversation_posts WHERE sequence = 15",
  "DELETE FROM conversation_posts WHERE sequence = 19",
  "DELETE FROM conversation_posts WHERE conversation = 1",
  "DELETE FROM conversation_posts",
  "INSERT INTO conversation_posts VALUES (1, 16)",
  "UPDATE conversation_posts_progress SET sequence = 2000",
];
const withLatePosts = filledOnce(async (storage) => {
  const rooms = [await makeRoom(storage, "#first"), await makeRoom(storage, "#second")];
  const post = (_: unknown, index: number) => makePost({ roomId: rooms[index % 2]! }, "x");
  await fill(storage, Array.from({ length: 20 }, post));
  const other = () => makePost({ between: ["ann", "ben"] }, "between others");
  await fill(storage, Array.from({ length: postsUntilEntered }, other));
  await fill(storage, Array.from({ length: 4 }, post));
});
for (const change of misplaced) {
  Deno.test(`history() and verify() notice: ${change}`, async () => {
    await withLatePosts((folder) => {
      using store = new StoreHere(folder);
      tamper(folder, change);
      const query = { reader: null, roomIds: [1], privateWith: "none", limit: 7 };
      const error = assertThrows(() => store.reader.history(query), StorageError);
      assertEquals(error.reason, "damaged");
      assertEquals(store.reader.verify().length > 0, true);
    });
  });
}

Deno.test("history() notices a conversation whose posts are all lost", async () => {
  for (const query of [{}, { after: 0 }, { before: 30 }]) {
    const sql = "DELETE FROM posts WHERE sequence % 2 = 1";
    const error = await assertRejects(() => readTampered(sql, query), StorageError);
    assertEquals(error.reason, "damaged");
  }
});

Deno.test("history() names the damaged post, and other posts can still be read", async () => {
  const change = changes[0] ?? "";
  const error = await assertRejects(() => readTampered(change), StorageError);
  assertEquals(error.message.includes("post 15"), true);
  assertEquals((await readTampered(change, { before: 15 })).posts.length, 5);
});
