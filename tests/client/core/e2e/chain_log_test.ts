import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ChainLog, type Finding } from "../../../../client/core/e2e/chain_log.ts";

function take(log: ChainLog, number: number, chain = "a", after: [string, number] | null = null) {
  const earlier = after === null ? null : { chain: after[0], number: after[1] };
  return log.take({ place: { chain, number }, after: earlier });
}

Deno.test("messages that follow each other are fine, in any number of chains", () => {
  const log = new ChainLog();
  for (const number of [1, 2, 3]) {
    for (const chain of ["a", "b"]) assertEquals(take(log, number, chain), null);
  }
});

Deno.test("a chain that began before the stream may begin anywhere, one of a complete stream may not", () => {
  assertEquals(take(new ChainLog(), 7), null);
  assertEquals(take(new ChainLog(true), 7), { kind: "missing", count: 6 });
  assertEquals(take(new ChainLog(true), 1), null);
});

Deno.test("a gap tells how many are missing; those that come later are late, and then repeated", () => {
  const log = new ChainLog();
  take(log, 1);
  assertEquals(take(log, 4), { kind: "missing", count: 2 });
  assertEquals(take(log, 2), { kind: "late" });
  assertEquals(take(log, 2), { kind: "repeated" });
  assertEquals(take(log, 5), null);
  assertEquals(take(log, 3), { kind: "late" });
  assertEquals(take(log, 1), { kind: "repeated" });
});

Deno.test("begin() tells how far a chain went before", () => {
  const log = new ChainLog();
  log.begin({ chain: "a", number: 3 });
  assertEquals(take(log, 5), { kind: "missing", count: 1 });
  // What is known is not changed.
  log.begin({ chain: "a", number: 1 });
  assertEquals(take(log, 6), null);
});

Deno.test("the first message of a chain says how far the chain before it went", () => {
  const log = new ChainLog();
  take(log, 1, "a");
  assertEquals(take(log, 1, "b", ["a", 1]), null);
  assertEquals(take(log, 1, "c", ["a", 3]), { kind: "missing", count: 2 });
  // What the sender forgot is no reason to worry.
  take(log, 2, "b");
  assertEquals(take(log, 1, "d", ["b", 1]), null);
  assertEquals(take(log, 1, "e", ["unknown", 9]), null);
  assertEquals(take(new ChainLog(true), 1, "e", ["unknown", 9]), { kind: "missing", count: 9 });
});

Deno.test("a sender's largest number costs neither memory nor time", () => {
  const log = new ChainLog();
  take(log, 1);
  assertEquals(take(log, 2 ** 32 - 1), { kind: "missing", count: 2 ** 32 - 3 });
  assertEquals(take(log, 2), { kind: "late" });
  assertEquals(take(log, 5_000), { kind: "repeated" });
});

Deno.test("whatever a server does with a chain, a message is fine only right after the one before it", () => {
  const numbers = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 30 });
  fc.assert(fc.property(numbers, (numbers) => {
    const log = new ChainLog(true);
    const seen = new Set<number>();
    let last = 0;
    for (const number of numbers) {
      const finding: Finding = take(log, number);
      if (seen.has(number)) assertEquals(finding?.kind, "repeated");
      else if (number < last) assertEquals(finding?.kind, "late");
      else assertEquals(finding?.kind, number === last + 1 ? undefined : "missing");
      seen.add(number);
      last = Math.max(last, number);
    }
  }));
});
