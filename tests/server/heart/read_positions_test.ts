import { assertEquals, assertRejects } from "@std/assert";
import { ReadPositions } from "../../../server/heart/read_positions.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { FakeTime } from "../../fixtures/fake_time.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import { saveReadPositions } from "../../fixtures/changes.ts";

Deno.test("positions are stored together, some seconds after the first of them", async () => {
  using time = new FakeTime();
  const storage = new MemoryStorage();
  const positions = new ReadPositions(storage);
  for (let sequence = 1; sequence <= 100; sequence++) positions.mark("jack", sequence);
  positions.mark("jill", 7);
  assertEquals(await positions.of("jack"), 100);
  assertEquals(storage.calls.get("read"), undefined);
  await time.advance(5_000);
  assertEquals([...storage.data.readPositions], [["jack", 100], ["jill", 7]]);
  assertEquals([storage.calls.get("read"), time.timers], [1, 0]);
});

Deno.test("a mark that comes while others are being stored is stored next time", async () => {
  using time = new FakeTime();
  const storage = new MemoryStorage();
  const positions = new ReadPositions(storage);
  positions.mark("jack", 1);
  const release = storage.hold();
  await time.advance(5_000);
  positions.mark("jack", 2);
  release();
  await time.advance(5_000);
  assertEquals(storage.data.readPositions.get("jack"), 2);
});

Deno.test("what could not be stored is not forgotten", async () => {
  using time = new FakeTime();
  const storage = new MemoryStorage();
  const positions = new ReadPositions(storage);
  storage.failing.set("read", new StorageError("full", "full"));
  positions.mark("jack", 1);
  await time.advance(5_000);
  assertEquals(await positions.of("jack"), 1);
  storage.failing.clear();
  positions.mark("jill", 1);
  await time.advance(5_000);
  assertEquals([...storage.data.readPositions], [["jack", 1], ["jill", 1]]);
});

Deno.test("stop() stores what waits, leaves no timer, and says where that fails", async () => {
  using time = new FakeTime();
  const storage = new MemoryStorage();
  const positions = new ReadPositions(storage);
  positions.mark("jack", 3);
  await positions.stop();
  assertEquals([storage.data.readPositions.get("jack"), time.timers], [3, 0]);
  positions.mark("jack", 4);
  storage.failing.set("read", new StorageError("full", "full"));
  await assertRejects(() => positions.stop(), StorageError);
  assertEquals(time.timers, 0);
});

Deno.test("an older mark than the stored position changes nothing", async () => {
  using time = new FakeTime();
  const storage = new MemoryStorage();
  await saveReadPositions(storage, new Map([["jack", 9]]));
  const positions = new ReadPositions(storage);
  positions.mark("jack", 3);
  assertEquals(await positions.of("jack"), 9);
  await time.advance(5_000);
  assertEquals(storage.data.readPositions.get("jack"), 9);
});

Deno.test("positions in conversations are stored together, apart from those in everything", async () => {
  using time = new FakeTime();
  const storage = new MemoryStorage();
  const positions = new ReadPositions(storage);
  for (let sequence = 1; sequence <= 100; sequence++) {
    positions.markIn({ nameKey: "jack", conversation: 1, sequence });
  }
  positions.markIn({ nameKey: "jack", conversation: 0, sequence: 7 });
  positions.markIn({ nameKey: "jill", conversation: 1, sequence: 3 });
  positions.markIn({ nameKey: "jill", conversation: 1, sequence: 2 });
  assertEquals(await positions.in("jack", 1), 100);
  assertEquals([await positions.in("jack", 2), await positions.of("jack")], [null, 0]);
  await time.advance(5_000);
  const stored = [["1 jack", 100], ["0 jack", 7], ["1 jill", 3]];
  const inOrder = [...storage.data.conversationPositions].map(([place, sequence]) => [
    place.split(" ").reverse().join(" "),
    sequence,
  ]);
  assertEquals(inOrder, stored);
  assertEquals([storage.calls.get("read_conversations"), time.timers], [1, 0]);
  assertEquals(await positions.in("jill", 1), 3);
});

Deno.test("where one kind of positions cannot be stored the other is, and nothing is forgotten", async () => {
  using time = new FakeTime();
  const storage = new MemoryStorage();
  const positions = new ReadPositions(storage);
  storage.failing.set("read_conversations", new StorageError("full", "full"));
  positions.mark("jack", 1);
  positions.markIn({ nameKey: "jack", conversation: 1, sequence: 4 });
  await time.advance(5_000);
  assertEquals(storage.data.readPositions.get("jack"), 1);
  await assertRejects(() => positions.stop(), StorageError);
  storage.failing.clear();
  await positions.stop();
  assertEquals(await new ReadPositions(storage).in("jack", 1), 4);
  assertEquals(time.timers, 0);
});

Deno.test("thousands of positions in conversations are stored in turns, between which posts can be", async () => {
  using time = new FakeTime();
  const storage = new MemoryStorage();
  const positions = new ReadPositions(storage);
  for (let conversation = 0; conversation < 1_200; conversation++) {
    positions.markIn({ nameKey: "jack", conversation, sequence: 1 });
  }
  await time.advance(5_000);
  assertEquals(storage.calls.get("read_conversations"), 3);
  assertEquals(storage.data.conversationPositions.size, 1_200);
});
