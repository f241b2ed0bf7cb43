import { assertEquals, assertRejects } from "@std/assert";
import { countsPath } from "../../../../../server/storage/sqlite/file/commit_counts.ts";
import { openStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import {
  databasePath,
  filledOnce,
  makeAccount,
  makePost,
  makeRoom,
  randomIntegers,
  StoreHere,
  tamper,
} from "../storage_fixture.ts";
import { append, createAccount } from "../../../../fixtures/changes.ts";
import { unindexedPostsMax } from "../../../../../server/storage/sqlite/search/word_index.ts";

/** A folder with a store of posts in a room, two of three, and in a private conversation, closed. */
function historyOf(posts: number) {
  return filledOnce(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    await createAccount(storage, makeAccount("ann"));
    await Promise.all(
      Array.from({ length: posts }, (_, index) =>
        append(
          storage,
          makePost(
            index % 3 === 0 ? { between: ["ann", "bob"] } : { roomId },
            `word number${index}`,
          ),
        )),
    );
  });
}
const withHistory = historyOf(600);
/** Posts are put into the index of words many at a time. */
const withIndexedHistory = historyOf(2 * unindexedPostsMax);

/** What verify() finds, or why the store does not open. */
function problemsIn(folder: string): readonly string[] {
  try {
    using store = new StoreHere(folder);
    return store.reader.verify();
  } catch (error) {
    if (error instanceof StorageError) return [error.message];
    throw error;
  }
}

const damages: [what: string, sql: string, problem: string][] = [
  ["a changed post", "UPDATE posts SET body = 'other' WHERE sequence = 8", "at post 8"],
  ["a lost post", "DELETE FROM posts WHERE sequence = 8", "The post before post 9"],
  ["a lost newest post", "DELETE FROM posts WHERE sequence = 600", "newest post of conversation"],
  [
    "a post too many in the index of words",
    "INSERT INTO words (rowid, text) VALUES (8, 'x')",
    "index of words",
  ],
  ["a lost index of words", "INSERT INTO words (words) VALUES ('delete-all')", "index of words"],
  ["a lost room", "PRAGMA foreign_keys = OFF; DELETE FROM rooms", "is in no room"],
  ["a changed account", "UPDATE accounts SET salt = x'00' WHERE key = 'ann'", 'the account "ann"'],
  ["a changed room", "UPDATE rooms SET topic = 'other'", 'the room "#lobby"'],
  ["a lost participant", "DELETE FROM participants WHERE key = 'ann'", "lists of private"],
  ["a participant too many", "INSERT INTO participants VALUES ('eve', 2)", "lists of private"],
  ["a lost conversation", "PRAGMA foreign_keys = OFF; DELETE FROM conversations", "does not exist"],
];
Deno.test("verify() finds nothing where nothing is damaged", async () => {
  for (const withGood of [withHistory, withIndexedHistory]) {
    await withGood((folder) => assertEquals(problemsIn(folder), []));
  }
});

for (const [what, sql, problem] of damages) {
  Deno.test(`verify() names ${what}`, async () => {
    const withGood = problem === "index of words" ? withIndexedHistory : withHistory;
    await withGood(async (folder) => {
      tamper(folder, sql);
      // It would name some of these at start already.
      await Deno.remove(countsPath(databasePath(folder)));
      const problems = problemsIn(folder);
      assertEquals(problems.some((line) => line.includes(problem)), true, problems.join("\n"));
    });
  });
}

Deno.test("verify() names at most 100 problems", async () => {
  await withHistory((folder) => {
    tamper(folder, "UPDATE posts SET checksum = 1");
    assertEquals(problemsIn(folder).length, 100);
  });
});

/** Reads everything; the ids found, or "damaged" if that was said anywhere. */
function readAll(folder: string): string[] | "damaged" {
  const found: string[] = [];
  try {
    using store = new StoreHere(folder);
    const scope = { reader: "ann", roomIds: [1], privateWith: "all", limit: 100 };
    for (let after = 0, more = true; more;) {
      const page = store.reader.history({ ...scope, after });
      found.push(...page.posts.map(({ sequence, body }) => `${sequence} ${body}`));
      after = page.posts.at(-1)?.sequence ?? after;
      more = page.more && page.posts.length > 0;
    }
    return found;
  } catch (error) {
    if (error instanceof StorageError) return "damaged";
    throw error;
  }
}

Deno.test("one flipped bit is noticed at start or on reading, or does no harm", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  const random = randomIntegers(seed | 1);
  await withHistory(async (folder) => {
    const path = databasePath(folder);
    const good = await Deno.readFile(path);
    const expected = readAll(folder);
    assertEquals(expected.length, 600);
    for (let round = 0; round < 100; round++) {
      const bad = new Uint8Array(good);
      const bit = random(good.length * 8);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await Deno.writeFile(path, bad);
      const found = readAll(folder);
      if (found === "damaged") continue;
      assertEquals(found, expected, `seed ${seed}: bit ${bit}`);
    }
  });
});

Deno.test("a file that is cut short is noticed at start or on reading", async () => {
  await withHistory(async (folder) => {
    const path = databasePath(folder);
    const good = await Deno.readFile(path);
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      await Deno.writeFile(path, good.slice(0, Math.floor(good.length * share)));
      assertEquals(readAll(folder), "damaged", `${share}`);
    }
  });
});

Deno.test("a damaged post does not keep the server from taking new ones", async () => {
  await withHistory(async (folder) => {
    tamper(folder, "UPDATE posts SET body = 'other' WHERE sequence = 8");
    const storage = await openStorage(folder);
    assertEquals((await append(storage, makePost({ roomId: 1 }, "new"))).sequence, 601);
    const scope = { reader: null, roomIds: [1], privateWith: "none" };
    assertEquals((await storage.history({ ...scope, limit: 50 })).posts.length, 50);
    await assertRejects(
      () => storage.history({ ...scope, after: 0, limit: 50 }),
      StorageError,
      "post 8",
    );
    await storage.close();
  });
});
