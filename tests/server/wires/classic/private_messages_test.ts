import { assert, assertEquals, assertMatch } from "@std/assert";
import { classicBodyBytesMax } from "../../../../protocol/wire/limits.ts";
import { parseUserName } from "../../../../protocol/names/names.ts";
import { sealEnvelope } from "../../../../server/wires/classic/envelope.ts";
import { listNames } from "../../../../server/wires/classic/private_messages.ts";
import type { Member } from "../../../../server/wires/classic/member.ts";
import type { User } from "../../../../server/heart/session.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { ClassicFixture } from "./classic_fixture.ts";
import { keyPair } from "./keys.ts";
import { noConnection } from "../../../fixtures/session_connection.ts";

const sent = "Private message has been sent.";
const offline = "Target client is not online, failed to send the message!";

Deno.test("between two classic clients a message passes untouched, and the server keeps nothing readable", async () => {
  await using fixture = await ClassicFixture.start();
  const [jack, jill] = [await fixture.member("jack"), await fixture.member("jill")];
  const { names, key } = await jack.target("jill");
  assertEquals(names, ["jill"]);
  assertEquals(key.text, jill.publicKey.text, "her own key, letter for letter");
  const envelope = await sealEnvelope("only for you", key, 0);
  await jack.peer.send(envelope);
  await jack.peer.confirmed(sent);
  assertEquals(await jill.peer.next(), { type: "PM", body: envelope });
  const { post } = fixture.storage.data.posts[0]!;
  assertEquals([post.from, post.to, post.kind, post.roomId], ["jack", "jill", "sealed", null]);
  assertEquals(post.body, `classic:${key.id}:${envelope}`);
});

Deno.test("to somebody on another wire the server opens the message, which is a text there", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { session, events } = await fixture.stranger("native");
  const { key } = await jack.target("native");
  assertEquals(key.text, fixture.serverKey.text);
  await jack.peer.send(await sealEnvelope("héllo", key, 0));
  await jack.peer.confirmed(sent);
  const event = events.find((event) => event.type === "post");
  assertEquals([event?.post.kind, event?.post.body], ["text", "héllo"]);
  const answer = { id: "1", kind: "text", body: "and\nback" } as const;
  await fixture.chat.sendPrivate(session, await fixture.chat.user("jack"), answer);
  assertEquals(await jack.opened(), "native (not end-to-end encrypted): and ⏎ back");
});

Deno.test("what another kind of client sealed is announced, and not taken for something of ours", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { session } = await fixture.stranger("native");
  const user = await fixture.chat.user("jack");
  const { publicKey } = await keyPair("somebody");
  for (const [index, body] of ["AAAC", `classic:${publicKey.id}:a;b`].entries()) {
    await fixture.chat.sendPrivate(session, user, { id: `${index}`, kind: "sealed", body });
    assertEquals(
      await jack.opened(),
      "native: (an encrypted private message, which waits for another of your clients)",
    );
  }
});

Deno.test("a long private message from elsewhere comes in pieces that say who wrote it", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { session } = await fixture.stranger("native");
  const body = "long ".repeat(1_600).trim();
  const message = { id: "1", kind: "text", body } as const;
  await fixture.chat.sendPrivate(session, await fixture.chat.user("jack"), message);
  let heard = "";
  const prefix = "native (not end-to-end encrypted): ";
  while (heard.length < body.length) {
    const piece = await jack.opened();
    assert(piece.startsWith(prefix));
    heard += piece.slice(prefix.length);
  }
  assertEquals(heard, body);
});

Deno.test("messages from elsewhere arrive in their order, however long each takes to seal", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { session } = await fixture.stranger("native");
  const user = await fixture.chat.user("jack");
  const texts = Array.from({ length: 30 }, (_, index) => "x".repeat(1 + (index * 271) % 800));
  await Promise.all(
    texts.map((body, index) =>
      fixture.chat.sendPrivate(session, user, { id: `${index}`, kind: "text", body })
    ),
  );
  for (const text of texts) assert((await jack.opened()).endsWith(`: ${text}`));
});

Deno.test("somebody who is here twice gets the message twice, opened by the server", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const jill = await fixture.member("jill");
  const elsewhere = await fixture.member("jill", "jill elsewhere");
  const { key } = await jack.target("jill");
  assertEquals(key.text, fixture.serverKey.text);
  await jack.peer.send(await sealEnvelope("to both", key, 0));
  await jack.peer.confirmed(sent);
  assertEquals(await jill.opened(), "jack (not end-to-end encrypted): to both");
  assertEquals(await elsewhere.opened(), "jack (not end-to-end encrypted): to both");
});

