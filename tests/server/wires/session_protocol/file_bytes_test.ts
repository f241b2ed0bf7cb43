import { assertEquals } from "@std/assert";
import { MemoryFileBytes } from "../../../fixtures/memory_file_bytes.ts";
import { someBytes } from "../../../fixtures/memory_files.ts";
import { codeOf, type Message, type Peer } from "../../../fixtures/peer.ts";
import { NativeFixture } from "../native/native_fixture.ts";
import { WebFixture } from "../web/web_fixture.ts";

const bytes = someBytes(100_000);

/** A server with files, and somebody who is signed in. */
async function start(): Promise<
  { fixture: NativeFixture; stored: MemoryFileBytes; jack: Peer } & AsyncDisposable
> {
  const stored = new MemoryFileBytes();
  const fixture = await NativeFixture.start({ accountNames: ["jack"], fileBytes: stored });
  const jack = await fixture.member("jack");
  return { fixture, stored, jack, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}

async function announce(jack: Peer, postId = "a"): Promise<Message> {
  return await jack.ask("send_file", { room: "#lobby", postId, bytes: bytes.length });
}

Deno.test("a sender who sends more than was announced has sent what was announced, and no more", async () => {
  await using world = await start();
  const { fixture, stored, jack } = world;
  const { file, ticket } = await announce(jack);
  const bulk = fixture.peer();
  await bulk.ask("file_bytes", { ticket, offset: 0 });
  await bulk.sendBytes(new Uint8Array([...bytes, ...someBytes(500_000, 2)]));
  await bulk.find(({ event }) => event === "file_stored");
  bulk[Symbol.dispose]();
  assertEquals(stored.whole.get(String(file)), bytes);
});

Deno.test("a sender who stops keeps what has come, and goes on from there", async () => {
  await using world = await start();
  const { fixture, stored, jack } = world;
  const first = await announce(jack);
  const bulk = fixture.peer();
  await bulk.ask("file_bytes", { ticket: first["ticket"], offset: 0 });
  await bulk.sendBytes(bytes.subarray(0, 60_000));
  bulk[Symbol.dispose]();
  await bulk.closed;
  const second = await announce(jack);
  const other = fixture.peer();
  await other.ask("file_bytes", { ticket: second["ticket"], offset: second["offset"] });
  assertEquals([second["file"], second["offset"]], [first["file"], 60_000]);
  await other.sendBytes(bytes.subarray(60_000));
  await other.find(({ event }) => event === "file_stored");
  assertEquals(stored.whole.get(String(first["file"])), bytes);
});

Deno.test("a ticket that was used, guessed, or used to leave something out is of no use", async () => {
  await using world = await start();
  const { fixture, jack } = world;
  const { ticket } = await announce(jack);
  const ahead = await fixture.peer().ask("file_bytes", { ticket, offset: 1 });
  assertEquals(codeOf(ahead), "bad_message");
  for (const used of [ticket, "guessed"]) {
    const reply = await fixture.peer().ask("file_bytes", { ticket: used, offset: 0 });
    assertEquals(codeOf(reply), "not_found");
  }
});

Deno.test("a server without files says why", async () => {
  await using fixture = await NativeFixture.start({ accountNames: ["jack"] });
  const reply = await announce(await fixture.member("jack"));
  assertEquals(codeOf(reply), "forbidden");
  assertEquals(JSON.stringify(reply).includes("This server takes no files."), true);
});

Deno.test("a page sends the bytes of a file over a WebSocket", async () => {
  const stored = new MemoryFileBytes();
  await using fixture = await WebFixture.start({ accountNames: ["jack"], fileBytes: stored });
  const jack = await fixture.native.member("jack");
  const { file, ticket } = await announce(jack);
  const page = await fixture.page();
  await page.ask("file_bytes", { ticket, offset: 0 });
  for (let at = 0; at < bytes.length; at += 30_000) {
    await page.sendBytes(bytes.subarray(at, at + 30_000));
  }
  await page.find(({ event }) => event === "file_stored");
  assertEquals(stored.whole.get(String(file)), bytes);
});
