import { assert, assertEquals, assertLess, assertLessOrEqual, assertRejects } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { type SignInAttempt, SignInGuard } from "../../../server/accounts/sign_in_guard.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";

const secret = new Uint8Array(32).fill(3);

/** A guard and the clock that it goes by. */
function makeGuard(options: { entriesMax?: number } = {}) {
  const clock = { nowMs: 1_000_000 };
  return { clock, guard: new SignInGuard({ secret, nowMs: () => clock.nowMs, ...options }) };
}

const jack: SignInAttempt = { accountKey: "jack", address: "192.0.2.1" };

async function fail(guard: SignInGuard, attempt: SignInAttempt = jack): Promise<number> {
  return (await guard.admit(attempt)).failed();
}

async function refusal(guard: SignInGuard, attempt: SignInAttempt = jack): Promise<ChatError> {
  const error = await assertRejects(() => guard.admit(attempt), ChatError);
  assertEquals(error.code, "slow_down");
  return error;
}

/** How many of `count` wrong tries, all begun at this moment, are admitted. */
async function admitted(guard: SignInGuard, attempts: readonly SignInAttempt[]): Promise<number> {
  const results = await Promise.allSettled(attempts.map((attempt) => fail(guard, attempt)));
  return results.filter((result) => result.status === "fulfilled").length;
}

const times = (count: number, make: (index: number) => SignInAttempt) =>
  Array.from({ length: count }, (_, index) => make(index));

Deno.test("an account may be tried wrongly five times at once from one address, then is refused", async () => {
  const { guard } = makeGuard();
  for (let i = 0; i < 5; i++) await fail(guard);
  const error = await refusal(guard);
  assertEquals(error.retryAfterMs, 20_000);
  assertEquals(error.message, "Too many tries to sign in: try again in 20 seconds.");
});

Deno.test("after the first five, three wrong tries a minute are admitted", async () => {
  const { guard, clock } = makeGuard();
  await admitted(guard, times(5, () => jack));
  let count = 0;
  for (let second = 0; second < 600; second++) {
    clock.nowMs += 1000;
    count += await admitted(guard, [jack]);
  }
  assertEquals(count, 30);
});

Deno.test("a try is admitted after the wait that the refusal named", async () => {
  const { guard, clock } = makeGuard();
  await admitted(guard, times(5, () => jack));
  clock.nowMs += 333.4;
  clock.nowMs += (await refusal(guard)).retryAfterMs ?? 0;
  await fail(guard);
});

Deno.test("refused tries do not make the wait longer", async () => {
  const { guard, clock } = makeGuard();
  await admitted(guard, times(500, () => jack));
  assertEquals((await refusal(guard)).retryAfterMs, 20_000);
  clock.nowMs += 20_000;
  await fail(guard);
});

Deno.test("parallel connections get no more tries than one", async () => {
  const { guard } = makeGuard();
  assertEquals(await admitted(guard, times(50, () => jack)), 5);
});

Deno.test("a try that is never answered counts as a wrong one", async () => {
  const { guard } = makeGuard();
  for (let i = 0; i < 5; i++) await guard.admit(jack);
  await refusal(guard);
});

Deno.test("right passwords use up no tries", async () => {
  const { guard } = makeGuard();
  for (let i = 0; i < 1000; i++) (await guard.admit(jack)).succeeded();
  assertEquals(await admitted(guard, times(10, () => jack)), 5);
});

Deno.test("a ticket gives its try back once", async () => {
  const { guard } = makeGuard();
  await admitted(guard, times(4, () => jack));
  const ticket = await guard.admit(jack);
  ticket.succeeded();
  ticket.succeeded();
  assertEquals(ticket.failed(), 0);
  assertEquals(await admitted(guard, times(10, () => jack)), 1);
});

Deno.test("a failed ticket gives nothing back", async () => {
  const { guard } = makeGuard();
  await admitted(guard, times(4, () => jack));
  const ticket = await guard.admit(jack);
  ticket.failed();
  ticket.succeeded();
  await refusal(guard);
});

Deno.test("a stranger at another address does not use up the owner's tries", async () => {
  const { guard } = makeGuard();
  await admitted(guard, times(50, () => ({ ...jack, address: "192.0.2.66" })));
  assertEquals(await admitted(guard, times(5, () => jack)), 5);
});

Deno.test("wrong tries for one account do not count for another", async () => {
  const { guard } = makeGuard();
  await admitted(guard, times(5, () => jack));
  assertEquals(await admitted(guard, times(5, () => ({ ...jack, accountKey: "jill" }))), 5);
});

