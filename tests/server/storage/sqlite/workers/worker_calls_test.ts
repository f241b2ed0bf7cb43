import { Worker } from "node:worker_threads";
import { assertEquals, assertRejects } from "@std/assert";
import { StorageError, TakenError } from "../../../../../server/storage/storage.ts";
import {
  waitingCallsMax,
  WorkerCalls,
} from "../../../../../server/storage/sqlite/workers/worker_calls.ts";

type Served = { double: (value: number) => number; taken: () => never };

/** A worker that serves `double` and `taken`. */
async function withCalls(
  test: (calls: WorkerCalls<Served>, deaths: StorageError[]) => Promise<void>,
): Promise<void> {
  const module = import.meta.resolve(
    "../../../../../server/storage/sqlite/workers/worker_calls.ts",
  );
  const contract = import.meta.resolve("../../../../../server/storage/storage.ts");
  const program = `
    import { serveCalls } from "${module}";
    import { TakenError } from "${contract}";
    serveCalls({
      double: (value) => 2 * value,
      taken: () => { throw new TakenError("taken"); },

    });`;
  const deaths: StorageError[] = [];
  const calls = new WorkerCalls<Served>(
    new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`)),
    (error) => deaths.push(error),
  );
  await test(calls, deaths);
  calls.terminate(new StorageError("failed", "ended"));
}

Deno.test("WorkerCalls answers each call with its own result", async () => {
  await withCalls(async (calls, deaths) => {
    const results = await Promise.all([1, 2, 3].map((value) => calls.call("double", value)));
    assertEquals(results, [2, 4, 6]);
    await assertRejects(() => calls.call("taken"), TakenError, "taken");
    assertEquals(await calls.call("double", 4), 8);
    assertEquals(deaths, []);
  });
});

Deno.test("WorkerCalls rejects a method that the worker does not have", async () => {
  await withCalls(async (calls) => {
    const unknown = calls as unknown as WorkerCalls<{ toString: () => string }>;
    await assertRejects(() => unknown.call("toString"), StorageError, "no method");
  });
});

Deno.test("WorkerCalls rejects calls that wait, and later ones, when it is terminated", async () => {
  await withCalls(async (calls, deaths) => {
    const waiting = calls.call("double", 1);
    calls.terminate(new StorageError("failed", "the end"));
    await assertRejects(() => waiting, StorageError, "the end");
    await assertRejects(() => calls.call("double", 1), StorageError, "the end");
    assertEquals(deaths, []);
  });
});

Deno.test("WorkerCalls refuses a call when too many wait", async () => {
  await withCalls(async (calls) => {
    const waiting = Array.from(
      { length: waitingCallsMax },
      (_, index) => calls.call("double", index),
    );
    const error = await assertRejects(() => calls.call("double", 1), StorageError);
    assertEquals(error.reason, "full");
    assertEquals((await Promise.all(waiting)).at(-1), 2 * (waitingCallsMax - 1));
    assertEquals(await calls.call("double", 2), 4);
  });
});
