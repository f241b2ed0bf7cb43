import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openStorage } from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { makeRoom, tamper, topicSetting, withFolder } from "./storage_fixture.ts";
import { addMember, removeMember, setTopic } from "../../../fixtures/changes.ts";
import { keptSecret } from "../../../../server/storage/secret_storage.ts";

const secret = () => new Uint8Array(32).fill(6);

/** A folder with a room of three members, of whom one has left again, a topic, and a secret. */
async function withRoom(test: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#den");
    for (const key of ["ann", "bob", "cid", "bob"]) await addMember(storage, roomId, key);
    await setTopic(storage, roomId, "first", topicSetting);
    await removeMember(storage, roomId, "bob");
    await removeMember(storage, roomId, "nobody");
    await setTopic(storage, roomId, "second", topicSetting);
    await keptSecret(storage, "secret", secret);
    await storage.close();
    await test(folder);
  });
}

Deno.test("members who come and go leave a room whose checksum fits", async () => {
  await withRoom(async (folder) => {
    const storage = await openStorage(folder);
    const [room] = storage.opened.rooms;
    assertEquals([room?.members, room?.topic], [["ann", "cid"], "second"]);
    assertEquals(await keptSecret(storage, "secret", () => new Uint8Array()), secret());
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
      const error = await assertRejects(() => keptSecret(storage, "secret", secret), StorageError);
      assertEquals(error.reason, "damaged");
      await storage.close();
    }
  });
});
