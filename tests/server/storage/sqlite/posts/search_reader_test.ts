import { assert, assertEquals, assertRejects } from "@std/assert";
import { fillStorage, rareWord, roomsMade } from "../../../../../bench/storage_data.ts";
import {
  openStorage,
  type SqliteStorage,
} from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import {
  makePost,
  makeRoom,
  randomIntegers,
  tamper,
  withFolder,
  withStorage,
} from "../storage_fixture.ts";
import { append } from "../../../../fixtures/changes.ts";

async function bodiesFound(storage: SqliteStorage, roomIds: number[], ...words: string[]) {
  const page = await storage.search({ words, roomIds, limit: 100 });
  return page.posts.map(({ body }) => body);
}

Deno.test("search() finds posts by the beginnings of all words, oldest first, without case and accents", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    const bodies = ["Ein Käse für Zoë", "kase und Brot", "Brot", "KÄSEBROT", "unkäse"];
    for (const body of bodies) await append(storage, makePost({ roomId }, body));
    assertEquals(await bodiesFound(storage, [roomId], "käse"), [bodies[0], bodies[1], bodies[3]]);
    assertEquals(await bodiesFound(storage, [roomId], "KASE", "brot"), [bodies[1]]);
    assertEquals(await bodiesFound(storage, [roomId], "brot kase"), [bodies[1]]);
    assertEquals(await bodiesFound(storage, [roomId], "zoe", "nothing"), []);
  });
});

Deno.test("search() looks into the rooms that were asked for only, and never into private posts", async () => {
  await withStorage(async (storage) => {
    const first = await makeRoom(storage, "#first");
    const second = await makeRoom(storage, "#second");
    await append(storage, makePost({ roomId: first }, "word first"));
    await append(storage, makePost({ roomId: second }, "word second"));
    await append(storage, makePost({ between: ["ann", "bob"] }, "word private"));
    assertEquals(await bodiesFound(storage, [first], "word"), ["word first"]);
    assertEquals(await bodiesFound(storage, [first, second], "word"), [
      "word first",
      "word second",
    ]);
    assertEquals(await bodiesFound(storage, [first, second, 3, 99], "private"), []);
    assertEquals(await bodiesFound(storage, [], "word"), []);
  });
});

Deno.test("search() does not look into sealed posts, but into actions and notices", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    for (const kind of ["text", "sealed", "action", "notice"] as const) {
      await append(storage, makePost({ roomId }, `word ${kind}`, { kind }));
    }
    assertEquals(await bodiesFound(storage, [roomId], "word"), [
      "word text",
      "word action",
      "word notice",
    ]);
    assertEquals(await storage.verify(), []);
  });
});

Deno.test("search() takes operators and quotation marks for plain words or nothing", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    await append(storage, makePost({ roomId }, "near and or not (text:x) *"));
    const queries = [
      '"',
      '""',
      "'",
      "*",
      "AND",
      "OR OR",
      "NOT near",
      "NEAR(and or)",
      "text:x",
      "(",
      ")",
      "^near",
      "-near",
      "a\0b",
      "near + or",
      "{text}: x",
      "\u{f0000}near",
      "\ue0001",
      "\ud800",
      '" OR "',
      "\\",
      ";--",
    ];
    for (const query of queries) {
      const { posts } = await storage.search({ words: [query], roomIds: [roomId], limit: 5 });
      assertEquals(posts.length <= 1, true, query);
    }
    assertEquals((await bodiesFound(storage, [roomId], "AND", "Or", "NOT")).length, 1);
    assertEquals(await bodiesFound(storage, [roomId], '"', "*", "--"), []);
    assertEquals(await bodiesFound(storage, [roomId]), []);
  });
});

Deno.test("search() pages with `before` and says whether there is more", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    for (let index = 1; index <= 25; index++) {
      await append(storage, makePost({ roomId }, index % 5 === 0 ? "rest" : `word ${index}`));
    }
    const found: number[] = [];
    let more = true;
    while (more) {
      const query = {
        words: ["word"],
        roomIds: [roomId],
        limit: 7,
        ...(found[0] ? { before: found[0] } : {}),
      };
      const page = await storage.search(query);
      found.unshift(...page.posts.map(({ sequence }) => sequence));
      more = page.more;
    }
    assertEquals(
      found,
      Array.from({ length: 25 }, (_, index) => index + 1).filter((n) => n % 5 !== 0),
    );
  });
});

Deno.test("search() finds the same with the index as by reading every post", async () => {
  await withFolder(async (folder) => {
    fillStorage(folder, 3_000);
    const storage = await openStorage(folder);
    assertEquals(await storage.verify(), []);
    const rooms = Array.from({ length: roomsMade }, (_, index) => index + 1);
    const all = [];
    for (let after = 0, more = true; more;) {
      const page = await storage.history({
        reader: null,
        roomIds: rooms,
        privateWith: "none",
        after,
        limit: 100,
      });
      all.push(...page.posts);
      after = all.at(-1)?.sequence ?? 0;
      more = page.more;
    }
    const random = randomIntegers(5);
    for (let round = 0; round < 100; round++) {
      const source = all[random(all.length)]?.body.split(" ") ?? [];
      const words = source.slice(0, 1 + random(3)).map((word) => word.slice(0, 1 + random(7)));
      const roomIds = round % 3 === 0
        ? rooms
        : round % 3 === 1
        ? [1]
        : rooms.slice(0, 1 + random(20));
      const before = 1 + random(3_100);
      const expected = all.filter(({ sequence, roomId, body }) =>
        sequence < before && roomIds.includes(roomId ?? 0) &&
        words.every((word) => body.split(" ").some((other) => other.startsWith(word)))
      );
      const page = await storage.search({ words, roomIds, before, limit: 30 });
      assertEquals(
        page.posts.map(({ sequence }) => sequence),
        expected.slice(-30).map(({ sequence }) => sequence),
      );
      assertEquals(page.more, expected.length > 30);
    }
    assertEquals(await bodiesFound(storage, rooms, rareWord + "none"), []);
    await storage.close();
  });
});

Deno.test("search() notices when the index names a post that does not have the words", async () => {
  await withFolder(async (folder) => {
    fillStorage(folder, 1_000);
    const mark = String.fromCodePoint(0xf0000);
    tamper(folder, `INSERT INTO words (rowid, text) VALUES (3, '${mark}wrongword ${mark}\ue0001')`);
    const storage = await openStorage(folder);
    const error = await assertRejects(
      () => storage.search({ words: ["wrongword"], roomIds: [1], limit: 5 }),
      StorageError,
    );
    assertEquals(error.reason, "damaged");
    assertEquals(await storage.verify(), ["The index of words does not fit the posts."]);
    await storage.close();
  });
});

Deno.test("history waits for one search at most, however many are under way", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    await append(storage, makePost({ roomId }, "word"));
    await storage.history({ reader: null, roomIds: [roomId], privateWith: "none", limit: 1 });
    const ended: string[] = [];
    const searches = Array.from({ length: 5 }, async () => {
      await storage.search({ words: ["word"], roomIds: [roomId], limit: 1 });
      ended.push("search");
    });
    await storage.history({ reader: null, roomIds: [roomId], privateWith: "none", limit: 1 });
    ended.push("history");
    await Promise.all(searches);
    assert(ended.indexOf("history") <= 1, ended.join());
    assertEquals(ended.length, 6);
  });
});
