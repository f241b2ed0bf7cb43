import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { writeTimeoutMs } from "../../../../protocol/wire/limits.ts";
import { Outbox, type OutboxFailure } from "../../../../server/wires/connection/outbox.ts";
import { Outboxes } from "../../../../server/wires/connection/outboxes.ts";
import { settled } from "../../../fixtures/fake_time.ts";

/** A sink whose writes end when the test says so. */
class Sink {
  readonly writes: Uint8Array[] = [];
  #ends: PromiseWithResolvers<number>[] = [];
  /** How many bytes each write takes; all where not given. */
  bytesAtOnce = Infinity;
  stalled = false;

  write(bytes: Uint8Array): Promise<number> {
    this.writes.push(bytes.slice(0, this.bytesAtOnce));
    const end = Promise.withResolvers<number>();
    if (this.stalled) this.#ends.push(end);
    else end.resolve(Math.min(bytes.length, this.bytesAtOnce));
    return end.promise;
  }

  /** Ends the stalled writes. */
  resume(): void {
    this.stalled = false;
    this.writes.slice(-this.#ends.length).forEach(({ length }, index) =>
      this.#ends[index]!.resolve(length)
    );
    this.#ends = [];
  }

  fail(): void {
    for (const end of this.#ends) end.reject(new Deno.errors.BrokenPipe("gone"));
  }

  get bytes(): number[] {
    return this.writes.flatMap((write) => [...write]);
  }
}

function makeOutbox(queueBytesMax = 100, outboxes = new Outboxes()) {
  const sink = new Sink();
  const failures: OutboxFailure[] = [];
  const clock = { nowMs: 0 };
  const outbox = new Outbox(outboxes, sink, {
    onFailure: (reason) => failures.push(reason),
    nowMs: () => clock.nowMs,
    queueBytesMax,
  });
  return { sink, failures, clock, outbox };
}

const bytes = (...values: number[]) => new Uint8Array(values);

Deno.test("what is pushed in one turn leaves in one write, in order", async () => {
  const { sink, outbox } = makeOutbox();
  outbox.push(bytes(1, 2));
  outbox.push(bytes(3));
  outbox.push(bytes(4, 5));
  await outbox.drained();
  assertEquals(sink.writes, [bytes(1, 2, 3, 4, 5)]);
});

Deno.test("what is pushed while a write is under way leaves in the next one", async () => {
  const { sink, outbox } = makeOutbox();
  sink.stalled = true;
  outbox.push(bytes(1));
  await settled();
  outbox.push(bytes(2));
  outbox.push(bytes(3));
  await settled();
  assertEquals([sink.writes.length, outbox.queuedBytes], [1, 2]);
  sink.resume();
  await outbox.drained();
  assertEquals(sink.writes, [bytes(1), bytes(2, 3)]);
});

Deno.test("a write that takes only a part is continued where it stopped", async () => {
  const { sink, outbox } = makeOutbox();
  sink.bytesAtOnce = 2;
  outbox.push(bytes(1, 2, 3, 4, 5));
  await outbox.drained();
  assertEquals(sink.writes, [bytes(1, 2), bytes(3, 4), bytes(5)]);
});

Deno.test("a queue of just the cap is kept; one byte more cuts the connection, once", async () => {
  const { sink, failures, outbox } = makeOutbox(10);
  sink.stalled = true;
  outbox.push(bytes(0));
  await settled();
  outbox.push(new Uint8Array(10));
  assertEquals(failures, []);
  outbox.push(bytes(1));
  outbox.push(bytes(2));
  assertEquals([failures, outbox.queuedBytes], [["queue_full"], 0]);
  sink.resume();
  await outbox.drained();
  await settled();
  assertEquals(sink.bytes, [0]);
});

Deno.test("many small pieces wait as few large ones, and leave in their order", async () => {
  const { sink, outbox } = makeOutbox(100_000);
  sink.stalled = true;
  outbox.push(bytes(0));
  await settled();
  const values = Array.from({ length: 50_000 }, (_, index) => index % 251);
  for (const value of values) outbox.push(bytes(value));
  assertEquals(outbox.queuedBytes, values.length);
  assert(outbox.queuedPieces < 600, `${outbox.queuedPieces} pieces`);
  sink.resume();
  await outbox.drained();
  assertEquals(sink.bytes, [0, ...values]);
});

Deno.test("what lies side by side in memory waits as one piece, and leaves without being copied", async () => {
  const { sink, outbox } = makeOutbox();
  const memory = Uint8Array.from({ length: 20 }, (_, index) => index);
  const written: Uint8Array[] = [];
  sink.write = (bytes) => {
    written.push(bytes);
    return Promise.resolve(bytes.length);
  };
  for (const [from, to] of [[2, 5], [5, 6], [6, 9]]) outbox.push(memory.subarray(from, to));
  assertEquals([outbox.queuedPieces, outbox.queuedBytes], [1, 7]);
  await outbox.drained();
  assertEquals([written, written[0]!.buffer === memory.buffer], [[memory.subarray(2, 9)], true]);
  // A gap, another order, other memory with the same places.
  for (const [from, to] of [[9, 10], [11, 12], [10, 11]]) outbox.push(memory.subarray(from, to));
  outbox.push(memory.slice().subarray(11, 13));
  await outbox.drained();
  assertEquals(written[1], bytes(9, 11, 10, 11, 12));
});

Deno.test("pieces of one memory arrive in order, wherever they lie", async () => {
  const range = fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 6 }), fc.boolean());
  await fc.assert(fc.asyncProperty(fc.array(range, { maxLength: 60 }), async (ranges) => {
    const { sink, outbox } = makeOutbox(1_000);
    const memory = Uint8Array.from({ length: 40 }, (_, index) => index);
    const expected: number[] = [];
    let end = 0;
    for (const [start, length, follows] of ranges) {
      const from = follows && end < 34 ? end : start;
      end = from + length;
      expected.push(...memory.subarray(from, end));
      outbox.push(memory.subarray(from, end));
      if (start === 7) await Promise.resolve();
    }
    await outbox.drained();
    assertEquals(sink.bytes, expected);
  }));
});

