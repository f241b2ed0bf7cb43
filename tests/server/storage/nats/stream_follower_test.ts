import { assertEquals } from "@std/assert";
import { ClusterLog } from "../../../../server/storage/nats/cluster_log.ts";
import type {
  LogKeeper,
  LogMessage,
  LogReading,
} from "../../../../server/storage/nats/log_keeper.ts";
import { StreamFollower } from "../../../../server/storage/nats/stream_follower.ts";
import type { StorageError } from "../../../../server/storage/storage_error.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

const cluster = "ours";

/** A log whose readings bring what a test says: by the number of the reading, the sequences. */
class Keeper implements LogKeeper {
  readings = 0;
  /** Whether anybody answers; whether readings are given out; how long a single message takes. */
  isLed = true;
  givesReadings = true;
  getMs = 0;
  found: { cluster: string; first: number; last: number } | null;
  onConnection = (): void => {};
  readonly isConnected = true;
  readonly #brings: (reading: number, after: number) => number[];

  constructor(last: number, brings: (reading: number, after: number) => number[]) {
    this.found = { cluster, first: 1, last };
    this.#brings = brings;
  }

  find(waitMs: number) {
    if (!this.isLed) return unanswered(waitMs);
    const more = { beganEmpty: true, replicas: 1, leader: null, order: "led" } as const;
    return Promise.resolve(this.found === null ? null : { ...this.found, ...more });
  }

  readAfter(after: number, waitMs: number): Promise<LogReading> {
    if (!this.isLed || !this.givesReadings) return unanswered(waitMs);
    const sequences = this.#brings(++this.readings, after);
    const stopped = Promise.withResolvers<void>();
    return Promise.resolve({
      async *next(): AsyncGenerator<LogMessage> {
        const bring = sequences.splice(0);
        for (const sequence of bring) yield { sequence, data: messageOf(sequence) };
        if (bring.length > 0) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, 5_000);
        await Promise.race([promise, stopped.promise]);
        clearTimeout(timer);
      },
      stop: stopped.resolve,
    });
  }

  get(sequence: number, waitMs: number): Promise<LogMessage | null> {
    if (!this.isLed) return unanswered(waitMs);
    const isThere = sequence <= (this.found?.last ?? 0);
    const message = isThere ? { sequence, data: messageOf(sequence) } : null;
    if (this.getMs === 0) return Promise.resolve(message);
    return new Promise((resolve) => setTimeout(() => resolve(message), this.getMs));
  }

  publish = () => Promise.resolve();
  make = () => Promise.resolve();
  tell = () => {};
  hear = () => () => {};
  close = () => Promise.resolve();
}

function unanswered(waitMs: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("timeout")), waitMs));
}

function messageOf(number: number): Uint8Array {
  return new TextEncoder().encode(`{"v":1,"node":"a","run":"r","n":${number},"commands":[]}`);
}

/** A server that follows; what it has applied, in order. To apply something takes `applyMs`. */
function follow(keeper: Keeper, applied = 0, applyMs = 0) {
  const numbers: number[] = [];
  const failures: StorageError[] = [];
  const log = new ClusterLog({
    node: "test",
    place: { cluster, applied, checksum: 0 },
    way: { publish: keeper.publish, seen: () => {}, isReachable: () => true, close: keeper.close },
    apply: async (batches) => {
      if (applyMs > 0) await new Promise((resolve) => setTimeout(resolve, applyMs));
      numbers.push(...batches.map(({ number }) => number));
      return batches.map(() => []);
    },
    onFailure: (error) => failures.push(error),
  });
  const follower = new StreamFollower(keeper, log);
  follower.start();
  return { numbers, failures, log, follower };
}

Deno.test("a reading that leaves something out, or brings it again, is left: everything is applied once, in order", async () => {
  using time = new FakeTime();
  const brings = [[1, 2, 2, 1, 3], [4, 6], [5, 5, 4, 6, 7]];
  const keeper = new Keeper(7, (reading) => brings[reading - 1] ?? []);
  const { numbers, failures, follower } = follow(keeper);
  await time.advance(10_000);
  assertEquals(numbers, [1, 2, 3, 4, 5, 6, 7]);
  assertEquals(failures, []);
  const stopped = follower.stop();
  await time.advance(1_000);
  await stopped;
});

