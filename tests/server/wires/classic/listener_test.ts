import { assert, assertEquals } from "@std/assert";
import { connectionsBeforeSignInMax, stopTimeoutMs } from "../../../../protocol/wire/limits.ts";
import { FakeTime, settled } from "../../../fixtures/fake_time.ts";
import { ClassicFixture } from "./classic_fixture.ts";
import { keyPair } from "./keys.ts";

// Made before any test takes the clock away: WebCrypto works in real time.
await keyPair("server");

Deno.test("accepting goes on after an error, also one that lasts for a while", async () => {
  using time = new FakeTime();
  await using fixture = await ClassicFixture.start();
  for (let count = 0; count < 3; count++) {
    fixture.acceptor.failure = new Error("Too many open files (os error 24)");
    fixture.acceptor.wake();
    await time.advance(1_000);
  }
  fixture.connect();
  await time.advance(0);
  assertEquals(fixture.listener.size, 1);
  // What lasts is logged once a minute.
  assertEquals(fixture.visibleLog.length, 1);
});

Deno.test("when there are too many newcomers the oldest goes; those who are signed in stay", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const newcomers = Array.from({ length: connectionsBeforeSignInMax }, () => fixture.connect());
  await settled();
  assertEquals(fixture.listener.size, 1 + connectionsBeforeSignInMax);
  fixture.connect();
  await newcomers[0]!.ended();
  await settled();
  assertEquals(fixture.listener.size, 1 + connectionsBeforeSignInMax);
  assert(!newcomers[1]!.socket.closed);
  assertEquals(await jack.broadcast("still here"), "Public message sent!");
});

Deno.test("a network that brings too many newcomers loses its own: an earlier one from elsewhere stays", async () => {
  await using fixture = await ClassicFixture.start();
  const honest = fixture.connect("192.0.2.7");
  await settled();
  const flood = Array.from(
    { length: connectionsBeforeSignInMax + 10 },
    () => fixture.connect("192.0.2.66"),
  );
  for (const one of flood.slice(0, 11)) await one.ended();
  assertEquals(fixture.listener.size, connectionsBeforeSignInMax);
  await honest.send("jack");
  assertEquals(await honest.expect("key"), fixture.serverKey.text);
});

Deno.test("stop() lets what was acknowledged reach the clients, and closes", async () => {
  const fixture = await ClassicFixture.start();
  const [jack, jill] = [await fixture.member("jack"), await fixture.member("jill")];
  const { session } = await fixture.stranger("native");
  const last = { id: "1", kind: "text", body: "the last word" } as const;
  await fixture.chat.post(session, { room: "#lobby", ...last });
  await fixture.chat.sendPrivate(session, await fixture.chat.user("jill"), { ...last, id: "2" });
  await fixture.listener.stop();
  for (const { peer } of [jack, jill]) assertEquals(await peer.expect("BM"), "the last word");
  assertEquals(await jill.opened(), "native (not end-to-end encrypted): the last word");
  for (const { peer } of [jack, jill]) await peer.ended();
  await settled();
  assertEquals(fixture.listener.size, 0);
  await fixture[Symbol.asyncDispose]();
});

Deno.test("stop() does not wait for ever for a client that does not read", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  jack.peer.socket.stallWrites();
  const { session } = await fixture.stranger("native");
  await fixture.chat.post(session, { room: "#lobby", id: "1", kind: "text", body: "hello" });
  using time = new FakeTime();
  let stopped = false;
  const stopping = fixture.listener.stop().then(() => stopped = true);
  await time.advance(stopTimeoutMs - 1);
  assert(!stopped);
  await time.advance(1);
  await stopping;
  assert(jack.peer.socket.closed);
});
