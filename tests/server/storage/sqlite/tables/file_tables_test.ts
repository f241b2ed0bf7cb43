import { assertEquals } from "@std/assert";
import { parseRoomName } from "../../../../../protocol/names/names.ts";
import type { FileLookups } from "../../../../../server/storage/file_storage.ts";
import type { CommandLog } from "../../../../../server/storage/command_log.ts";
import { append, createRoom } from "../../../../fixtures/changes.ts";
import { MemoryStorage } from "../../../../fixtures/memory_storage.ts";
import { withStorage } from "../storage_fixture.ts";

const idOf = (letter: string) => letter.repeat(32);

/** Announces files, named by a letter, at times that are their numbers. */
async function fill(storage: CommandLog & FileLookups): Promise<void> {
  const roomId = await createRoom(storage, parseRoomName("#lobby"));
  const files = [["a", "jack", 1, true], ["b", "jack", 2, false], ["c", "jill", 3, false]] as const;
  for (const [letter, owner, timeMs, whole] of files) {
    const file = idOf(letter);
    const [postId, destination, bytes] = [letter, { roomId }, 10];
    const sent = { file, from: owner, owner, postId, destination, bytes, timeMs };
    await storage.submit({ type: "file", version: 1, ...sent });
    if (whole) await storage.submit({ type: "file_whole", version: 1, file, hash: null });
  }
  const post = { kind: "text", from: "jack", to: "#lobby", body: "x", timeMs: 5 } as const;
  await append(storage, { ...post, id: "a", destination: { roomId } });
}

function test(name: string, check: (storage: CommandLog & FileLookups) => Promise<void>): void {
  Deno.test(`${name}, in SQLite`, () =>
    withStorage(async (storage) => {
      await fill(storage);
      await check(storage);
    }));
  Deno.test(`${name}, in memory`, async () => {
    const storage = new MemoryStorage();
    await fill(storage);
    await check(storage);
  });
}

test("stale files are those that have waited, or were kept, for too long: of all, or of one account", async (storage) => {
  const stale = (keptSinceMs: number, waitingSinceMs: number, owner: string | null, limit = 9) =>
    storage.staleFiles({ keptSinceMs, waitingSinceMs, owner, limit });
  assertEquals(await stale(0, 3, null), [idOf("b")]);
  assertEquals(await stale(0, 9, null), [idOf("b"), idOf("c")]);
  assertEquals(await stale(0, 9, "jack"), [idOf("b")]);
  assertEquals(await stale(9, 0, "jack"), [idOf("a"), idOf("b")]);
  assertEquals(await stale(9, 9, null, 2), [idOf("a"), idOf("b")]);
  assertEquals(await stale(9, 9, "joe"), []);
});

test("the files of an account are counted, and those of everybody", async (storage) => {
  assertEquals(await storage.fileUsage("jack"), { own: 20, ownCount: 2, all: 30 });
  assertEquals(await storage.fileUsage("joe"), { own: 0, ownCount: 0, all: 30 });
});
