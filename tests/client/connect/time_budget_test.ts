import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { TimeBudget, TimeUsedUp } from "../../../client/connect/time_budget.ts";
import { FakeTime } from "../../fixtures/fake_time.ts";

/** A step that ends only when it is aborted. */
function endless(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(new Error("what the system says")));
  return promise;
}

Deno.test("a time budget returns what a step returns and passes on what it throws", async () => {
  const budget = new TimeBudget(10_000, undefined);
  assertEquals(await budget.run(() => Promise.resolve(7)), 7);
  await assertRejects(() => budget.run(() => Promise.reject(new RangeError("x"))), RangeError, "x");
});

Deno.test("a time budget aborts the step that uses it up, and every one after", async () => {
  const budget = new TimeBudget(20, undefined);
  await assertRejects(() => budget.run(endless), TimeUsedUp);
  await assertRejects(() => budget.run(endless), TimeUsedUp);
});

Deno.test("a time budget does not run between steps", async () => {
  using time = new FakeTime();
  const budget = new TimeBudget(1_000, undefined);
  const takes = (ms: number) =>
    budget.run(async (signal) => {
      await time.advance(ms);
      return signal.aborted;
    });
  assertEquals(await takes(500), false);
  await time.advance(10_000);
  assertEquals(await takes(499), false);
  assertEquals(await takes(2), true);
});

Deno.test("the outer signal aborts a step with its own reason", async () => {
  const outer = new AbortController();
  const budget = new TimeBudget(10_000, outer.signal);
  const reason = new Error("enough");
  const running = budget.run(endless);
  outer.abort(reason);
  assertEquals(await running.catch((error: unknown) => error), reason);
});

Deno.test("no step begins once the outer signal is aborted", async () => {
  let begun = false;
  const budget = new TimeBudget(10_000, AbortSignal.abort());
  const error = await assertRejects(() =>
    budget.run(() => {
      begun = true;
      return Promise.resolve();
    })
  );
  assertInstanceOf(error, DOMException);
  assert(!begun);
});
