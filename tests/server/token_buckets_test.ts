import { assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { TokenBuckets } from "../../server/token_buckets.ts";

const policy = { burst: 5, perMinute: 3, entriesMax: 10 };

Deno.test("a full bucket gives its burst at once, then one token an interval", () => {
  const buckets = new TokenBuckets(policy);
  for (let i = 0; i < 5; i++) {
    assertEquals(buckets.waitMs("a", 0), 0);
    buckets.take("a", 0);
  }
  assertEquals(buckets.waitMs("a", 0), 20_000);
  assertEquals(buckets.waitMs("a", 19_999), 1);
  assertEquals(buckets.waitMs("a", 20_000), 0);
  buckets.take("a", 20_000);
  assertEquals(buckets.waitMs("a", 20_000), 20_000);
});

Deno.test("take() from an empty bucket is a mistake of ours", () => {
  const buckets = new TokenBuckets({ ...policy, burst: 1 });
  buckets.take("a", 0);
  assertThrows(() => buckets.take("a", 0), Error, "Broken assumption");
});

Deno.test("a token that is given back can be taken again", () => {
  const buckets = new TokenBuckets({ ...policy, burst: 1 });
  const giveBack = buckets.take("a", 0);
  assertEquals(buckets.waitMs("a", 5_000), 15_000);
  giveBack(5_000);
  assertEquals(buckets.waitMs("a", 5_000), 0);
});

Deno.test("what time has brought back is not given back a second time", () => {
  const buckets = new TokenBuckets({ ...policy, burst: 1 });
  const giveBack = buckets.take("a", 0);
  buckets.take("a", 20_000);
  giveBack(20_000);
  assertEquals(buckets.waitMs("a", 20_000), 20_000);
});

Deno.test("full buckets are dropped", () => {
  const buckets = new TokenBuckets(policy);
  buckets.take("a", 0);
  buckets.take("b", 1_000);
  assertEquals(buckets.size, 2);
  buckets.waitMs("c", 20_000);
  assertEquals(buckets.size, 1);
  buckets.waitMs("c", 21_000);
  assertEquals(buckets.size, 0);
});

Deno.test("beyond the cap all further keys share one bucket, and those inside keep theirs", () => {
  const buckets = new TokenBuckets(policy);
  for (let i = 0; i < 10; i++) buckets.take(`inside ${i}`, 0);
  for (let i = 0; i < 5; i++) buckets.take(`outside ${i}`, 0);
  assertEquals(buckets.size, 11);
  assertEquals(buckets.waitMs("outside 5", 0), 20_000);
  assertEquals(buckets.waitMs("inside 0", 0), 0);
  for (let i = 0; i < 4; i++) buckets.take("inside 0", 0);
  assertEquals(buckets.waitMs("inside 0", 0), 20_000);
});

Deno.test("no bucket ever gives more than its burst and its rate, whatever the order of calls", () => {
  const step = fc.record({
    key: fc.constantFrom("a", "b", "c", "d"),
    afterMs: fc.nat({ max: 30_000 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const buckets = new TokenBuckets({ ...policy, entriesMax: 2 });
    const taken = new Map<string, number>();
    let nowMs = 0;
    for (const { key, afterMs } of steps) {
      nowMs += afterMs;
      if (buckets.waitMs(key, nowMs) > 0) continue;
      buckets.take(key, nowMs);
      taken.set(key, (taken.get(key) ?? 0) + 1);
      // A key that had no room may have used the shared bucket before it got its own.
      assertLessOrEqual(taken.get(key) ?? 0, 2 * 5 + nowMs / 20_000 + 1);
      assertLessOrEqual(buckets.size, 3);
    }
  }));
});
