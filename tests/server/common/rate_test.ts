import { assertEquals, assertLess, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { Rate } from "../../../server/common/rate.ts";

function makeRate(perSecond: number, burst: number) {
  const clock = { nowMs: 0 };
  const rate = new Rate({ perSecond, burst, message: "Slower.", nowMs: () => clock.nowMs });
  return { rate, clock };
}

function refusal(rate: Rate, key = "jack"): ChatError {
  const error = assertThrows(() => rate.take(key), ChatError, "Slower.");
  assertEquals(error.code, "slow_down");
  return error;
}

Deno.test("a burst is allowed at once, then one each interval, and the wait is told", () => {
  const { rate, clock } = makeRate(10, 3);
  for (let count = 0; count < 3; count++) rate.take("jack");
  assertEquals(refusal(rate).retryAfterMs, 100);
  clock.nowMs = 60;
  assertEquals(refusal(rate).retryAfterMs, 40);
  clock.nowMs = 100;
  rate.take("jack");
  refusal(rate);
});

Deno.test("whoever waits as long as was told is let through", () => {
  const wait = fc.record({ perSecond: fc.integer({ min: 1, max: 999 }), used: fc.nat(50) });
  fc.assert(fc.property(wait, ({ perSecond, used }) => {
    const { rate, clock } = makeRate(perSecond, 5);
    for (let count = 0; count < 5; count++) rate.take("jack");
    for (let count = 0; count < used; count++) {
      clock.nowMs += refusal(rate).retryAfterMs!;
      rate.take("jack");
    }
  }));
});

Deno.test("each key has an allowance of its own", () => {
  const { rate } = makeRate(1, 1);
  rate.take("jack");
  refusal(rate);
  rate.take("jill");
});

Deno.test("a long rest earns no more than one burst", () => {
  const { rate, clock } = makeRate(10, 2);
  rate.take("jack");
  clock.nowMs = 3_600_000;
  rate.take("jack");
  rate.take("jack");
  refusal(rate);
});

Deno.test("a rate of 0 allows any number", () => {
  const { rate } = makeRate(0, 0);
  for (let count = 0; count < 10_000; count++) rate.take("jack");
});

Deno.test("keys that are full again are forgotten, and no other", () => {
  const { rate, clock } = makeRate(1, 1);
  for (let index = 0; index < 100_000; index++) {
    clock.nowMs += 0.1;
    rate.take(`user ${index}`);
  }
  assertLess(rate.size, 25_000);
  refusal(rate, "user 99999");
  refusal(rate, "user 90001");
});
