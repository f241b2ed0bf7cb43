import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  assertNothingMissing,
  countsPath,
} from "../../../../../server/storage/sqlite/file/commit_counts.ts";
import { openStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import {
  databasePath,
  makeAccount,
  makePost,
  makeRoom,
  topicSetting,
  withFolder,
} from "../storage_fixture.ts";
import { append, createAccount, setTopic } from "../../../../fixtures/changes.ts";

const change = (path: string, index: number) => {
  const bytes = Deno.readFileSync(path);
  bytes[index]! ^= 1;
  Deno.writeFileSync(path, bytes);
};

/** A folder as kill -9 leaves it, with 3 posts and 2 further changes in the log alone, and its log's path. */
async function withCrashed(test: (folder: string, log: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const live = `${folder}/live`;
    const crashed = `${folder}/crashed`;
    const first = await openStorage(live);
    const roomId = await makeRoom(first, "#lobby");
    await first.close();
    const storage = await openStorage(live);
    for (const text of ["one", "two", "three"]) await append(storage, makePost({ roomId }, text));
    await createAccount(storage, makeAccount("ann"));
    await setTopic(storage, roomId, "topic", topicSetting);
    await Deno.mkdir(crashed);
    for (const { name } of Deno.readDirSync(live)) {
      if (!name.endsWith(".lock")) Deno.copyFileSync(`${live}/${name}`, `${crashed}/${name}`);
    }
    await storage.close();
    await test(crashed, `${databasePath(crashed)}-wal`);
  });
}

async function refusal(folder: string): Promise<string> {
  const error = await assertRejects(() => openStorage(folder), StorageError);
  assertEquals(error.reason, "damaged");
  return error.message;
}

Deno.test("after a crash everything that is in the log is there", async () => {
  await withCrashed(async (folder) => {
    const storage = await openStorage(folder);
    assertEquals([storage.opened.lastSequence, storage.opened.rooms[0]?.topic], [3, "topic"]);
    await storage.close();
  });
});

Deno.test("a log that is damaged, cut short or lost is named at start, and left as it is", async () => {
  await withCrashed(async (folder, log) => {
    const good = await Deno.readFile(log);
    const harms: [() => void, RegExp][] = [
      [() => change(log, 100), /newest post is 0, and 3 were stored/],
      [() => change(log, good.length - 100), /changes of accounts or rooms are missing/],
      [() => Deno.truncateSync(log, good.length >> 1), /is damaged/],
      [() => Deno.truncateSync(log, 0), /newest post is 0/],
    ];
    for (const [harm, message] of harms) {
      await Deno.writeFile(log, good);
      harm();
      const bad = await Deno.readFile(log);
      assertMatch(await refusal(folder), message);
      assertEquals(await Deno.readFile(log), bad);
    }
  });
});

Deno.test("a database that was cut to nothing is not taken for a new one", async () => {
  await withCrashed(async (folder, log) => {
    await (await openStorage(folder)).close();
    await Deno.remove(log).catch(() => {});
    await Deno.truncate(databasePath(folder), 0);
    assertMatch(await refusal(folder), /newest post is 0, and 3 were stored/);
  });
});

Deno.test("a damaged file of counts is named, and without it the server starts as it finds the database", async () => {
  await withCrashed(async (folder) => {
    const path = countsPath(databasePath(folder));
    const good = await Deno.readFile(path);
    for (let index = 0; index < good.length; index++) {
      await Deno.writeFile(path, good);
      change(path, index);
      const isNamed = () => assertNothingMissing(databasePath(folder));
      assertThrows(isNamed, StorageError, 'counts" is damaged');
    }
    assertMatch(await refusal(folder), /counts" is damaged/);
    await Deno.truncate(path, 10);
    assertMatch(await refusal(folder), /counts" is damaged/);
    await Deno.remove(path);
    const storage = await openStorage(folder);
    assertEquals(storage.opened.lastSequence, 3);
    await storage.close();
    assertEquals(await Deno.readFile(path), good);
  });
});

Deno.test("an older database in the place of a newer one is named", async () => {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    await storage.close();
    const old = await Deno.readFile(databasePath(folder));
    const again = await openStorage(folder);
    await append(again, makePost({ roomId }, "new"));
    await again.close();
    await Deno.writeFile(databasePath(folder), old);
    assertMatch(await refusal(folder), /Where you have just put an older database there, remove/);
  });
});
