import { DatabaseSync } from "node:sqlite";
import { assertEquals } from "@std/assert";
import { openStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import {
  indexedUpTo,
  unindexedPostsMax,
  unseenPostsMax,
} from "../../../../../server/storage/sqlite/search/word_index.ts";
import { databasePath, makePost, makeRoom, withFolder, withStorage } from "../storage_fixture.ts";
import { append } from "../../../../fixtures/changes.ts";

Deno.test("every post can be searched as soon as it is stored, also after restarts", async () => {
  await withFolder(async (folder) => {
    let roomId = 0;
    let count = 0;
    for (const more of [1, unindexedPostsMax - 2, 1, 1, 300, 700, 5]) {
      const storage = await openStorage(folder);
      if (count === 0) roomId = await makeRoom(storage, "#lobby");
      const posts = Array.from({ length: more }, () => {
        count++;
        return makePost({ roomId }, `number${count}x`, {
          kind: count % 7 === 0 ? "sealed" : "text",
        });
      });
      await Promise.all(posts.map((post) => append(storage, post)));
      for (let number = 1; number <= count; number += 1 + Math.floor(count / 50)) {
        const page = await storage.search({
          words: [`number${number}x`],
          roomIds: [roomId],
          limit: 5,
        });
        assertEquals(page.posts.map(({ sequence }) => sequence), number % 7 === 0 ? [] : [number]);
      }
      assertEquals(await storage.verify(), []);
      await storage.close();
    }
  });
});

Deno.test("posts of a commit that failed are not in the index later", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    for (let round = 0; round < 4; round++) {
      await storage.limitPages(1);
      const lost = Array.from(
        { length: 150 },
        () => append(storage, makePost({ roomId }, "lost ".repeat(200))),
      );
      assertEquals(
        (await Promise.allSettled(lost)).filter(({ status }) => status === "fulfilled"),
        [],
      );
      await storage.limitPages(1_000_000);
      await Promise.all(
        Array.from({ length: 100 }, () => append(storage, makePost({ roomId }, "kept"))),
      );
    }
    const scope = { roomIds: [roomId], limit: 100 };
    assertEquals((await storage.search({ ...scope, words: ["lost"] })).posts, []);
    assertEquals(
      (await storage.search({ ...scope, words: ["kept"], before: 102 })).posts.length,
      100,
    );
    assertEquals((await storage.search({ ...scope, words: ["kept"] })).more, true);
    assertEquals(await storage.verify(), []);
  });
});

Deno.test("a start reads few posts again, also where people write in private only", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    await append(storage, makePost({ roomId }, "alone"));
    const toJill = () => append(storage, makePost({ between: ["jack", "jill"] }, "hello"));
    await Promise.all(Array.from({ length: unseenPostsMax - 2 }, toJill));
    await storage.close();
    assertEquals(seenAfterRestart(folder), 0);
    storage = await openStorage(folder);
    await toJill();
    await storage.close();
    assertEquals(seenAfterRestart(folder), unseenPostsMax);
    storage = await openStorage(folder);
    const found = await storage.search({ words: ["alone"], roomIds: [roomId], limit: 5 });
    assertEquals(found.posts.map(({ sequence }) => sequence), [1]);
    assertEquals(await storage.verify(), []);
    await storage.close();
  });
});

function seenAfterRestart(folder: string): number {
  const database = new DatabaseSync(databasePath(folder), { readOnly: true });
  try {
    return indexedUpTo(database);
  } finally {
    database.close();
  }
}
