import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openStorage } from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../server/storage/storage.ts";
import { makeRoom, tamper, topicSetting, withFolder } from "./storage_fixture.ts";

const secret = () => new Uint8Array(32).fill(6);

/** A folder with a room of three members, of whom one has left again, a topic, and a secret. */
async function withRoom(test: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#den");
    for (const key of ["ann", "bob", "cid", "bob"]) await storage.addMember(roomId, key);
    await storage.setTopic(roomId, "first", topicSetting);
    await storage.removeMember(roomId, "bob");
    await storage.removeMember(roomId, "nobody");
    await storage.setTopic(roomId, "second", topicSetting);
    await storage.secret("secret", secret);
    await storage.close();
    await test(folder);
  });
}

Deno.test("members who come and go leave a room whose checksum fits", async () => {
  await withRoom(async (folder) => {
    const storage = await openStorage(folder);
    const [room] = storage.opened.rooms;
    assertEquals([room?.members, room?.topic], [["ann", "cid"], "second"]);
    assertEquals(await storage.secret("secret", () => new Uint8Array()), secret());
    assertEquals(await storage.verify(), []);
    await storage.close();
  });
});

const damages: [what: string, sql: string][] = [
  ["a member who is missing", "DELETE FROM members WHERE key = 'ann'"],
  ["a member with another name", "UPDATE members SET key = 'ano' WHERE key = 'ann'"],
  ["a member too many", "INSERT INTO members VALUES (1, 'eve')"],
  ["another topic", "UPDATE rooms SET topic = 'sesond'"],
  ["a topic of someone else", "UPDATE rooms SET topic_by = 'Eve'"],
  ["a topic of nobody", "UPDATE rooms SET topic_by = NULL"],
];
for (const [what, sql] of damages) {
  Deno.test(`a room with ${what} is named at start`, async () => {
    await withRoom(async (folder) => {
      tamper(folder, sql);
      const error = await assertRejects(() => openStorage(folder), StorageError);
      assertEquals(error.reason, "damaged");
      assertMatch(error.message, /the room "#den"/);
    });
  });
}

Deno.test("a secret that has changed is named when it is asked for", async () => {
  await withRoom(async (folder) => {
    for (const value of [`zeroblob(36)`, `x'00'`, `x''`]) {
      tamper(folder, `UPDATE secrets SET value = ${value}`);
      const storage = await openStorage(folder);
      const error = await assertRejects(() => storage.secret("secret", secret), StorageError);
      assertEquals(error.reason, "damaged");
      await storage.close();
    }
  });
});
