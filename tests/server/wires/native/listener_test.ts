import { assert, assertEquals } from "@std/assert";
import {
  connectionsBeforeSignInMax,
  presenceIntervalMs,
  silenceBeforeSignInTimeoutMs,
  stopTimeoutMs,
} from "../../../../protocol/wire/limits.ts";
import { silentLogger } from "../../../../server/common/log.ts";
import { FakeTime, settled } from "../../../fixtures/fake_time.ts";
import { codeOf } from "../../../fixtures/peer.ts";
import { keysOfEveryone } from "../../../fixtures/accounts.ts";
import { NativeFixture } from "./native_fixture.ts";

// Derived before any test takes the clock away: WebCrypto works in real time.
await keysOfEveryone();

Deno.test("every peer is greeted with the protocol's version, the server's name and its message", async () => {
  await using fixture = await NativeFixture.start({ motd: "Tea at five." });
  assertEquals(await fixture.peer().next(), {
    event: "hello",
    protocol: 1,
    server: "test",
    registration: "open",
    motd: "Tea at five.",
  });
});

Deno.test("programs are told where the page is", async () => {
  const pageAddresses = ["https://192.0.2.7:8443/"];
  await using fixture = await NativeFixture.start({ pageAddresses });
  assertEquals((await fixture.peer().event("hello"))["page"], pageAddresses);
});

Deno.test("accepting goes on after an error, and one that lasts is logged once a minute", async () => {
  using time = new FakeTime();
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  await using fixture = await NativeFixture.start({ logger });
  const fail = async (times: number) => {
    for (let count = 0; count < times; count++) {
      fixture.acceptor.failure = new Error("Too many open files (os error 24)");
      fixture.acceptor.wake();
      await time.advance(1_000);
    }
  };
  await fail(60);
  assertEquals(warnings.length, 1);
  await fail(2);
  assertEquals(warnings.length, 2);
  await fixture.peer().event("hello");
});

Deno.test("a handshake that never ends, or fails, keeps nobody else waiting", async () => {
  await using fixture = await NativeFixture.start();
  fixture.pipe(undefined, { handshake: () => Promise.withResolvers<never>().promise });
  fixture.pipe(undefined, { handshake: () => Promise.reject(new Deno.errors.InvalidData("x")) });
  fixture.pipe(undefined, { handshake: () => Promise.reject(new Error("unheard of")) });
  await fixture.peer().event("hello");
  await settled();
  assertEquals(fixture.native.size, 2);
});

Deno.test("deadlines are looked at by themselves", async () => {
  using time = new FakeTime();
  await using fixture = await NativeFixture.start();
  const peer = fixture.peer();
  await peer.event("hello");
  await time.advance(silenceBeforeSignInTimeoutMs + 2_000);
  assertEquals(codeOf(await peer.next()), "timeout");
  assertEquals(fixture.native.size, 0);
});

Deno.test("when there are too many newcomers the oldest goes; those who are signed in stay", async () => {
  await using fixture = await NativeFixture.start({ accountNames: ["jack"] });
  const jack = await fixture.member("jack");
  const newcomers = Array.from({ length: connectionsBeforeSignInMax }, () => fixture.peer());
  await newcomers.at(-1)!.event("hello");
  assertEquals(fixture.native.size, 1 + connectionsBeforeSignInMax);
  const late = fixture.peer();
  await late.event("hello");
  await newcomers[0]!.closed;
  await settled();
  assertEquals(fixture.native.size, 1 + connectionsBeforeSignInMax);
  assertEquals(await newcomers[1]!.ask("ping"), { reply: 1 });
  assertEquals((await jack.ask("ping"))["error"], undefined);
});

Deno.test("a network that brings too many newcomers loses its own: an earlier one from elsewhere stays", async () => {
  await using fixture = await NativeFixture.start();
  const honest = fixture.peer("192.0.2.7");
  await honest.event("hello");
  const flood = Array.from(
    { length: connectionsBeforeSignInMax + 10 },
    (_, i) => fixture.peer(`2001:db8:0:${i.toString(16)}::1`),
  );
  for (const one of flood.slice(0, 11)) await one.closed;
  assertEquals(fixture.native.size, connectionsBeforeSignInMax);
  assertEquals(await honest.ask("ping"), { reply: 1 });
});

