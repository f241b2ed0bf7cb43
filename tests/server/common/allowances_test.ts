import { assert, assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  Allowances,
  type AllowancesOptions,
  type Doer,
} from "../../../server/common/allowances.ts";

/** Allowances and the clock that they go by. */
function make(options: Partial<AllowancesOptions>) {
  const clock = { nowMs: 0 };
  const nowMs = () => clock.nowMs;
  const allowances = new Allowances({ postsPerSecond: 0, bytesPerDay: 0, nowMs, ...options });
  return { clock, allowances };
}

const member = (nameKey: string, site = "192.0.2.1"): Doer => ({
  user: { nameKey, account: true },
  site,
});
const guest = (nameKey: string, site = "192.0.2.1"): Doer => ({
  user: { nameKey, account: false },
  site,
});
const [jack, jill] = [member("jack"), member("jill")];

/** Sees that something is refused for now, and gives the wait. */
function refused(action: () => void): number {
  const error = assertThrows(action, ChatError);
  assertEquals(error.code, "slow_down");
  return error.retryAfterMs!;
}

Deno.test("a user's bytes of a day may be used up at once, and come back over the day", () => {
  const { allowances, clock } = make({ bytesPerDay: 100_000 });
  const body = "ü".repeat(4_900);
  for (let i = 0; i < 10; i++) allowances.takePost(jack, body);
  const retryAfterMs = refused(() => allowances.takePost(jack, body));
  assertEquals(retryAfterMs, 24 * 3600 * 1000 / 10);
  allowances.takePost(jill, body);
  clock.nowMs += retryAfterMs;
  allowances.takePost(jack, body);
  refused(() => allowances.takePost(jack, "x"));
});

Deno.test("what does not stay takes no bytes, and 0 allows any number of them", () => {
  const { allowances } = make({ bytesPerDay: 100_000 });
  for (let i = 0; i < 10_000; i++) allowances.takeChange(jack);
  allowances.takePost(jack, "x");
  const { allowances: unbounded } = make({});
  for (let i = 0; i < 1_000; i++) unbounded.takePost(jack, "x".repeat(8_000));
});

Deno.test("posts have a rate of their own, with ten seconds of it at once", () => {
  const { allowances } = make({ postsPerSecond: 2 });
  for (let i = 0; i < 20; i++) allowances.takePost(jack, "x");
  assertEquals(refused(() => allowances.takePost(jack, "x")), 500);
});

Deno.test("what others are told of counts as a post, and so does entering a room", () => {
  const { allowances } = make({ postsPerSecond: 1 });
  for (let i = 0; i < 3; i++) {
    allowances.takeChange(jack);
    allowances.takeEntry(jack);
    allowances.takePost(jack, "x");
  }
  allowances.takeEntry(jack);
  refused(() => allowances.takePost(jack, "x"));
  refused(() => allowances.takeChange(jack));
  refused(() => allowances.takeEntry(jack));
  allowances.takePost(jill, "x");
});

Deno.test("guests of one network share what they may do, by whatever names, and nobody's else", () => {
  const { allowances } = make({ postsPerSecond: 1 });
  for (let i = 0; i < 10; i++) allowances.takePost(guest(`~guest${i}`), "x");
  refused(() => allowances.takePost(guest("~another"), "x"));
  allowances.takePost(guest("~another", "192.0.2.2"), "x");
  // Somebody may be called like an address.
  allowances.takePost(member("192.0.2.1"), "x");
});

Deno.test("a class of guests may come back to its rooms at once, and a script not for ever", () => {
  const { allowances, clock } = make({ postsPerSecond: 1 });
  for (let i = 0; i < 100; i++) allowances.takeEntry(guest(`~guest${i}`));
  refused(() => allowances.takeEntry(guest("~more")));
  allowances.takePost(guest("~more"), "x");
  allowances.takeEntry(jack);
  clock.nowMs += 100;
  allowances.takeEntry(guest("~more"));
});

Deno.test("rooms and accounts are counted for each network, whoever makes them", () => {
  const two = { perSecond: 1, burst: 2 };
  const { allowances, clock } = make({ policies: { rooms: two, registrations: two } });
  for (const doer of [jack, guest("~ann")]) allowances.takeRoom(doer);
  assertEquals(refused(() => allowances.takeRoom(jill)), 1_000);
  allowances.takeRoom(member("jill", "192.0.2.2"));
  for (let i = 0; i < 2; i++) allowances.takeRegistration("192.0.2.1");
  assertEquals(refused(() => allowances.takeRegistration("192.0.2.1")), 1_000);
  clock.nowMs += 1_000;
  allowances.takeRoom(jill);
  allowances.takeRegistration("192.0.2.1");
});

Deno.test("two hundred accounts and a hundred rooms may be made at once", () => {
  const { allowances } = make({});
  for (let i = 0; i < 100; i++) allowances.takeRoom(jack);
  assertEquals(refused(() => allowances.takeRoom(jack)), 30_000);
  for (let i = 0; i < 200; i++) allowances.takeRegistration("192.0.2.1");
  assertEquals(refused(() => allowances.takeRegistration("192.0.2.1")), 500);
});

Deno.test("whoever asks too much is read later; over IRC posts are among what is asked", () => {
  const { allowances } = make({ postsPerSecond: 2 });
  const native = allowances.questions("native");
  native.take(0, 2_000);
  assertEquals(native.waitMs(0, 0), 0);
  native.take(0, 500);
  assertEquals(native.waitMs(0, 0), 1_000);
  const irc = allowances.questions("irc");
  irc.take(0, 70);
  assertEquals(irc.waitMs(0, 0), 0);
  irc.take(0, 2);
  assertEquals(irc.waitMs(0, 0), 1_000);
  const free = make({}).allowances.questions("irc");
  free.take(0, 1_000_000);
  assert(free.waitMs(0, 0) === 0);
});