Deno.test("a write that takes longer than its deadline cuts the connection", async () => {
  const { sink, failures, clock, outbox } = makeOutbox();
  clock.nowMs = 500;
  sink.stalled = true;
  outbox.push(bytes(1));
  await settled();
  clock.nowMs += writeTimeoutMs;
  outbox.checkDeadline();
  assertEquals(failures, []);
  clock.nowMs += 1;
  outbox.checkDeadline();
  outbox.checkDeadline();
  assertEquals(failures, ["write_timeout"]);
  await outbox.drained();
  sink.resume();
  await settled();
});

Deno.test("an outbox without a write under way has no deadline", async () => {
  const { failures, clock, outbox } = makeOutbox();
  outbox.push(bytes(1));
  await outbox.drained();
  clock.nowMs += 10 * writeTimeoutMs;
  outbox.checkDeadline();
  assertEquals(failures, []);
});

Deno.test("a failed write cuts the connection", async () => {
  const { sink, failures, outbox } = makeOutbox();
  sink.stalled = true;
  outbox.push(bytes(1));
  await settled();
  sink.fail();
  await settled();
  assertEquals(failures, ["write_failed"]);
  await outbox.drained();
});

Deno.test("close() forgets what waits, takes nothing more, and reports nothing", async () => {
  const { sink, failures, outbox } = makeOutbox();
  sink.stalled = true;
  outbox.push(bytes(1));
  await settled();
  outbox.push(bytes(2));
  outbox.close();
  outbox.push(bytes(3));
  sink.fail();
  await outbox.drained();
  await settled();
  assertEquals([sink.bytes, failures, outbox.queuedBytes], [[1], [], 0]);
});

Deno.test("all bytes arrive in order, however they are pushed and taken", async () => {
  const chunk = fc.record({ length: fc.integer({ min: 1, max: 9 }), wait: fc.boolean() });
  const property = fc.asyncProperty(
    fc.array(chunk, { maxLength: 30 }),
    fc.integer({ min: 1, max: 12 }),
    async (chunks, bytesAtOnce) => {
      const { sink, failures, outbox } = makeOutbox(1_000);
      sink.bytesAtOnce = bytesAtOnce;
      let next = 0;
      for (const { length, wait } of chunks) {
        outbox.push(Uint8Array.from({ length }, () => next++));
        if (wait) await Promise.resolve();
      }
      await outbox.drained();
      assertEquals(sink.bytes, Array.from({ length: next }, (_, index) => index & 255));
      assert(failures.length === 0);
    },
  );
  await fc.assert(property);
});

/** Outboxes that hold some bytes each, behind a write of one byte that does not end. */
function stalled(outboxes: Outboxes, ...sizes: number[]) {
  return sizes.map((size) => {
    const made = makeOutbox(1_000, outboxes);
    made.sink.stalled = true;
    made.outbox.push(bytes(1));
    return { ...made, fill: () => made.outbox.push(new Uint8Array(size)) };
  });
}

Deno.test("where all queues together hold too much, those that hold most are cut, and no more than must be", async () => {
  const outboxes = new Outboxes();
  const all = stalled(outboxes, 100, 500, 0, 400);
  await settled();
  for (const { fill } of all) fill();
  outboxes.checkBudget(1_004);
  assertEquals(all.map(({ failures }) => failures.length), [0, 0, 0, 0]);
  outboxes.checkBudget(1_003);
  assertEquals(all.map(({ failures }) => failures), [[], ["all_queues_full"], [], []]);
  outboxes.checkBudget(503);
  assertEquals(all.map(({ failures }) => failures.length), [0, 1, 0, 0]);
  for (const { outbox } of all) outbox.close();
});

Deno.test("the write under way counts for the budget of all queues", async () => {
  const outboxes = new Outboxes();
  const { sink, outbox, failures } = makeOutbox(1_000, outboxes);
  sink.stalled = true;
  outbox.push(new Uint8Array(900));
  await settled();
  assertEquals(outbox.queuedBytes, 0);
  outboxes.checkBudget(899);
  assertEquals(failures, ["all_queues_full"]);
});

Deno.test("what many queues share counts once: a broadcast to a thousand slow readers cuts nobody", async () => {
  const outboxes = new Outboxes();
  const all = stalled(outboxes, ...new Array<number>(1_000).fill(0));
  await settled();
  const shared = new Uint8Array(500);
  for (const { outbox } of all) {
    outbox.push(shared.subarray(0, 200));
    outbox.push(shared.subarray(200));
  }
  outboxes.checkBudget(2_000);
  assertEquals(all.filter(({ failures }) => failures.length > 0).length, 0);
  for (const { outbox } of all) outbox.close();
});
