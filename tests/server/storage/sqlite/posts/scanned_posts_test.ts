import { assertEquals } from "@std/assert";
import type { SqliteStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import type { HistoryQuery } from "../../../../../server/storage/post_storage.ts";
import { makePost, makeRoom, tamper, withStorage } from "../storage_fixture.ts";
import { append } from "../../../../fixtures/changes.ts";

const posts = 40;

/** Every second post is Ann's; those between are of others. Gives Ann's question for a page of everything. */
async function fillAlternately(storage: SqliteStorage): Promise<HistoryQuery> {
  const roomId = await makeRoom(storage, "#lobby");
  for (let index = 0; index < posts; index++) {
    const destination = index % 2 === 1
      ? { between: ["bob", "cid"] as const }
      : index % 4 === 0
      ? { roomId }
      : { between: ["ann", "bob"] as const };
    await append(storage, makePost(destination, `${index}`));
  }
  return { reader: "ann", roomIds: [roomId], privateWith: "all", before: posts, limit: 5 };
}

async function bodies(storage: SqliteStorage, query: HistoryQuery): Promise<string[]> {
  return (await storage.history(query)).posts.map(({ body }) => body);
}

const newest = ["30", "32", "34", "36", "38"];

for (
  const [what, sql] of [
    ["lost", "DELETE FROM posts WHERE sequence = 36"],
    ["damaged", "UPDATE posts SET body = 'x' WHERE sequence = 36"],
  ] as const
) {
  Deno.test(`a page of everything is read where somebody else's post in between is ${what}`, async () => {
    await withStorage(async (storage, folder) => {
      const query = await fillAlternately(storage);
      tamper(folder, sql);
      assertEquals(await bodies(storage, query), newest);
    });
  });
}

Deno.test("a page of everything shows nothing of others, though their conversation is named as a room", async () => {
  await withStorage(async (storage) => {
    const query = await fillAlternately(storage);
    const conversations = Array.from({ length: 10 }, (_, index) => index + 1);
    assertEquals(await bodies(storage, { ...query, roomIds: conversations }), newest);
  });
});

Deno.test("a page of everything is found where long posts of others lie between", async () => {
  await withStorage(async (storage) => {
    const query = await fillAlternately(storage);
    for (let index = 0; index < 20; index++) {
      await append(storage, makePost({ between: ["bob", "cid"] }, "x".repeat(24_000)));
    }
    assertEquals(await bodies(storage, { ...query, before: posts + 21 }), newest);
  });
});
