import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { ConnectError } from "../../../../client/connect/connection.ts";
import { UntrustedServerError } from "../../../../client/core/link/untrusted_server_error.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { makeAllowances } from "../../../fixtures/allowances.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { ClientFixture, type TestClient } from "../client_fixture.ts";

const unreachable = () => new ConnectError("disconnected", "Nobody answers.");

/** Cuts a client's connection, as a network does. */
function cut(test: TestClient): void {
  if (!test.pipe.closed) test.pipe.close();
}

/** Waits until the store holds so many posts. */
async function stored(fixture: ClientFixture, count: number): Promise<void> {
  while (fixture.native.storage.data.posts.length < count) await settled();
}

Deno.test("a post resolves when it is stored, and comes to everyone, its sender too", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
  const sent = await jack.client.post("#lobby", "hello");
  assertEquals(sent.sequence, 1);
  await jill.until("live jack: hello");
  await jack.until("live jack: hello");
});

Deno.test("a post whose acknowledgement was lost is sent again under its id, and stored once", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
  jack.pipe.stallReads();
  const posting = jack.client.post("#lobby", "once");
  await stored(fixture, 1);
  await settled();
  assertEquals(jack.client.unacknowledged, 1);
  cut(jack);
  assertEquals((await posting).sequence, 1);
  await jack.client.post("#lobby", "twice");
  await jill.until("live jack: twice");
  assertEquals(jill.posts, ["live jack: once", "live jack: twice"]);
  assertEquals(jack.posts, ["missed jack: once", "live jack: twice"]);
  assertEquals(fixture.native.storage.data.posts.length, 2);
});

Deno.test("posts made while the connection is away are sent in their order when it is back", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  jack.refusals = [unreachable(), unreachable(), unreachable()];
  cut(jack);
  const posting = ["one", "two", "three"].map((text) => jack.client.post("#lobby", text));
  const sequences = (await Promise.all(posting)).map(({ sequence }) => sequence);
  assertEquals(sequences, [1, 2, 3]);
  assertEquals([jack.attempts, jack.client.unacknowledged], [5, 0]);
});

Deno.test("what was missed comes once, in order, before what is new", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
  await jack.client.post("#lobby", "0");
  await jill.until("live jack: 0");
  const missed = 250;
  const connect = jill.holdNetwork();
  cut(jill);
  for (let count = 1; count <= missed; count++) await jack.client.post("#lobby", `${count}`);
  const release = fixture.native.storage.hold("history");
  connect();
  while ((fixture.native.storage.calls.get("history") ?? 0) === 0) await settled();
  await jack.client.post("#lobby", "new");
  await settled();
  assertEquals(jill.posts, ["live jack: 0"]);
  release();
  await jill.until("online again");
  await jack.client.post("#lobby", "newer");
  await jill.until("live jack: newer");
  const expected = Array.from({ length: missed + 1 }, (_, index) => `${index}`);
  assertEquals(jill.texts, [...expected, "new", "newer"]);
  const online = jill.told.indexOf("online again");
  assert(jill.told.indexOf(`missed jack: ${missed}`) < online);
  assert(online < jill.told.indexOf("live jack: newer"));
});

Deno.test("a connection that breaks again and again while catching up loses and doubles nothing", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
  let posted = 0;
  for (let round = 0; round < 15; round++) {
    cut(jill);
    for (let count = 0; count < 20; count++) await jack.client.post("#lobby", `${++posted}`);
    if (round % 2 === 0) jill.pipe.stallReads();
  }
  cut(jill);
  await jack.client.post("#lobby", "end");
  await jill.untilText("end");
  assertEquals(jill.texts, [
    ...Array.from({ length: posted }, (_, index) => `${index + 1}`),
    "end",
  ]);
});

Deno.test("a store that fails while catching up is tried again over a new connection, and none is left open", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
  fixture.native.storage.failing.set("history", new StorageError("failed", "broken"));
  cut(jill);
  await jack.client.post("#lobby", "missed");
  while (jill.pipes.length < 3) await settled();
  fixture.native.storage.failing.clear();
  await jill.until("online again");
  assertEquals(jill.posts, ["missed jack: missed"]);
  await settled();
  assertEquals(jill.pipes.filter((pipe) => !pipe.closed).length, 1);
  assertEquals(fixture.native.native.size, 2);
});

Deno.test("slow_down is waited out: every post is stored, in its order, without its sender noticing", async () => {
  const posts = { perSecond: 200, burst: 5 };
  const allowances = makeAllowances({ posts }, () => performance.now());
  await using fixture = await ClientFixture.start(["jack"], { allowances });
  const jack = await fixture.open("jack");
  const posting = Array.from({ length: 30 }, (_, index) => jack.client.post("#lobby", `${index}`));
  await Promise.all(posting);
  const texts = fixture.native.storage.data.posts.map(({ post }) => post.body);
  assertEquals(texts.toSorted(), Array.from({ length: 30 }, (_, index) => `${index}`).toSorted());
});

