import { assert, assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { makePostRate } from "../../../server/heart/post_rate.ts";

/** A rate and the clock that it goes by. */
function makeRate(options: { postsPerSecond?: number; bytesPerDay?: number }) {
  const clock = { nowMs: 0 };
  const nowMs = () => clock.nowMs;
  return { clock, rate: makePostRate({ postsPerSecond: 0, bytesPerDay: 0, nowMs, ...options }) };
}

Deno.test("a user's bytes of a day may be used up at once, and come back over the day", () => {
  const { rate, clock } = makeRate({ bytesPerDay: 100_000 });
  const body = "ü".repeat(4_900);
  for (let i = 0; i < 10; i++) rate.take("jack", body);
  const error = assertThrows(() => rate.take("jack", body), ChatError);
  assertEquals(error.code, "slow_down");
  assertEquals(error.retryAfterMs, 24 * 3600 * 1000 / 10);
  rate.take("jill", body);
  clock.nowMs += error.retryAfterMs ?? 0;
  rate.take("jack", body);
  assertThrows(() => rate.take("jack", "x"), ChatError);
});

Deno.test("what is not kept takes no bytes, and 0 allows any number of them", () => {
  const { rate } = makeRate({ bytesPerDay: 100_000 });
  for (let i = 0; i < 10_000; i++) rate.take("jack");
  rate.take("jack", "x");
  const { rate: unbounded } = makeRate({});
  for (let i = 0; i < 1_000; i++) unbounded.take("jack", "x".repeat(8_000));
});

Deno.test("posts have a rate of their own, with ten seconds of it at once", () => {
  const { rate } = makeRate({ postsPerSecond: 2, bytesPerDay: 0 });
  for (let i = 0; i < 20; i++) rate.take("jack", "x");
  const error = assertThrows(() => rate.take("jack", "x"), ChatError);
  assert(error.retryAfterMs === 500);
});
