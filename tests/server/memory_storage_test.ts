import { assertEquals } from "@std/assert";
import { openStorage } from "../../server/storage/sqlite_storage.ts";
import type { Storage } from "../../server/storage/storage.ts";
import { withFolder } from "../folders.ts";
import { MemoryStorage } from "./memory_storage.ts";
import { makeAccount, makePost } from "./storage/storage_fixture.ts";

/** Asks a store about everything that the heart relies on; errors by their names. */
async function interview(storage: Storage): Promise<unknown[]> {
  const answers: unknown[] = [];
  const ask = async (question: () => Promise<unknown>) => {
    answers.push(await question().catch((error: Error) => error.name));
  };
  const room = await storage.createRoom({ name: "#One", key: "#one", skeleton: "#0ne" });
  const other = await storage.createRoom({ name: "#two", key: "#two", skeleton: "#two" });
  await ask(() => storage.createRoom({ name: "#one", key: "#one", skeleton: "x" }));
  await ask(() => storage.createRoom({ name: "#0ne", key: "#0ne", skeleton: "#0ne" }));
  await ask(() => storage.createAccount(makeAccount("ann")));
  await ask(() => storage.createAccount(makeAccount("ann", { skeleton: "different" })));
  await ask(() => storage.createAccount(makeAccount("bob", { skeleton: "skeleton of ann" })));
  await ask(() => storage.isNameTaken({ key: "ann", skeleton: "-" }));
  await ask(() => storage.isNameTaken({ key: "-", skeleton: "skeleton of ann" }));
  await ask(() => storage.isNameTaken({ key: "-", skeleton: "-" }));
  await ask(() => storage.findAccount("ann"));
  await ask(() => storage.findAccount("nobody"));
  await ask(() => storage.countAccounts());
  const post = (roomId: number, id: string, body: string, timeMs = 1) =>
    storage.append(makePost({ roomId }, body, { id, timeMs }));
  await ask(() => post(room.id, "1", "red roses"));
  await ask(() => post(room.id, "1", "red roses", 2));
  await ask(() => post(room.id, "1", "other words"));
  await ask(() => post(other.id, "1", "red roses"));
  await ask(() => post(other.id, "2", "red wine"));
  await ask(() => post(99, "3", "nowhere"));
  const between = ["ann", "bob"] as const;
  await ask(() => storage.append(makePost({ between }, "red secret", { id: "4", to: "bob" })));
  await ask(() => post(room.id, "5", "Redder"));
  const everything = { reader: "ann", roomIds: [room.id, other.id], privateWith: "all" } as const;
  await ask(() => storage.history({ ...everything, limit: 2 }));
  await ask(() => storage.history({ ...everything, limit: 2, after: 1 }));
  await ask(() => storage.history({ ...everything, limit: 2, before: 3 }));
  await ask(() => storage.history({ ...everything, limit: 9, after: 1, before: 4 }));
  await ask(() => storage.history({ ...everything, limit: 9, privateWith: "bob" }));
  await ask(() => storage.history({ ...everything, limit: 9, privateWith: "eve", roomIds: [] }));
  await ask(() => storage.history({ ...everything, limit: 9, reader: "eve", roomIds: [] }));
  await ask(() => storage.search({ words: ["RED"], roomIds: [room.id, other.id], limit: 2 }));
  await ask(() => storage.search({ words: ["red", "ro"], roomIds: [room.id], limit: 2 }));
  await ask(() => storage.readPosition("ann"));
  await storage.saveReadPositions(new Map([["ann", 3]]));
  await storage.saveReadPositions(new Map([["ann", 2]]));
  await ask(() => storage.readPosition("ann"));
  return answers;
}

Deno.test("the store in memory gives the same answers as the one on the disk", async () => {
  await withFolder(async (folder) => {
    const disk = await openStorage(folder);
    try {
      assertEquals(await interview(new MemoryStorage()), await interview(disk));
    } finally {
      await disk.close();
    }
  });
});

Deno.test("the store in memory finds rooms, members and the last sequence again", async () => {
  const first = new MemoryStorage();
  const room = await first.createRoom({ name: "#One", key: "#one", skeleton: "#one" });
  await first.addMember(room.id, "ann");
  await first.addMember(room.id, "bob");
  await first.removeMember(room.id, "ann");
  const topicSetting = { by: "bob", timeMs: 5 };
  await first.setTopic(room.id, "numbers", topicSetting);
  await first.append(makePost({ roomId: room.id }, "one"));
  const { opened } = new MemoryStorage(first.data);
  assertEquals(opened, {
    rooms: [{ ...room, topic: "numbers", topicSetting, members: ["bob"] }],
    lastSequence: 1,
  });
});
