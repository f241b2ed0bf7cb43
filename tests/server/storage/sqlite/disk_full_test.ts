import { assertEquals, assertRejects } from "@std/assert";
import {
  openStorage,
  type SqliteStorage,
} from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { makeAccount, makePost, makeRoom, withFolder, withStorage } from "./storage_fixture.ts";
import { append, createAccount, createRoom } from "../../../fixtures/changes.ts";

const plentyPages = 1_000_000;

/** Appends until the disk is full; returns the ids that were acknowledged, and how many were refused. */
async function appendUntilFull(storage: SqliteStorage, roomId: number) {
  const acknowledged: string[] = [];
  let refused = 0;
  while (refused === 0) {
    const posts = Array.from({ length: 20 }, () => makePost({ roomId }, "word ".repeat(200)));
    const results = await Promise.allSettled(posts.map((post) => append(storage, post)));
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") acknowledged.push(posts[index]?.id ?? "");
      else {
        refused++;
        assertEquals(result.reason instanceof StorageError && result.reason.reason, "full");
      }
    }
  }
  return { acknowledged, refused };
}

async function storedIds(storage: SqliteStorage, roomId: number): Promise<string[]> {
  const ids: string[] = [];
  for (let after = 0, more = true; more;) {
    const scope = { reader: null, roomIds: [roomId], privateWith: "none" };
    const page = await storage.history({ ...scope, after, limit: 100 });
    ids.push(...page.posts.map(({ id }) => id));
    after = page.posts.at(-1)?.sequence ?? 0;
    more = page.more;
  }
  return ids;
}

Deno.test("a full disk refuses posts, keeps what was acknowledged, and takes posts again when there is space", async () => {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    await storage.limitPages(await storage.limitPages(plentyPages) + 30);
    const { acknowledged, refused } = await appendUntilFull(storage, roomId);
    assertEquals([acknowledged.length > 0, refused > 0], [true, true]);
    assertEquals(await storedIds(storage, roomId), acknowledged);
    await assertRejects(
      () => append(storage, makePost({ roomId }, "x".repeat(20_000))),
      StorageError,
      "full",
    );
    await storage.limitPages(plentyPages);
    const after = makePost({ roomId }, "after");
    assertEquals((await append(storage, after)).sequence, acknowledged.length + 1);
    assertEquals(await storedIds(storage, roomId), [...acknowledged, after.id]);
    assertEquals(await storage.verify(), []);
    await storage.close();
    const again = await openStorage(folder);
    assertEquals(await storedIds(again, roomId), [...acknowledged, after.id]);
    await again.close();
  });
});

Deno.test("a private conversation whose first post failed can be begun again", async () => {
  await withStorage(async (storage) => {
    await storage.limitPages(1);
    const long = "x".repeat(20_000);
    await assertRejects(
      () => append(storage, makePost({ between: ["ann", "bob"] }, long)),
      StorageError,
      "full",
    );
    await storage.limitPages(plentyPages);
    await append(storage, makePost({ between: ["bob", "ann"] }, long));
    const page = await storage.history({
      reader: "ann",
      roomIds: [],
      privateWith: "bob",
      limit: 9,
    });
    assertEquals(page.posts.length, 1);
    assertEquals(await storage.verify(), []);
  });
});

Deno.test("a full disk refuses accounts and rooms with a typed error, and leaves no half of them", async () => {
  await withStorage(async (storage) => {
    await storage.limitPages(1);
    const errors = new Set<string>();
    let accounts = 0;
    let rooms = 0;
    for (let index = 0; index < 400 && errors.size < 2; index++) {
      const big = { salt: new Uint8Array(20_000) };
      await createAccount(storage, makeAccount(`a${index}`, big)).then(
        () => accounts++,
        (error) => errors.add(`account ${error.reason}`),
      );
      await createRoom(storage, {
        name: "x".repeat(9_000),
        nameKey: `#${index}`,
        skeleton: `#${index}`,
      })
        .then(() => rooms++, (error) => errors.add(`room ${error.reason}`));
    }
    assertEquals([...errors].sort(), ["account full", "room full"]);
    await storage.limitPages(plentyPages);
    assertEquals(await storage.countAccounts(), accounts);
    assertEquals(await makeRoom(storage, "#last"), rooms + 1);
    assertEquals(await storage.verify(), []);
  });
});