Deno.test("one address may try 300 accounts at once, then sixty a minute", async () => {
  const { guard, clock } = makeGuard();
  let accounts = 0;
  const next = () => ({ ...jack, accountKey: `user${accounts++}` });
  assertEquals(await admitted(guard, times(400, next)), 300);
  clock.nowMs += 60_000;
  assertEquals(await admitted(guard, times(100, next)), 60);
});

Deno.test("a class of 200 behind one address signs in at the same moment", async () => {
  const { guard } = makeGuard();
  const tickets = await Promise.all(
    times(200, (i) => ({ ...jack, accountKey: `user${i}` })).map((attempt) => guard.admit(attempt)),
  );
  for (const ticket of tickets) ticket.succeeded();
  assertEquals(await admitted(guard, times(5, () => jack)), 5);
});

Deno.test("2,000 devices that were here before come back at the same moment from one address", async () => {
  const { guard } = makeGuard();
  const returning = await Promise.all(
    times(2_000, (i) => ({ ...jack, accountKey: `user${i}` })).map(async (attempt) => ({
      ...attempt,
      deviceToken: await guard.issueDeviceToken(attempt.accountKey),
    })),
  );
  for (const ticket of await Promise.all(returning.map((one) => guard.admit(one)))) {
    ticket.succeeded();
  }
});

Deno.test("a laboratory of a hundred signs in from one address without waiting", async () => {
  const { guard } = makeGuard();
  for (let i = 0; i < 100; i++) {
    (await guard.admit({ ...jack, accountKey: `user${i}` })).succeeded();
  }
});

Deno.test("a try that the network is refused is not taken from the account either", async () => {
  const { guard, clock } = makeGuard();
  await admitted(guard, times(300, (i) => ({ ...jack, accountKey: `user${i}` })));
  for (let i = 0; i < 20; i++) await refusal(guard);
  clock.nowMs += 10_000;
  assertEquals(await admitted(guard, times(10, () => jack)), 5);
});

Deno.test("addresses of one IPv6 network share the tries over all accounts", async () => {
  const { guard } = makeGuard();
  const from = (i: number) => ({ accountKey: `user${i}`, address: `2001:db8::${i.toString(16)}` });
  assertEquals(await admitted(guard, times(400, from)), 300);
});

Deno.test("an IPv4 address counts the same however the socket spells it", async () => {
  const { guard } = makeGuard();
  const from = (i: number) => ({ ...jack, address: i % 2 ? "192.0.2.1" : "::ffff:192.0.2.1" });
  assertEquals(await admitted(guard, times(20, from)), 5);
});

Deno.test("a hundred addresses get their tries each, and no one is refused for the account", async () => {
  const { guard } = makeGuard();
  const from = (i: number) => ({ ...jack, address: `198.51.100.${i % 100}` });
  assertEquals(await admitted(guard, times(2000, from)), 500);
  (await guard.admit(jack)).succeeded();
});

Deno.test("the answer to wrong tries for one account comes later and later, from wherever", async () => {
  const { guard } = makeGuard();
  const delays: number[] = [];
  for (let i = 0; i < 6; i++) {
    delays.push(await fail(guard, { ...jack, address: `192.0.2.${i}` }));
  }
  assertEquals(delays, [250, 500, 1000, 2000, 2000, 2000]);
});

Deno.test("the delay begins anew after a quiet minute", async () => {
  const { guard, clock } = makeGuard();
  await fail(guard);
  await fail(guard);
  clock.nowMs += 60_000;
  assertEquals(await fail(guard), 250);
});

Deno.test("a device that signed in before has tries of its own", async () => {
  const { guard } = makeGuard();
  const deviceToken = await guard.issueDeviceToken("jack");
  await admitted(guard, times(50, () => jack));
  await refusal(guard);
  const returning = { ...jack, deviceToken };
  assertEquals(await admitted(guard, times(50, () => returning)), 5);
  await refusal(guard, returning);
});

Deno.test("a stranger who used up the network's tries does not keep out a returning device", async () => {
  const { guard } = makeGuard();
  const deviceToken = await guard.issueDeviceToken("jack");
  await admitted(guard, times(400, (i) => ({ ...jack, accountKey: `user${i}` })));
  await refusal(guard);
  (await guard.admit({ ...jack, deviceToken })).succeeded();
});

Deno.test("a device token of another account, or a made-up one, gives no further tries", async () => {
  const { guard } = makeGuard();
  await admitted(guard, times(5, () => jack));
  await refusal(guard, { ...jack, deviceToken: await guard.issueDeviceToken("jill") });
  await refusal(guard, { ...jack, deviceToken: "A".repeat(64) });
  await refusal(guard, { ...jack, deviceToken: "" });
});

