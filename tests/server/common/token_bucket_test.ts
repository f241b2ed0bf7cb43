import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { TokenBucket, TokenBuckets } from "../../../server/common/token_bucket.ts";

/** Five at once, then one every 20 seconds. */
const policy = { burst: 5, perSecond: 3 / 60, entriesMax: 10 };

/** Takes tokens whether they are there or not; gives how long to wait before the next ones. */
function owe(bucket: TokenBucket, count: number, nowMs: number): number {
  bucket.take(nowMs, count);
  return bucket.waitMs(nowMs, 0);
}

Deno.test("a burst is there at once, then one token each interval, and the wait is told", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 });
  for (let count = 0; count < 3; count++) {
    assertEquals(bucket.waitMs(0), 0);
    bucket.take(0);
  }
  assertEquals(bucket.waitMs(0), 100);
  assertEquals(bucket.waitMs(60), 40);
  assertEquals(bucket.waitMs(100), 0);
  bucket.take(100);
  assertEquals(bucket.waitMs(100), 100);
});

Deno.test("whoever waits as long as was told finds a token, whatever the rate", () => {
  const wait = fc.record({ perSecond: fc.integer({ min: 1, max: 999 }), used: fc.nat(50) });
  fc.assert(fc.property(wait, ({ perSecond, used }) => {
    const bucket = new TokenBucket({ perSecond, burst: 5 });
    let nowMs = 0;
    for (let count = 0; count < 5; count++) bucket.take(nowMs);
    for (let count = 0; count < used; count++) {
      nowMs += bucket.waitMs(nowMs);
      assertEquals(bucket.waitMs(nowMs), 0);
      bucket.take(nowMs);
    }
  }));
});

Deno.test("a long rest earns no more than one burst", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 2 });
  bucket.take(0);
  for (let count = 0; count < 2; count++) bucket.take(3_600_000);
  assertEquals(bucket.waitMs(3_600_000), 100);
});

Deno.test("0 a second means any number", () => {
  const bucket = new TokenBucket({ perSecond: 0, burst: 0 });
  for (let count = 0; count < 10_000; count++) assertEquals(owe(bucket, 10, 0), 0);
  assertEquals(bucket.waitMs(0, 10), 0);
});

Deno.test("many are there together or not at all", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 });
  bucket.take(0, 3);
  assertEquals(bucket.waitMs(0, 2), 0);
  assertEquals(bucket.waitMs(0, 3), 100);
  assertEquals(bucket.waitMs(0, 5), 300);
});

Deno.test("tokens that are not there are owed: a burst costs no wait, and what comes after it does", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 });
  for (let command = 0; command < 5; command++) assertEquals(owe(bucket, 1, 0), 0);
  assertEquals(owe(bucket, 1, 0), 100);
  assertEquals(owe(bucket, 1, 0), 200);
  assertEquals(owe(bucket, 0, 200), 0);
  for (let command = 0; command < 5; command++) assertEquals(owe(bucket, 1, 60_000), 0);
  assertEquals(owe(bucket, 10, 60_000), 1_000);
});

Deno.test("a token that is given back can be taken again", () => {
  const buckets = new TokenBuckets({ ...policy, burst: 1 });
  const fullAtMs = buckets.take("a", "a", 0);
  assertEquals(buckets.waitMs("a", 5_000), 15_000);
  buckets.giveBack("a", 5_000, 1, fullAtMs);
  assertEquals(buckets.waitMs("a", 5_000), 0);
});

Deno.test("what time has brought back is not given back a second time", () => {
  const buckets = new TokenBuckets({ ...policy, burst: 1 });
  const fullAtMs = buckets.take("a", "a", 0);
  buckets.take("a", "a", 20_000);
  buckets.giveBack("a", 20_000, 1, fullAtMs);
  assertEquals(buckets.waitMs("a", 20_000), 20_000);
});

Deno.test("owed tokens are given back as well", () => {
  const buckets = new TokenBuckets(policy);
  const fullAtMs = buckets.take("a", "a", 0, 7);
  assertEquals(buckets.waitMs("a", 0), 60_000);
  buckets.giveBack("a", 0, 7, fullAtMs);
  assertEquals(buckets.waitMs("a", 0), 0);
});

Deno.test("each key has a bucket of its own", () => {
  const buckets = new TokenBuckets({ ...policy, burst: 1 });
  assertEquals(buckets.takeNow("jack", "jack", 0), 0);
  assertEquals(buckets.takeNow("jack", "jack", 0), 20_000);
  assertEquals(buckets.takeNow("jill", "jill", 0), 0);
});

Deno.test("full buckets are dropped", () => {
  const buckets = new TokenBuckets(policy);
  buckets.take("a", "a", 0);
  buckets.take("b", "b", 1_000);
  assertEquals(buckets.size, 2);
  buckets.take("c", "c", 20_000);
  assertEquals(buckets.size, 2);
  buckets.take("d", "d", 40_000);
  assertEquals(buckets.size, 1);
});

Deno.test("full buckets are forgotten, and no other, also behind one that is never full", () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1, entriesMax: 100_000 });
  buckets.take("deep in debt", "a", 0, 1_000_000);
  for (let index = 0; index < 100_000; index++) {
    buckets.takeNow(`user ${index}`, `user ${index}`, index / 10);
  }
  assertLess(buckets.size, 25_000);
  const nowMs = 10_000;
  for (const key of ["deep in debt", "user 99999", "user 90001"]) {
    assertLess(0, buckets.waitMs(key, nowMs), key);
  }
});

Deno.test("beyond the cap a further key has a full bucket, and the group with most loses its oldest", () => {
  const buckets = new TokenBuckets(policy);
  for (let i = 0; i < 5; i++) buckets.take("inside", "some", 0);
  for (let i = 0; i < 100; i++) buckets.take(`flood ${i}`, "flood", 0);
  assertEquals(buckets.size, 10);
  assertEquals(buckets.waitMs("further", 0), 0);
  assertEquals(buckets.waitMs("inside", 0), 20_000);
  for (let i = 0; i < 5; i++) buckets.take("further", "others", 0);
  assertEquals(buckets.waitMs("further", 0), 20_000);
  assertEquals(buckets.size, 10);
});

Deno.test("no bucket ever gives more than its burst and its rate, whatever the order of calls", () => {
  const step = fc.record({
    key: fc.constantFrom("a", "b", "c", "d"),
    afterMs: fc.nat({ max: 30_000 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const buckets = new TokenBuckets(policy);
    const taken = new Map<string, number>();
    let nowMs = 0;
    for (const { key, afterMs } of steps) {
      nowMs += afterMs;
      if (buckets.takeNow(key, key, nowMs) > 0) continue;
      taken.set(key, (taken.get(key) ?? 0) + 1);
      assertLessOrEqual(taken.get(key) ?? 0, 5 + nowMs / 20_000 + 1);
    }
  }));
});