Deno.test("who is alone may choose the own name, and gets what is written to it", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const { names, key } = await jack.target("jack");
  assertEquals(names, ["jack"]);
  assertEquals(key.text, jack.publicKey.text);
  await jack.peer.send(await sealEnvelope("a note", key, 0));
  assertEquals(await jack.opened(), "a note");
  await jack.peer.confirmed(sent);
});

Deno.test("the sender's other clients are not told that they received something", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const elsewhere = await fixture.member("jack", "jack elsewhere");
  await fixture.member("jill");
  assertEquals(await jack.whisper("jill", "hello"), sent);
  assertEquals(await elsewhere.broadcast("I heard nothing"), "Public message sent!");
});

Deno.test("for a name that nobody has, or nobody can have, there is a key and then the classic answer", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  await fixture.accounts.registerWithPassword("joe", "password of joe");
  for (const name of ["nobody", "joe", "../x", "", "a b", "#lobby"]) {
    assertEquals(await jack.whisper(name, "hello"), offline, name);
  }
  await jack.peer.send("PM");
  await jack.peer.expect("LIST");
  await jack.peer.send(new Uint8Array([0xff]));
  await jack.peer.expect("key");
  await jack.peer.send("not even sealed");
  await jack.peer.confirmed(offline);
  assertEquals(fixture.storage.data.posts, []);
});

Deno.test("what was sealed for a client that has gone is not sent, also where its user has come back", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const jill = await fixture.member("jill");
  const { key } = await jack.target("jill");
  jill.peer.close();
  await settled();
  const back = await fixture.member("jill", "jill elsewhere");
  await jack.peer.send(await sealEnvelope("lost", key, 0));
  await jack.peer.confirmed(offline);
  assertEquals(fixture.storage.data.posts, []);
  assertEquals(await back.broadcast("I heard nothing"), "Public message sent!");
});

Deno.test("a name is found in any spelling of its letters", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const jill = await fixture.member("Jill", "jill");
  const { names } = await jack.target("JILL");
  assertEquals(names, ["Jill"]);
  await jack.peer.send(await sealEnvelope("hello", jill.publicKey, 0));
  await jack.peer.confirmed(sent);
  assertEquals(await jill.opened(), "hello");
});

Deno.test("what is not sealed, or too long to be passed on in one message, is refused with the reason", async () => {
  await using fixture = await ClassicFixture.start();
  const [jack, jill] = [await fixture.member("jack"), await fixture.member("jill")];
  const { session } = await fixture.stranger("native");
  const refused = /^The message was not sent\. /;
  for (const bad of ["plain", "", "a;b", new Uint8Array([0xff])]) {
    for (const name of ["jill", "native"]) {
      await jack.target(name);
      await jack.peer.send(bad);
      assertMatch(await jack.peer.expect("Confirmation"), refused);
    }
  }
  assertMatch(await jack.whisper("jill", "x".repeat(896)), /too long to be passed on/);
  assertMatch(await jack.whisper("native", "\u001b[2J"), refused);
  assertEquals(await jack.whisper("jill", "x".repeat(895)), sent);
  assertEquals(await jill.opened(), "x".repeat(895));
  assertEquals(await jack.whisper("native", "x".repeat(8_192)), sent);
  assertEquals(fixture.storage.data.posts.length, 2);
  fixture.chat.disconnect(session);
});

Deno.test("a list of names that is too long for one message is continued in the next ones, and begins again", async () => {
  await using fixture = await ClassicFixture.start();
  const names = Array.from({ length: 300 }, (_, index) => `somebody${1_000 + index}`);
  const sessions = names.map((name) => {
    const user: User = { ...parseUserName(name), account: true };
    return fixture.chat.connect(user, {
      deliver: () => {},
      followsAccount: true,
      connection: noConnection,
    });
  });
  const own = fixture.chat.connect({ name: "me", nameKey: "me", account: true }, {
    deliver: () => {},
    followsAccount: false,
    connection: noConnection,
  });
  const member = { session: own, listedUpTo: undefined } as unknown as Member;
  const lists = [1, 2, 3].map(() => listNames(fixture.chat, member));
  for (const list of lists) assert(list.length <= classicBodyBytesMax);
  assertEquals([...lists[0]!.split(" "), ...lists[1]!.split(" ")], names);
  assertEquals(lists[2], lists[0]);
  for (const session of sessions.slice(0, 150)) fixture.chat.disconnect(session);
  for (const session of sessions.slice(250)) fixture.chat.disconnect(session);
  const listed = lists[2]!.split(" ").length;
  assertEquals(listNames(fixture.chat, member).split(" "), names.slice(listed, 250));
  for (const session of sessions.slice(150, 250)) fixture.chat.disconnect(session);
  assertEquals(listNames(fixture.chat, member), "me");
});