Deno.test("where the last messages were lost on their way, another reading brings them, although nothing further comes", async () => {
  using time = new FakeTime();
  const keeper = new Keeper(3, (reading) => reading === 1 ? [1, 2] : reading === 2 ? [3] : []);
  const { numbers, follower } = follow(keeper);
  await time.advance(12_000);
  assertEquals(numbers, [1, 2, 3]);
  const stopped = follower.stop();
  await time.advance(1_000);
  await stopped;
});

Deno.test("after an election a reading begins within half a second, however long the election took", async () => {
  for (const electionMs of [3_900, 4_700, 8_800]) {
    using time = new FakeTime();
    const keeper = new Keeper(2, (reading) => reading === 1 ? [1] : [2]);
    const { numbers, follower } = follow(keeper);
    await time.advance(1_000);
    keeper.isLed = false;
    follower.restart();
    await time.advance(electionMs);
    keeper.isLed = true;
    await time.advance(500);
    assertEquals(numbers, [1, 2], `${electionMs} ms`);
    const stopped = follower.stop();
    await time.advance(2_000);
    await stopped;
  }
});

Deno.test("while nobody gives out readings, messages are got one by one, and a reading goes on behind them", async () => {
  using time = new FakeTime();
  const keeper = new Keeper(3, (reading) => reading === 1 ? [1] : [4, 5, 6]);
  const { numbers, follower } = follow(keeper);
  await time.advance(1_000);
  keeper.givesReadings = false;
  follower.restart();
  await time.advance(1_000);
  assertEquals(numbers, [1, 2, 3]);
  keeper.found!.last = 5;
  await time.advance(3_000);
  assertEquals(numbers, [1, 2, 3, 4, 5]);
  keeper.found!.last = 6;
  keeper.givesReadings = true;
  await time.advance(1_000);
  assertEquals(numbers, [1, 2, 3, 4, 5, 6]);
  const stopped = follower.stop();
  await time.advance(2_000);
  await stopped;
});

Deno.test("a message that was asked for by itself, and comes when that was given up, is not applied twice", async () => {
  using time = new FakeTime();
  const keeper = new Keeper(2, (reading, after) => reading === 1 ? [1] : after < 2 ? [2] : []);
  const { numbers, failures, follower } = follow(keeper, 0, 300);
  await time.advance(1_000);
  keeper.givesReadings = false;
  keeper.getMs = 120;
  keeper.found!.last = 1;
  follower.restart();
  await time.advance(1_990);
  // It is asked for ten milliseconds later, and comes after the reading was given up and before the next one begins, while nothing else is applied.
  keeper.found!.last = 2;
  await time.advance(160);
  keeper.givesReadings = true;
  await time.advance(3_000);
  assertEquals([numbers, failures], [[1, 2], []]);
  const stopped = follower.stop();
  await time.advance(2_000);
  await stopped;
});

Deno.test("a reading that goes on is kept while nobody leads the log", async () => {
  using time = new FakeTime();
  const sequences = [1];
  const keeper = new Keeper(2, () => sequences);
  const { numbers, follower } = follow(keeper);
  await time.advance(1_000);
  keeper.isLed = false;
  await time.advance(9_000);
  sequences.push(2);
  await time.advance(9_000);
  assertEquals([numbers, keeper.readings], [[1, 2], 1]);
  const stopped = follower.stop();
  await time.advance(5_000);
  await stopped;
});

for (
  const [what, found, words] of [
    ["was restored from an old backup", { cluster, first: 1, last: 4 }, /restored from an old/],
    ["belongs to another cluster", { cluster: "other", first: 1, last: 9 }, /another cluster/],
    ["has forgotten what comes next", { cluster, first: 8, last: 9 }, /longer than the log keeps/],
    ["is not there any more", null, /is not on the NATS servers any more/],
  ] as const
) {
  Deno.test(`a server stops, and says why, where the log ${what} while it runs; not if that was for a moment only`, async () => {
    using time = new FakeTime();
    const keeper = new Keeper(5, () => []);
    const { failures, log, follower } = follow(keeper, 5);
    await time.advance(1_000);
    const before = keeper.found;
    keeper.found = found;
    follower.restart();
    await time.advance(3_000);
    keeper.found = before;
    await time.advance(3_000);
    keeper.found = found;
    follower.restart();
    await time.advance(4_000);
    assertEquals(failures, []);
    await time.advance(3_000);
    assertEquals(failures.map(({ message }) => words.test(message)), [true]);
    assertEquals(log.failure, failures[0]);
    await follower.stop();
  });
}
