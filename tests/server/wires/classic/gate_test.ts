import { assert, assertEquals } from "@std/assert";
import { FakeTime, settled } from "../../../fixtures/fake_time.ts";
import { ClassicFixture } from "./classic_fixture.ts";

/** A member whose clock moves with the timers. */
async function startWithMember() {
  const fixture = await ClassicFixture.start();
  const { peer } = await fixture.member("jack");
  const time = new FakeTime();
  Object.defineProperty(fixture, "nowMs", { get: () => time.nowMs });
  const count = () => fixture.storage.calls.get("history") ?? 0;
  const before = count();
  const answered = () => count() - before;
  return { fixture, peer, time, answered };
}

async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await settled();
}

Deno.test("a classic client that asks for the history without a pause is answered slowly", async () => {
  const { fixture, peer, time, answered } = await startWithMember();
  await using _fixture = fixture;
  using _time = time;
  for (let index = 0; index < 30; index++) await peer.send("CH");
  while (answered() < 8) await settled();
  await someTurns();
  assertEquals(answered(), 8);
  await time.advance(1_000);
  while (answered() < 10) await settled();
  await someTurns();
  assert(answered() <= 11, `${answered()}`);
});

Deno.test("what is no operation counts as well", async () => {
  const { fixture, peer, time, answered } = await startWithMember();
  await using _fixture = fixture;
  using _time = time;
  for (let index = 0; index < 2_010; index++) await peer.send("xyzzy");
  for (let index = 0; index < 5; index++) await peer.send("CH");
  // All of it is there, and nothing but time is wanted.
  await time.advance(0);
  await someTurns();
  assertEquals(answered(), 0);
  await time.advance(1_000);
  while (answered() === 0) await settled();
});

Deno.test("who is not signed in is read slowly sooner", async () => {
  await using fixture = await ClassicFixture.start();
  const peer = fixture.connect();
  await peer.send("jack");
  await peer.expect("key");
  await peer.expect("Confirmation");
  const short = await fixture.password("short");
  using _time = new FakeTime();
  for (let index = 0; index < 150; index++) await peer.send(short);
  for (let answers = 0; answers < 100; answers++) {
    assertEquals(await peer.expect("Confirmation"), "A password must have at least 8 characters.");
  }
  let more = false;
  const next = peer.next().then(() => more = true);
  for (let turns = 0; turns < 50; turns++) await settled();
  assertEquals(more, false);
  peer.close();
  await next.catch(() => {});
});
