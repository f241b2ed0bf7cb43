import { assert, assertEquals, assertMatch } from "@std/assert";
import { classicHistoryPostsMax } from "../../../../protocol/wire/limits.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";
import { ClassicFixture } from "./classic_fixture.ts";

Deno.test("CH shows broadcasts and private messages of both ends, in their order, and Done", async () => {
  await using fixture = await ClassicFixture.start();
  const [jack, jill] = [await fixture.member("jack"), await fixture.member("jill")];
  assertEquals(await jack.history(), []);
  const { session } = await fixture.stranger("native");
  await jack.broadcast("to all");
  await jack.whisper("native", "readable");
  await jack.whisper("jill", "sealed");
  const back = { id: "1", kind: "text", body: "line\nline" } as const;
  await fixture.chat.sendPrivate(session, await fixture.chat.user("jack"), back);
  const times = /^At \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, /;
  const without = (lines: string[]) => lines.map((line) => line.replace(times, ""));
  await jack.opened();
  assertEquals(without(await jack.history()), [
    "jack sends everyone a BM message: to all",
    "jack sends native a PM message: readable",
    "jack sends jill a PM message: (encrypted: the server cannot read it)",
    "jack receives a PM message from native: line ⏎ line",
  ]);
  await jill.peer.expect("BM");
  await jill.opened();
  assertEquals(without(await jill.history()), [
    "jill receives a BM message from jack: to all",
    "jill receives a PM message from jack: (encrypted: the server cannot read it)",
  ]);
});

Deno.test("CH shows the newest posts in pages, each once, and says where older ones are left out", async () => {
  await using fixture = await ClassicFixture.start();
  const { session } = await fixture.stranger("native");
  const post = async (index: number) => {
    const body = `number ${index}`;
    await fixture.chat.post(session, { room: "#lobby", id: `${index}`, kind: "text", body });
  };
  for (let index = 1; index <= classicHistoryPostsMax; index++) await post(index);
  const jack = await fixture.member("jack");
  const numbers = (lines: string[]) => lines.map((line) => Number(/\d+$/.exec(line)?.[0]));
  const all = Array.from({ length: classicHistoryPostsMax }, (_, index) => index + 1);
  assertEquals(numbers(await jack.history()), all);
  await post(classicHistoryPostsMax + 1);
  await jack.peer.expect("BM");
  const [first, ...rest] = await jack.history();
  assertEquals(first, "(Only the last 1,000 messages are shown.)");
  assertEquals(numbers(rest), all.map((number) => number + 1));
});

Deno.test("CH cuts a long post into several lines, each with its beginning", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  await jack.broadcast("word ".repeat(1_000));
  const lines = await jack.history();
  assert(lines.length > 2);
  for (const line of lines) assertMatch(line, /^At .{19}, jack sends everyone a BM message: word/);
});

Deno.test("a post whose text is Done does not end the history", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  await jack.broadcast("Done");
  await jack.broadcast("not yet");
  assertEquals((await jack.history()).length, 2);
});

Deno.test("CH ends with Done also where the store fails", async () => {
  const storage = new MemoryStorage();
  await using fixture = await ClassicFixture.start({ storage });
  const jack = await fixture.member("jack");
  storage.failing.set("history", new StorageError("damaged", "/secret/path"));
  const lines = await jack.history();
  assertEquals(lines.length, 1);
  assertMatch(lines[0]!, /^\(A part of what the server keeps is damaged/);
});

Deno.test("CH goes no faster than the client reads, and nobody waits for it", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const jill = await fixture.member("jill");
  for (let index = 0; index < 300; index++) await jill.broadcast(`number ${index}`);
  for (let index = 0; index < 300; index++) await jack.peer.expect("BM");
  const before = fixture.storage.calls.get("history")!;
  const goOn = jack.peer.socket.stallWrites();
  await jack.peer.send("CH");
  assertEquals(await jill.broadcast("meanwhile"), "Public message sent!");
  const pages = fixture.storage.calls.get("history")! - before;
  assert(pages < 8, `${pages} pages were read: the rest waits`);
  goOn();
  let done = false;
  const bodies: string[] = [];
  while (!done) {
    const message = (await jack.peer.next())!;
    bodies.push(message.body);
    done = message.body === "Done";
  }
  assert(bodies.length >= 301);
});
