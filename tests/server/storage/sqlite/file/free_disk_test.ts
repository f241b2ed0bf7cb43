import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { freeDiskBytesMin } from "../../../../../protocol/wire/limits.ts";
import { FreeDisk } from "../../../../../server/storage/sqlite/file/free_disk.ts";
import { openStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import { withFolder } from "../../../../fixtures/folders.ts";
import { append, createRoom } from "../../../../fixtures/changes.ts";

/** A watch over a disk that a test can fill, its clock, and what the operator was told. */
function makeDisk(totalBytes: number) {
  const space = { freeBytes: totalBytes, totalBytes };
  const clock = { nowMs: 0, measured: 0 };
  const told: string[] = [];
  const disk = new FreeDisk("/data", {
    onLow: (message) => told.push(message),
    measure: () => {
      clock.measured++;
      return Promise.resolve({ ...space });
    },
    nowMs: () => clock.nowMs,
  });
  return { space, clock, told, disk };
}

const large = 1_000 * freeDiskBytesMin;

Deno.test("where less than the floor is free nothing is stored, the operator is told once, and it ends by itself", async () => {
  const { space, clock, told, disk } = makeDisk(large);
  space.freeBytes = freeDiskBytesMin;
  await disk.measure();
  disk.check();
  space.freeBytes--;
  await disk.measure();
  for (let i = 0; i < 3; i++) {
    assertEquals(assertThrows(() => disk.check(), StorageError).reason, "full");
    clock.nowMs += 1_000;
    await disk.measure();
  }
  assertEquals(told.length, 1);
  space.freeBytes = large;
  clock.nowMs += 1_000;
  assertThrows(() => disk.check(), StorageError);
  await Promise.resolve();
  await Promise.resolve();
  disk.check();
});

Deno.test("of a small disk a twentieth is left free", async () => {
  const { space, disk } = makeDisk(1_000_000);
  space.freeBytes = 50_000;
  await disk.measure();
  disk.check();
  space.freeBytes = 49_999;
  await disk.measure();
  assertThrows(() => disk.check(), StorageError, "Less than 1 MB is free on the disk");
});

Deno.test("the disk is measured once a second at the most, and where that fails nothing is refused", async () => {
  const { clock, disk } = makeDisk(large);
  for (let i = 0; i < 100; i++) disk.check();
  assertEquals(clock.measured, 1);
  clock.nowMs += 999;
  disk.check();
  assertEquals(clock.measured, 1);
  clock.nowMs += 1;
  disk.check();
  assertEquals(clock.measured, 2);
  const unknown = new FreeDisk("/data", { measure: () => Promise.reject(new Error("unknown")) });
  await unknown.measure();
  unknown.check();
});

Deno.test("with too little free, posts, accounts and rooms are refused, and history is read", async () => {
  await withFolder(async (folder) => {
    let freeBytes = large;
    const told: string[] = [];
    await using store = {
      storage: await openStorage(folder, {
        onLowDisk: (message) => told.push(message),
        measureDisk: () => Promise.resolve({ freeBytes, totalBytes: large }),
      }),
      [Symbol.asyncDispose]() {
        return this.storage.close();
      },
    };
    const { storage } = store;
    const name = { name: "#a", nameKey: "#a", skeleton: "#a" };
    const room = await createRoom(storage, name);
    const post = (id: string) =>
      append(storage, {
        destination: { roomId: room },
        from: "jack",
        to: "#a",
        id,
        timeMs: 0,
        kind: "text",
        body: "x",
      });
    await post("1");
    freeBytes = 0;
    await storage.measureDisk();
    await assertRejects(() => post("2"), StorageError, "nothing new is stored");
    await assertRejects(() => createRoom(storage, { ...name, nameKey: "#b" }), StorageError);
    assertEquals(told.length, 1);
    const query = { reader: null, roomIds: [room], privateWith: "none", limit: 9 } as const;
    assertEquals((await storage.history(query)).posts.length, 1);
    freeBytes = large;
    await storage.measureDisk();
    await post("2");
  });
});
