import { assertEquals } from "@std/assert";
import { TermSum } from "../../../../../server/storage/sqlite/search/term_sum.ts";

const terms = Array.from({ length: 200 }, (_, index) => [`word${index}`, index] as const);

function sumOf(ordered: readonly (readonly [string, number])[], begin = 0): number {
  const sum = new TermSum(begin);
  for (const [term, sequence] of ordered) sum.add(term, sequence);
  return sum.value;
}

Deno.test("the sum of terms does not depend on their order, however many came before", () => {
  // What millions of terms come to, near the bounds beyond which numbers are not exact.
  for (const bits of [47, 48, 53]) {
    for (let below = 1; below <= 50; below++) {
      const begin = 2 ** bits - below * 2 ** 31 - below;
      const sums = [sumOf(terms, begin), sumOf(terms.toReversed(), begin)];
      assertEquals(sums[0], sums[1], `from ${begin}`);
    }
  }
});

Deno.test("the sum of terms differs where one is missing, or is another post's", () => {
  const whole = sumOf(terms);
  assertEquals(whole === sumOf(terms.slice(1)), false);
  assertEquals(whole === sumOf([...terms.slice(1), ["word0", 1]]), false);
});