Deno.test("a refused post rejects with the server's answer, and the connection goes on", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  const error = await assertRejects(() => jack.client.post("#lobby", "\u001b"), ChatError);
  assertEquals(error.code, "bad_text");
  assertEquals((await jack.client.post("#lobby", "fine")).sequence, 1);
  assertEquals(jack.pipes.length, 1);
});

const finalErrors: [string, Error][] = [
  ["a changed key", new UntrustedServerError("The key has changed.")],
  ["an error that is none of the network's", new TypeError("a mistake")],
];
for (const [what, error] of finalErrors) {
  Deno.test(`${what} at a reconnect ends the client, and what waits is rejected`, async () => {
    await using fixture = await ClientFixture.start(["jack"]);
    const jack = await fixture.open("jack");
    jack.refusals = [unreachable(), error];
    cut(jack);
    const posting = assertRejects(() => jack.client.post("#lobby", "never"), ChatError);
    assertStringIncludes((await posting).message, error.message);
    assertEquals(jack.attempts, 3);
    const ended = jack.events.at(-1);
    assert(ended?.type === "ended" && ended.error instanceof ChatError);
    assertEquals(ended.error instanceof UntrustedServerError, what === "a changed key");
    await assertRejects(() => jack.client.post("#lobby", "later"), ChatError);
  });
}

Deno.test("a refused sign-in at a reconnect ends the client", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  const account = fixture.native.storage.data.accounts.get("jack")!;
  fixture.native.storage.data.accounts.set("jack", {
    ...account,
    storedKey: new Uint8Array(32).fill(1),
  });
  cut(jack);
  while (jack.told.at(-1)?.startsWith("ended") !== true) await settled();
  const ended = jack.events.at(-1);
  assert(ended?.type === "ended");
  assertEquals([ended.error.code, jack.attempts], ["sign_in_refused", 2]);
});

Deno.test("an account that is gone at a reconnect ends the client", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  fixture.native.storage.data.accounts.clear();
  cut(jack);
  await assertRejects(() => jack.client.post("#lobby", "never"), ChatError);
  const ended = jack.events.at(-1);
  assertEquals(ended?.type === "ended" && ended.error.code, "no_such_user");
});

Deno.test("after the time to give up the client ends with the last reason", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack", { giveUpAfterMs: 50, random: () => 0.01 });
  jack.refusals = Array.from({ length: 10_000 }, unreachable);
  cut(jack);
  const error = await assertRejects(() => jack.client.post("#lobby", "never"), ChatError);
  assertEquals([error.code, error.message], ["disconnected", "Nobody answers."]);
  assertEquals(jack.told.at(-1), "ended Nobody answers.");
});

Deno.test("a wait before the next try is not longer than the time that is left", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack", { giveUpAfterMs: 50, random: () => 0.999 });
  jack.refusals = Array.from({ length: 10_000 }, unreachable);
  cut(jack);
  await assertRejects(() => jack.client.post("#lobby", "never"), ChatError);
  const waits = jack.events.flatMap((event) => event.type === "offline" ? [event.retryMs] : []);
  for (const retryMs of waits) assertLess(retryMs, 51);
});

Deno.test("each wait is told, and grows", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack", { random: () => 0.001 });
  jack.refusals = Array.from({ length: 6 }, unreachable);
  cut(jack);
  await jack.until("online again");
  const waits = jack.events.flatMap((event) => event.type === "offline" ? [event.retryMs] : []);
  assertEquals(waits, [0.5, 1, 2, 4, 8, 16, 30]);
});

Deno.test("the first try is the only one: a wrong host is seen at once", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const connect = () => Promise.reject(unreachable());
  await assertRejects(() => fixture.open("jack", { connect }), ConnectError);
});

Deno.test("close() waits for acknowledgements, signs out, and says that all is stored", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  const release = fixture.native.storage.hold();
  const posting = jack.client.post("#lobby", "slow");
  let closed = false;
  const closing = jack.client.close(10_000).then((complete) => {
    closed = true;
    return complete;
  });
  await settled();
  assert(!closed);
  release();
  assertEquals([await closing, (await posting).sequence], [true, 1]);
  await settled();
  assertEquals(fixture.native.native.size, 0);
  assertEquals(jack.told.at(-1), "ended The session has ended.");
});

Deno.test("close() waits for a reconnect, too", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  jack.refusals = [unreachable(), unreachable()];
  cut(jack);
  const posting = jack.client.post("#lobby", "late");
  assertEquals([await jack.client.close(10_000), (await posting).sequence], [true, 1]);
});

