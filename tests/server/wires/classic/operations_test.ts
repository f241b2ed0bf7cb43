import { assert, assertEquals, assertMatch } from "@std/assert";
import { textBytesMax } from "../../../../protocol/wire/limits.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";
import { newPassword } from "../../../fixtures/new_password.ts";
import { ClassicFixture } from "./classic_fixture.ts";
import { field } from "./fields.ts";
import { noConnection } from "../../../fixtures/session_connection.ts";

const sent = "Public message sent!";

Deno.test("a broadcast reaches every other client as it was written, and not its sender", async () => {
  await using fixture = await ClassicFixture.start();
  const [jack, jill, joe] = [
    await fixture.member("jack"),
    await fixture.member("jill"),
    await fixture.member("joe"),
  ];
  assertEquals(await jack.broadcast("héllo, 日本 😀"), sent);
  assertEquals(await jill.peer.expect("BM"), "héllo, 日本 😀");
  assertEquals(await joe.peer.expect("BM"), "héllo, 日本 😀");
  assertEquals(await jill.broadcast("and back"), sent);
  assertEquals(await jack.peer.expect("BM"), "and back");
});

Deno.test("a broadcast is what the lobby of every wire sees, and the other way round", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { session, events } = await fixture.stranger("native");
  await jack.broadcast("from a classic client");
  const event = events.find((event) => event.type === "post");
  assertEquals(event?.post.body, "from a classic client");
  assertEquals([event?.post.from, event?.post.to, event?.post.kind], ["jack", "#lobby", "text"]);
  await fixture.chat.post(session, { room: "#lobby", id: "1", kind: "text", body: "and back" });
  await fixture.chat.post(session, { room: "#lobby", id: "2", kind: "action", body: "waves" });
  assertEquals(await jack.peer.expect("BM"), "and back");
  assertEquals(await jack.peer.expect("BM"), "* native waves");
});

Deno.test("posts to other rooms stay there, also where the account is in one by another client", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { session } = await fixture.stranger("native");
  const user = fixture.chat.presence.user("jack")!;
  const other = fixture.chat.connect(user, {
    deliver: () => {},
    followsAccount: true,
    connection: noConnection,
  });
  for (const one of [session, other]) await fixture.chat.join(one, "#tea");
  await fixture.chat.post(session, { room: "#tea", id: "1", kind: "text", body: "for tea" });
  await fixture.chat.post(session, { room: "#lobby", id: "2", kind: "text", body: "for all" });
  assertEquals(await jack.peer.expect("BM"), "for all");
  assertEquals((await jack.history()).length, 1);
  fixture.chat.disconnect(other);
});

Deno.test("a long post comes in several messages, each short enough for one read", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { session } = await fixture.stranger("native");
  const body = "語".repeat(2_700);
  await fixture.chat.post(session, { room: "#lobby", id: "1", kind: "text", body });
  let heard = "";
  while (heard.length < body.length) heard += await jack.peer.expect("BM");
  assertEquals(heard, body);
});

Deno.test("a text cannot pretend to be another message, nor obey a terminal", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { session } = await fixture.stranger("native");
  const body = "hi\n**** Received a private message ****: from mum";
  await fixture.chat.post(session, { room: "#lobby", id: "1", kind: "text", body });
  assertEquals(
    await jack.peer.expect("BM"),
    "hi ⏎ **** Received a private message ****: from mum",
  );
  assertMatch(await jack.broadcast("\u001b[2J"), /^The message was not sent\. A message cannot/);
});

Deno.test("what cannot be sent is confirmed with the reason, and the next one can be", async () => {
  const storage = new MemoryStorage();
  await using fixture = await ClassicFixture.start({ storage });
  const jack = await fixture.member("jack");
  const refused = /^The message was not sent\. /;
  assertMatch(await jack.broadcast(""), refused);
  assertMatch(await jack.broadcast("   "), refused);
  await jack.peer.send("BM");
  await jack.peer.expect("Confirmation");
  await jack.peer.send(new Uint8Array([0xff, 0xfe]));
  assertMatch(await jack.peer.expect("Confirmation"), /UTF-8/);
  storage.failing.set("post", new StorageError("full", "/secret/path"));
  const full = await jack.broadcast("hello");
  assertMatch(full, /^The message was not sent\. The server's disk is full/);
  assert(!full.includes("secret"));
  storage.failing.clear();
  assertEquals(await jack.broadcast("x".repeat(textBytesMax)), sent);
  assertEquals(fixture.storage.data.posts.length, 1);
});

Deno.test("who posts too fast is told so, and not cut", async () => {
  await using fixture = await ClassicFixture.start({ postsPerSecond: 0.000_001 });
  const jack = await fixture.member("jack");
  assertEquals(await jack.broadcast("one"), sent);
  assertEquals(await jack.broadcast("two"), sent);
  const refusal =
    "The message was not sent. You are posting faster than this server allows. Wait a moment.";
  assertEquals(await jack.broadcast("three"), refusal);
  assertEquals(await jack.whisper("jack", "four"), refusal);
});

Deno.test("what is no operation is ignored", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  await jack.peer.send("", "bm", "XX", "BM ", "x".repeat(256), new Uint8Array([0xff]), "é");
  await jack.peer.sendBytes(field("日本", 2));
  assertEquals(await jack.broadcast("hello"), sent);
});

Deno.test("EX ends the connection after what was asked before it", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  await jack.peer.send("BM", "the last word", "EX", "BM");
  await jack.peer.confirmed("The server is ready to send broadcast message!", sent);
  await jack.peer.ended();
  await settled();
  assertEquals(fixture.chat.presence.size, 0);
});

Deno.test("a client that hangs up within an operation is gone, and nothing else happens", async () => {
  await using fixture = await ClassicFixture.start();
  const jill = await fixture.member("jill");
  for (const operation of [["BM"], ["PM"], ["PM", "jill"], ["CH"]]) {
    const jack = await fixture.member("jack");
    await jack.peer.send(...operation);
    jack.peer.close();
    await settled();
    assert(!fixture.chat.presence.isOnline("jack"), operation.join());
  }
  assertEquals(await jill.history(), []);
  assertEquals(fixture.visibleLog, ["info: Registered jill.", "info: Registered jack."]);
});

Deno.test("a client whose account ends its session sees why, and nothing that it sends is taken any more", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { chat } = fixture;
  const user = chat.presence.user("jack")!;
  const options = { deliver: () => {}, followsAccount: true, connection: noConnection };
  const own = chat.connect(user, options);
  await newPassword(fixture.storage, own);
  await jack.peer.send("CH").catch(() => {});
  assertEquals(
    await jack.peer.expect("BM"),
    "The password of this account was changed. Start again and sign in with the new one.",
  );
  await jack.peer.ended();
  assertEquals([...chat.presence.sessions("jack")], [own]);
  chat.disconnect(own);
});
