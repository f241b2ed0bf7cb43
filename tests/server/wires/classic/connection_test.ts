import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  classicIdleTimeoutMs,
  classicPasswordTimeoutMs,
  classicSignInTimeoutMs,
  frameTimeoutMs,
  queueBytesMax,
  silenceBeforeSignInTimeoutMs,
  writeTimeoutMs,
} from "../../../../protocol/wire/limits.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { ClassicFixture, type Peer } from "./classic_fixture.ts";
import { field, randomFrom } from "./fields.ts";
import { keyPair } from "./keys.ts";

type Reach = (fixture: ClassicFixture) => Promise<Peer>;

/** The way into each state, and how long one may be silent there. */
const states: Record<string, { reach: Reach; silenceTimeoutMs: number }> = {
  "name": {
    reach: (fixture) => Promise.resolve(fixture.connect()),
    silenceTimeoutMs: silenceBeforeSignInTimeoutMs,
  },
  "create password": {
    reach: (fixture) => named(fixture, "somebody"),
    silenceTimeoutMs: classicPasswordTimeoutMs,
  },
  "type password": {
    reach: (fixture) => named(fixture, "jill"),
    silenceTimeoutMs: classicPasswordTimeoutMs,
  },
  "key": {
    reach: async (fixture) => {
      const peer = await named(fixture, "jill");
      await peer.send(await fixture.password("password of jill"));
      await peer.expect("Confirmation");
      return peer;
    },
    silenceTimeoutMs: silenceBeforeSignInTimeoutMs,
  },
  "operation": { reach: (fixture) => within(fixture), silenceTimeoutMs: classicIdleTimeoutMs },
  "broadcast": {
    reach: (fixture) => within(fixture, "BM"),
    silenceTimeoutMs: classicIdleTimeoutMs,
  },
  "target": { reach: (fixture) => within(fixture, "PM"), silenceTimeoutMs: classicIdleTimeoutMs },
  "private": {
    reach: (fixture) => within(fixture, "PM", "jack"),
    silenceTimeoutMs: classicIdleTimeoutMs,
  },
};

async function named(fixture: ClassicFixture, name: string): Promise<Peer> {
  const peer = fixture.connect();
  await peer.send(name);
  await peer.expect("key");
  await peer.expect("Confirmation");
  return peer;
}

/** Signed in, after some fields that are each answered with one message. */
async function within(fixture: ClassicFixture, ...fields: string[]): Promise<Peer> {
  const { peer } = await fixture.member("jill");
  for (const content of fields) {
    await peer.send(content);
    await peer.next();
  }
  return peer;
}

/** A fixture with two who are signed in, of whom nobody is to notice anything. */
async function startWithTwo() {
  const fixture = await ClassicFixture.start();
  await fixture.member("jill").then(({ peer }) => peer.close());
  const jack = await fixture.member("jack");
  const joe = await fixture.member("joe");
  return { fixture, jack, joe };
}

