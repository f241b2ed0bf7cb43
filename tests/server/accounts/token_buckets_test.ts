import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { TokenBuckets } from "../../../server/accounts/token_buckets.ts";

const policy = { burst: 5, perMinute: 3, entriesMax: 10 };

Deno.test("a full bucket gives its burst at once, then one token an interval", () => {
  const buckets = new TokenBuckets(policy);
  for (let i = 0; i < 5; i++) {
    assertEquals(buckets.waitMs("a", 0), 0);
    buckets.take("a", "a", 0);
  }
  assertEquals(buckets.waitMs("a", 0), 20_000);
  assertEquals(buckets.waitMs("a", 19_999), 1);
  assertEquals(buckets.waitMs("a", 20_000), 0);
  buckets.take("a", "a", 20_000);
  assertEquals(buckets.waitMs("a", 20_000), 20_000);
});

Deno.test("take() from an empty bucket is a mistake of ours", () => {
  const buckets = new TokenBuckets({ ...policy, burst: 1 });
  buckets.take("a", "a", 0);
  assertThrows(() => buckets.take("a", "a", 0), Error, "Broken assumption");
});

Deno.test("a token that is given back can be taken again", () => {
  const buckets = new TokenBuckets({ ...policy, burst: 1 });
  const giveBack = buckets.take("a", "a", 0);
  assertEquals(buckets.waitMs("a", 5_000), 15_000);
  giveBack(5_000);
  assertEquals(buckets.waitMs("a", 5_000), 0);
});

Deno.test("what time has brought back is not given back a second time", () => {
  const buckets = new TokenBuckets({ ...policy, burst: 1 });
  const giveBack = buckets.take("a", "a", 0);
  buckets.take("a", "a", 20_000);
  giveBack(20_000);
  assertEquals(buckets.waitMs("a", 20_000), 20_000);
});

Deno.test("full buckets are dropped", () => {
  const buckets = new TokenBuckets(policy);
  buckets.take("a", "a", 0);
  buckets.take("b", "b", 1_000);
  assertEquals(buckets.size, 2);
  buckets.waitMs("c", 20_000);
  assertEquals(buckets.size, 1);
  buckets.waitMs("c", 21_000);
  assertEquals(buckets.size, 0);
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

Deno.test("tokens may be owed, and given back", () => {
  const buckets = new TokenBuckets(policy);
  const giveBack = buckets.owe("a", "a", 7, 0);
  assertEquals(buckets.waitMs("a", 0), 60_000);
  giveBack(0);
  assertEquals(buckets.waitMs("a", 0), 0);
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
      if (buckets.waitMs(key, nowMs) > 0) continue;
      buckets.take(key, key, nowMs);
      taken.set(key, (taken.get(key) ?? 0) + 1);
      assertLessOrEqual(taken.get(key) ?? 0, 5 + nowMs / 20_000 + 1);
    }
  }));
});
