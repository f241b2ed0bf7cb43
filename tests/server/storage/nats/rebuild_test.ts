import { getLogger } from "@logtape/logtape";
import { assertEquals, assertRejects } from "@std/assert";
import { openStorage } from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import {
  type FollowingStore,
  joinCluster,
} from "../../../../server/storage/nats/cluster_member.ts";
import type { LogKeeper } from "../../../../server/storage/nats/log_keeper.ts";
import type { LogReach } from "../../../../server/storage/nats/log_reach.ts";
import { mendedByRebuild, setAside } from "../../../../server/storage/nats/rebuild.ts";
import { createRoom } from "../../../fixtures/changes.ts";
import { withFolder } from "../../../fixtures/folders.ts";

const now = new Date("2026-11-30T06:00:00.000Z");

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

async function makeStore(folder: string, room: string): Promise<void> {
  const storage = await openStorage(folder);
  await createRoom(storage, { name: room, nameKey: room, skeleton: room });
  await storage.close();
}

async function roomsIn(folder: string): Promise<string[]> {
  const storage = await openStorage(folder);
  await storage.close();
  return storage.opened.rooms.map(({ name }) => name);
}

Deno.test("a database that is set aside is kept whole, and so is everything else in the folder", async () => {
  await withFolder(async (folder) => {
    await makeStore(folder, "#old");
    await Deno.writeTextFile(`${folder}/server-key.pem`, "key");
    const { folder: aside } = await setAside(folder, now);
    assertEquals(aside, `${folder}/before-rebuild-2026-11-30T06-00-00-000Z`);
    assertEquals(namesIn(folder), [
      "before-rebuild-2026-11-30T06-00-00-000Z",
      "chat.lock",
      "server-key.pem",
    ]);
    assertEquals(await roomsIn(folder), []);
    assertEquals(await roomsIn(aside), ["#old"]);
  });
});

Deno.test("what was set aside is put back in the place of what was made since", async () => {
  await withFolder(async (folder) => {
    await makeStore(folder, "#old");
    const before = namesIn(folder);
    const aside = await setAside(folder, now);
    await makeStore(folder, "#new");
    await aside.restore();
    assertEquals(namesIn(folder), before);
    assertEquals(await roomsIn(folder), ["#old"]);
  });
});

Deno.test("a folder that a server uses, or without a database, is left alone", async () => {
  await withFolder(async (folder) => {
    const empty = await assertRejects(() => setAside(folder, now), StorageError);
    assertEquals(empty.message.includes("There is no database"), true);
    const storage = await openStorage(folder);
    const before = namesIn(folder);
    const error = await assertRejects(() => setAside(folder, now), StorageError);
    assertEquals([error.reason, namesIn(folder)], ["locked", before]);
    await storage.close();
  });
});

Deno.test("what is damaged is said with what mends it in a cluster, and nothing else is", () => {
  const damaged = new StorageError(
    "damaged",
    'The database is damaged at the account "ann": its checksum is wrong. Stop the server and restore the data folder from a backup.',
  );
  assertEquals(
    mendedByRebuild(damaged).message,
    'The database is damaged at the account "ann": its checksum is wrong. ' +
      "The other servers of the cluster have it whole: start this one with --rebuild, then as usual.",
  );
  const full = new StorageError("full", "The disk is full.");
  assertEquals(mendedByRebuild(full), full);
});

Deno.test("an empty store whose content must come from a log makes none where there is none", async () => {
  const made: string[] = [];
  const keeper = {
    find: () => Promise.resolve(null),
    make: (cluster: string) => Promise.resolve(void made.push(cluster)),
  } as unknown as LogKeeper;
  const store: FollowingStore = {
    state: () => Promise.resolve({ place: null, isEmpty: true }),
    savePlace: ({ cluster }) => Promise.resolve(void made.push(cluster)),
    apply: () => Promise.resolve([]),
    opened: () => Promise.resolve({ rooms: [], lastSequence: 0 }),
  };
  const logger = getLogger("test");
  const joining = joinCluster({
    cluster: { name: "chat", node: "a", servers: [], logger },
    reach: { keeper } as LogReach,
    store,
    onFailure: () => {},
    mustExist: true,
  });
  await assertRejects(() => joining, StorageError, "not on the NATS servers any more");
  assertEquals(made, []);
});