Deno.test("device tokens outlive the server: its secret is kept in the store", async () => {
  const storage = new MemoryStorage();
  const deviceToken = await (await SignInGuard.open(storage)).issueDeviceToken("jack");
  const later = await SignInGuard.open(storage, () => 0);
  await admitted(later, times(5, () => jack));
  (await later.admit({ ...jack, deviceToken })).succeeded();
  assertEquals([...storage.data.secrets.values()].map((bytes) => bytes.length), [32]);
});

Deno.test("a clock that jumps back makes nobody wait longer", async () => {
  const { guard, clock } = makeGuard();
  await admitted(guard, times(5, () => jack));
  clock.nowMs -= 86_400_000;
  assertEquals((await refusal(guard)).retryAfterMs, 20_000);
  clock.nowMs += 20_000;
  await fail(guard);
  assertEquals((await refusal(guard)).retryAfterMs, 20_000);
});

Deno.test("a clock that jumps ahead gives no more than one full set of tries", async () => {
  const { guard, clock } = makeGuard();
  await admitted(guard, times(5, () => jack));
  clock.nowMs += 86_400_000;
  assertEquals(await admitted(guard, times(50, () => jack)), 5);
  clock.nowMs -= 86_400_000;
  await refusal(guard);
});

Deno.test("entries are dropped when they are full again", async () => {
  const { guard, clock } = makeGuard();
  await admitted(guard, times(100, (i) => ({ accountKey: `user${i}`, address: `192.0.2.${i}` })));
  assertEquals(guard.size, 300);
  clock.nowMs += 200_000;
  (await guard.admit({ ...jack, address: "198.51.100.1" })).failed();
  assertEquals(guard.size, 3);
});

Deno.test("100,000 begun sign-ins from 1,668 networks keep nobody out who has no device token", async () => {
  const { guard } = makeGuard();
  const flood = (i: number) => ({
    accountKey: `user${i}`,
    address: `10.7.${(i % 1668) >> 8}.${i % 1668 & 255}`,
  });
  for (let i = 0; i < 100_005; i++) await guard.admit(flood(i));
  assertEquals(await admitted(guard, times(10, () => jack)), 5);
  assertLessOrEqual(guard.size, 4 * 100_000);
});

Deno.test("at the cap memory stays bounded, tries stay limited, and known devices still get in", async () => {
  const { guard } = makeGuard({ entriesMax: 20 });
  const deviceToken = await guard.issueDeviceToken("jack");
  const flood = (i: number) => ({
    accountKey: `user${i}`,
    address: `2001:db8:0:${i.toString(16)}::1`,
  });
  assertEquals(await admitted(guard, times(5_000, flood)), 3_000);
  assertLessOrEqual(guard.size, 5 * 20);
  assertEquals(await admitted(guard, times(10, () => jack)), 5);
  (await guard.admit({ ...jack, deviceToken })).succeeded();
});

Deno.test("at the cap an entry that is counted already stays limited", async () => {
  const { guard } = makeGuard({ entriesMax: 20 });
  await admitted(guard, times(5, () => jack));
  await admitted(guard, times(290, (i) => ({ accountKey: `user${i}`, address: "10.0.0.1" })));
  const error = await refusal(guard);
  assert(error.retryAfterMs !== undefined);
  assertLess(19_999, error.retryAfterMs);
});

Deno.test("the networks of an IPv6 /48 count together: 3,000 tries at once, then 600 a minute", async () => {
  const { guard, clock } = makeGuard();
  const from = (i: number) => ({
    accountKey: `user${i}`,
    address: `2001:db8:0:${i.toString(16)}::1`,
  });
  assertEquals(await admitted(guard, times(4_000, from)), 3_000);
  const elsewhere = { ...jack, address: "2001:db8:1::1" };
  assertEquals(await admitted(guard, times(10, () => elsewhere)), 5);
  clock.nowMs += 60_000;
  assertEquals(await admitted(guard, times(1_000, (i) => from(i + 5_000))), 600);
});

Deno.test("a try that costs as much as two counts as two for the network, and is given back whole", async () => {
  const { guard } = makeGuard();
  const next = (i: number) => ({ ...jack, accountKey: `user${i}` });
  const ticket = await guard.admit(jack);
  ticket.weighs(2);
  ticket.succeeded();
  for (let i = 0; i < 150; i++) {
    const other = await guard.admit(next(i));
    other.weighs(2);
    other.failed();
  }
  await refusal(guard, next(150));
});