for (const [state, { reach, silenceTimeoutMs }] of Object.entries(states)) {
  Deno.test(`silence in state ${state} ends that connection in time, and no other`, async () => {
    const { fixture, jack, joe } = await startWithTwo();
    await using _fixture = fixture;
    const silent = await reach(fixture);
    await fixture.pass(silenceTimeoutMs);
    assert(!silent.socket.closed);
    await jack.peer.send("ignored");
    await joe.peer.send("ignored");
    await fixture.pass(1);
    await silent.ended();
    assertEquals(await jack.broadcast("still here"), "Public message sent!");
    assertEquals(await joe.peer.expect("BM"), "still here");
    assert(
      fixture.visibleLog.includes(
        `info: Closed a connection: Silent for too long while waiting for: ${state}.`,
      ),
    );
  });

  Deno.test(`a wrong length in state ${state} ends that connection at once, and no other`, async () => {
    const { fixture, jack, joe } = await startWithTwo();
    await using _fixture = fixture;
    for (const length of [-1, -0x80000000, 0x7fffffff, 70_000]) {
      const hostile = await reach(fixture);
      await hostile.sendBytes(field("rest", length));
      await hostile.ended();
    }
    assertEquals(await jack.broadcast("still here"), "Public message sent!");
    assertEquals(await joe.peer.expect("BM"), "still here");
    assertMatch(fixture.visibleLog.at(-1)!, /A field's length is 70000: here 0 to \d+ are allowed/);
  });

  Deno.test(`a field that never ends in state ${state} ends that connection in time`, async () => {
    const { fixture } = await startWithTwo();
    await using _fixture = fixture;
    const hostile = await reach(fixture);
    for (let second = 0; second <= frameTimeoutMs / 1_000; second++) {
      assert(!hostile.socket.closed, `after ${second} s`);
      // Each byte would count as a sign of life, if life were enough.
      await hostile.sendBytes(field("x".repeat(60)).subarray(second, second + 1));
      await fixture.pass(1_000);
    }
    await hostile.ended();
  });

  Deno.test(`any bytes in state ${state} harm nobody but their sender`, async () => {
    const { random, seed } = randomFrom();
    const { fixture, jack, joe } = await startWithTwo();
    await using _fixture = fixture;
    for (let round = 0; round < 10; round++) {
      const hostile = await reach(fixture);
      for (let count = 0; count < 5 && !hostile.socket.closed; count++) {
        const bytes = Uint8Array.from({ length: random(50) }, () => random(256));
        await hostile.sendBytes(random(4) === 0 ? bytes : field(bytes)).catch(() => {});
      }
      await settled();
      hostile.close();
      await settled();
    }
    assertEquals(
      fixture.log.filter((line) => line.startsWith("error")),
      [],
      `seed ${seed}`,
    );
    assertEquals([...fixture.chat.presence.users()].map(({ name }) => name), ["jack", "joe"]);
    await jack.peer.send("BM", `still here ${seed}`);
    while ((await joe.peer.expect("BM")) !== `still here ${seed}`);
  });
}

Deno.test("signing in may take its time, and no longer, however busy it looks", async () => {
  await using fixture = await ClassicFixture.start();
  const peer = await named(fixture, "jack");
  const stepMs = classicPasswordTimeoutMs - 1;
  for (let passedMs = stepMs; passedMs <= classicSignInTimeoutMs; passedMs += stepMs) {
    await fixture.pass(stepMs);
    await peer.send(await fixture.password("short"));
    await peer.expect("Confirmation");
  }
  await fixture.pass(stepMs);
  await peer.ended();
});

Deno.test("a text whose length counts characters is read to its end, also in parts", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const jill = await fixture.member("jill");
  const text = "naïve 日本語 😀 café";
  const bytes = field(text, [...text].length);
  for (let at = 0; at < bytes.length; at += 3) {
    await jack.peer.send("BM");
    await jack.peer.expect("Confirmation");
    await jack.peer.sendBytes(bytes.subarray(0, at));
    await jack.peer.sendBytes(bytes.subarray(at));
    await jack.peer.confirmed("Public message sent!");
    assertEquals(await jill.peer.expect("BM"), text);
  }
});

Deno.test("a text whose length counts bytes is whole when nothing follows", async () => {
  await using fixture = await ClassicFixture.start();
  const jack = await fixture.member("jack");
  const jill = await fixture.member("jill");
  assertEquals(await jack.broadcast("naïve"), "Public message sent!");
  assertEquals(await jill.peer.expect("BM"), "naïve");
  await jack.peer.send("EX");
  await jack.peer.ended();
});

Deno.test("a name that is not ASCII signs in by characters and by bytes", async () => {
  await using fixture = await ClassicFixture.start();
  for (const length of [4, 5]) {
    const peer = fixture.connect();
    await peer.sendBytes(field("zoël", length));
    await peer.expect("key");
    assertMatch(await peer.expect("Confirmation"), /password!$/);
    await peer.send(await fixture.password("password of zoël"));
    assertMatch(await peer.expect("Confirmation"), /success/);
    await peer.send((await keyPair("jack")).publicKey.text);
    await peer.send("EX");
    await peer.ended();
  }
});

Deno.test("who does not read is cut when the queue is full, and nobody waits", async () => {
  const { fixture, jack, joe } = await startWithTwo();
  await using _fixture = fixture;
  joe.peer.socket.stallWrites();
  const text = "x".repeat(8_000);
  for (let bytes = 0; bytes < queueBytesMax + 2 * text.length; bytes += text.length) {
    assertEquals(await jack.broadcast(text), "Public message sent!");
  }
  await settled();
  assert(joe.peer.socket.closed);
  assertEquals(fixture.chat.presence.size, 1);
  assert(
    fixture.visibleLog.includes(
      "info: Closed a connection: it reads too slowly for what is sent to it.",
    ),
  );
});

Deno.test("a write that takes too long ends that connection", async () => {
  const { fixture, jack, joe } = await startWithTwo();
  await using _fixture = fixture;
  joe.peer.socket.stallWrites();
  await jack.broadcast("hello");
  await fixture.pass(writeTimeoutMs);
  assert(!joe.peer.socket.closed);
  await fixture.pass(1);
  assert(joe.peer.socket.closed);
});

Deno.test("private messages that wait to be sealed are bounded too", async () => {
  const { fixture, jack } = await startWithTwo();
  await using _fixture = fixture;
  const { session } = await fixture.stranger("native");
  const user = await fixture.chat.user("jack");
  const body = "x".repeat(8_000);
  const count = Math.ceil(queueBytesMax / body.length) + 1;
  await Promise.all(Array.from(
    { length: count },
    (_, index) => fixture.chat.sendPrivate(session, user, { id: `${index}`, kind: "text", body }),
  ));
  assert(jack.peer.socket.closed);
  while (fixture.chat.presence.isOnline("jack")) await settled();
});
