import { assert, assertEquals } from "@std/assert";
import { backoffMs } from "../../../../client/core/link/backoff.ts";

Deno.test("the longest wait doubles from 0.5 s to 30 s and stays there", () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 7, 100, 100_000].map((attempt) =>
    backoffMs(attempt, () => 1)
  );
  assertEquals(longest, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000]);
});

Deno.test("the wait is spread over the whole range: clients of one server do not come back in step", () => {
  assertEquals(backoffMs(3, () => 0), 0);
  assertEquals(backoffMs(3, () => 0.25), 1000);
  const waits = Array.from({ length: 1_000 }, () => backoffMs(6, Math.random));
  assert(waits.some((ms) => ms < 3_000) && waits.some((ms) => ms > 27_000));
});