Deno.test("a connection that ends takes its session out of the room", async () => {
  using time = new FakeTime();
  await using fixture = await NativeFixture.start({ accountNames: ["jack", "jill"] });
  const jack = await time.until(fixture.member("jack"));
  const jill = await time.until(fixture.member("jill"));
  assertEquals((await jill.ask("who"))["names"], ["jack", "jill"]);
  await time.advance(presenceIntervalMs);
  await jill.event("presence");
  jack[Symbol.dispose]();
  await time.advance(presenceIntervalMs);
  assertEquals((await jill.event("presence"))["left"], ["jack"]);
  assertEquals((await jill.ask("who"))["names"], ["jill"]);
});

Deno.test("comings are told to those who are signed in, and goings of one moment together", async () => {
  using time = new FakeTime();
  await using fixture = await NativeFixture.start({ accountNames: ["jack", "jill", "joe"] });
  const jack = await time.until(fixture.member("jack"));
  await time.advance(presenceIntervalMs);
  await jack.event("presence");
  const newcomer = fixture.peer();
  await newcomer.event("hello");
  const others = await time.until(Promise.all([fixture.member("jill"), fixture.member("joe")]));
  await time.advance(presenceIntervalMs);
  // Keys are derived in real time: where that is slow, the two come in different intervals of the fake one.
  const came: unknown[] = [];
  while (came.length < 2) came.push(...(await jack.event("presence"))["came"] as string[]);
  assertEquals(came.toSorted(), ["jill", "joe"]);
  for (const other of others) other[Symbol.dispose]();
  await time.advance(presenceIntervalMs);
  const gone = await jack.event("presence");
  assertEquals([gone["came"], (gone["left"] as string[]).toSorted()], [[], ["jill", "joe"]]);
  assertEquals(newcomer.waiting, []);
});

Deno.test("who enters a room is told to those in it", async () => {
  await using fixture = await NativeFixture.start({ accountNames: ["jack", "jill", "joe"] });
  const [jack, jill, joe] = await Promise.all(
    ["jack", "jill", "joe"].map((name) => fixture.member(name)),
  );
  await jack!.ask("join", { room: "#garden" });
  await jill!.ask("join", { room: "#garden" });
  const entered = await jack!.find((message) =>
    message["event"] === "members" && (message["joined"] as string[]).includes("jill")
  );
  assertEquals(entered["room"], "#garden");
  await joe!.ask("ping");
  assertEquals(joe!.waiting.filter((message) => message["event"] === "members"), []);
});

Deno.test("stop() says why, to everyone, and closes", async () => {
  await using fixture = await NativeFixture.start({ accountNames: ["jack"] });
  const jack = await fixture.member("jack");
  const newcomer = fixture.peer();
  await newcomer.event("hello");
  await fixture.native.stop("Back in a minute.");
  for (const peer of [jack, newcomer]) {
    assertEquals(await peer.event("closing"), { event: "closing", reason: "Back in a minute." });
    await peer.closed;
  }
  await settled();
  assertEquals(fixture.native.size, 0);
});

Deno.test("stop() does not wait for ever for a peer that does not read", async () => {
  using time = new FakeTime();
  await using fixture = await NativeFixture.start();
  const peer = fixture.peer();
  await peer.event("hello");
  const resume = fixture.servers[0]!.stallWrites();
  let stopped = false;
  fixture.native.stop("bye").then(() => stopped = true);
  await time.advance(stopTimeoutMs - 1);
  assert(!stopped);
  await time.advance(1);
  assert(stopped && fixture.servers[0]!.closed);
  resume();
});

Deno.test("stop() does not wait for a peer whose handshake has not ended", async () => {
  using time = new FakeTime();
  await using fixture = await NativeFixture.start();
  const { promise, reject } = Promise.withResolvers<never>();
  const [server] = fixture.pipe(undefined, {
    handshake: () => promise,
    // As a TLS connection does: what is written before the handshake waits for it.
    write: () => promise,
  });
  await settled();
  await fixture.native.stop("bye");
  assert(server.closed);
  reject(new Deno.errors.Interrupted("closed"));
  assertEquals(time.timers, 0);
});
