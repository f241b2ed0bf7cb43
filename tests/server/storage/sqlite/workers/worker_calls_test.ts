import { Worker } from "node:worker_threads";
import { assertEquals, assertRejects } from "@std/assert";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import {
  waitingCallsMax,
  WorkerCalls,
} from "../../../../../server/storage/sqlite/workers/worker_calls.ts";

type Served = {
  double: (value: number) => number;
  same: (value: unknown) => unknown;
  full: () => never;
  /** Gives what cannot be sent. */
  broken: () => never;
  end: () => never;
  hang: () => never;
  /** Tells three times how far it is. */
  long: () => string;
  /** Gives how many of its calls were answered together, and its own value. */
  sum: (value: number) => [calls: number, value: number];
};

/** A worker that serves all of these. */
async function withCalls(
  test: (calls: WorkerCalls<Served>, deaths: StorageError[], told: unknown[]) => Promise<void>,
): Promise<void> {
  const module = import.meta.resolve(
    "../../../../../server/storage/sqlite/workers/worker_calls.ts",
  );
  const contract = import.meta.resolve("../../../../../server/storage/storage_error.ts");
  const program = `
    import { serveCalls } from "${module}";
    import { StorageError } from "${contract}";
    import process from "node:process";
    const tell = serveCalls({
      long: () => {
        for (let done = 0; done < 3; done++) tell({ what: "long", done, total: 3 });
        return "done";
      },
      double: (value) => 2 * value,
      same: (value) => value,
      full: () => { throw new StorageError("full", "no space"); },
      broken: () => () => {},
      end: () => process.exit(0),
      hang: () => { for (;;); },
      sum: (value) => [1, value],
      sumAll: (calls) => {
        if (calls.some(([value]) => value < 0)) throw new Error("negative");
        return calls.map(([value]) => [calls.length, value]);
      },
    }, { sum: "sumAll" });`;
  const deaths: StorageError[] = [];
  const told: unknown[] = [];
  const calls = new WorkerCalls<Served>(
    new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`)),
    (error) => deaths.push(error),
    (progress) => told.push(progress),
  );
  await test(calls, deaths, told);
  calls.terminate(new StorageError("failed", "ended"));
}

Deno.test("WorkerCalls answers each call with its own result", async () => {
  await withCalls(async (calls, deaths) => {
    const results = await Promise.all([1, 2, 3].map((value) => calls.call("double", value)));
    assertEquals(results, [2, 4, 6]);
    const error = await assertRejects(() => calls.call("full"), StorageError, "no space");
    assertEquals(error.reason, "full");
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

Deno.test("WorkerCalls brings values of any length, both ways at once", async () => {
  await withCalls(async (calls) => {
    const values = [0, 1, 100_000, 3_000_000].map((length) => [
      "x".repeat(length),
      new Uint8Array(length).fill(7),
    ]);
    assertEquals(await Promise.all(values.map((value) => calls.call("same", value))), values);
  });
});

for (const [how, method] of [["fails", "broken"], ["ends", "end"]] as const) {
  Deno.test(`WorkerCalls rejects what waits and what comes when its worker ${how}, and tells it once`, async () => {
    await withCalls(async (calls, deaths) => {
      const waiting = [calls.call(method), calls.call("double", 1)];
      await Promise.all(
        waiting.map((one) => assertRejects(() => one, StorageError, "has failed")),
      );
      await assertRejects(() => calls.call("double", 2), StorageError, "has failed");
      assertEquals(deaths.length, 1);
    });
  });
}

Deno.test("WorkerCalls ends a worker that never comes back", async () => {
  await withCalls(async (calls, deaths) => {
    const waiting = [calls.call("double", 3), calls.call("hang"), calls.call("double", 4)];
    assertEquals(await waiting[0], 6);
    calls.terminate(new StorageError("failed", "enough"));
    const left = waiting.slice(1);
    await Promise.all(left.map((one) => assertRejects(() => one, StorageError, "enough")));
    assertEquals(deaths, []);
  });
});

Deno.test("WorkerCalls refuses a call when too many bytes wait, and takes one again when they are gone", async () => {
  await withCalls(async (calls) => {
    const large = new Uint8Array(17 * 1024 * 1024);
    const first = calls.call("same", large);
    const error = await assertRejects(() => calls.call("double", 1), StorageError);
    assertEquals(error.reason, "full");
    assertEquals(((await first) as Uint8Array).length, large.length);
    assertEquals(await calls.call("double", 2), 4);
  });
});

// The worker only starts while these calls are made: all of them wait when it looks.
Deno.test("WorkerCalls has calls answered together that wait one after the other, each with its own result", async () => {
  await withCalls(async (calls) => {
    const results = await Promise.all([
      calls.call("sum", 1),
      calls.call("sum", 2),
      calls.call("double", 3),
      calls.call("sum", 4),
    ]);
    assertEquals(results, [[2, 1], [2, 2], 6, [1, 4]]);
  });
});

Deno.test("WorkerCalls rejects all calls that are answered together where that fails, and goes on", async () => {
  await withCalls(async (calls) => {
    const failing = [1, -1].map((value) => calls.call("sum", value));
    await Promise.all(failing.map((one) => assertRejects(() => one, StorageError, "negative")));
    assertEquals(await calls.call("sum", 7), [1, 7]);
  });
});

Deno.test("WorkerCalls tells how far a method is that takes long", async () => {
  await withCalls(async (calls, _deaths, told) => {
    assertEquals(await calls.call("long"), "done");
    assertEquals(told, [0, 1, 2].map((done) => ({ what: "long", done, total: 3 })));
  });
});