Deno.test("close() gives up after its time, says so, and rejects what was not stored", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  jack.refusals = Array.from({ length: 10_000 }, unreachable);
  cut(jack);
  const posting = assertRejects(() => jack.client.post("#lobby", "never"), ChatError);
  assertEquals(await jack.client.close(20), false);
  await posting;
});

Deno.test("close() does not say that all is stored where the client ends in the meantime", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  jack.refusals = [new UntrustedServerError("The key has changed.")];
  cut(jack);
  const posting = assertRejects(() => jack.client.post("#lobby", "never"), ChatError);
  assertEquals(await jack.client.close(10_000), false);
  await posting;
});

Deno.test("close() twice, or of a client that has ended, is quiet", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  assertEquals([await jack.client.close(1_000), await jack.client.close(1_000)], [true, true]);
  assertEquals(jack.told.filter((line) => line.startsWith("ended")).length, 1);
  await assertRejects(() => jack.client.post("#lobby", "late"), ChatError);
});

Deno.test("what is read is told to the server, and only from when what was missed was shown", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const jack = await fixture.open("jack");
  for (const text of ["1", "2", "3"]) await jack.client.post("#lobby", text);
  const jill = await fixture.open("jill");
  assertEquals([jill.client.welcome.readSequence, jill.client.welcome.lastSequence], [0, 3]);
  await jill.client.post("#lobby", "4");
  await jill.until("live jill: 4");
  await jill.client.ping();
  assertEquals(await fixture.native.chat.readPosition("jill"), 0);
  jill.client.markRead();
  await jill.client.ping();
  assertEquals(await fixture.native.chat.readPosition("jill"), 4);
});

Deno.test("an interface that tells how far it has shown everything is believed, and never beyond what came", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
  jill.client.markReadUpTo(0);
  for (const text of ["1", "2", "3"]) await jack.client.post("#lobby", text);
  await jill.until("live jack: 3");
  jill.client.markReadUpTo(2);
  jill.client.markReadUpTo(1);
  await jill.client.close(1_000);
  assertEquals(await fixture.native.chat.readPosition("jill"), 2);
  const again = await fixture.open("jill");
  again.client.markReadUpTo(99);
  await again.client.close(1_000);
  assertEquals(await fixture.native.chat.readPosition("jill"), 3);
});

for (const what of ["history", "search"] as const) {
  Deno.test(`who has asked for a page by ${what}() answers what comes with the read position at once`, async () => {
    await using fixture = await ClientFixture.start(["jack", "jill"]);
    const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
    jill.client.markRead();
    if (what === "history") await jill.client.history({ room: "#lobby", limit: 1 });
    else await jill.client.search({ words: "one", limit: 1 });
    await jack.client.post("#lobby", "one");
    await jill.until("live jack: one");
    await jill.client.ping();
    assertEquals(await fixture.native.chat.readPosition("jill"), 1);
  });
}

Deno.test("a private message is shown with its text at both ends, and is sealed on its way", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
  const sent = await jack.client.sendPrivate("JILL", "psst");
  assertEquals(sent.online, true);
  await jill.until("live jack: psst");
  await jack.until("live jack: psst");
  const [stored] = fixture.native.storage.data.posts;
  assertEquals([stored?.post.kind, stored?.post.body.includes("psst")], ["sealed", false]);
});

Deno.test("a private message whose acknowledgement was lost comes once", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
  await jack.client.sendPrivate("jill", "first");
  jack.pipe.stallReads();
  const sending = jack.client.sendPrivate("jill", "psst");
  await stored(fixture, 1);
  await settled();
  cut(jack);
  await sending;
  await jack.client.sendPrivate("jill", "end");
  await jill.until("live jack: end");
  assertEquals(jill.texts, ["first", "psst", "end"]);
});

Deno.test("rooms, topics, who and users are asked for and told", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const [jack, jill] = [await fixture.open("jack"), await fixture.open("jill")];
  assertEquals((await jack.client.rooms.join("#garden")).created, true);
  await jill.client.rooms.join("#garden");
  await jack.client.rooms.setTopic("#garden", "roses");
  await jill.until("topic");
  assertEquals(await jill.client.rooms.who("#garden"), ["jack", "jill"]);
  assertEquals((await jill.client.rooms.list()).map((room) => [room.name, room.topic]), [
    ["#garden", "roses"],
    ["#lobby", ""],
  ]);
  await jill.client.rooms.leave("#garden");
  assertEquals(await jack.client.rooms.who("#garden"), ["jack"]);
  assertEquals(await jack.client.user("JILL"), { name: "jill", online: true });
  await jack.client.post("#garden", "red roses");
  assertEquals((await jack.client.search({ words: "roses", limit: 9 })).posts.length, 1);
  assertEquals((await jill.client.history({ limit: 9 })).posts.length, 0);
});
