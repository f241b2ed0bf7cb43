import { assertEquals } from "@std/assert";
import type { LogPlace } from "../../../../server/storage/log_place.ts";
import { PlaceComparison } from "../../../../server/storage/nats/places.ts";
import { readPlace } from "../../../../server/storage/nats/told_place.ts";
import type { StorageError } from "../../../../server/storage/storage_error.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

/** A log that has come so far; the checksum at a place is its number. */
class Log {
  place: LogPlace;
  readonly failures: StorageError[] = [];

  constructor(applied: number) {
    this.place = { cluster: "ours", applied, checksum: applied };
  }

  checksumAt(applied: number): number | undefined {
    return applied <= this.place.applied ? applied : undefined;
  }

  fail(error: StorageError): void {
    this.failures.push(error);
  }
}

const told = (run: string, applied: number, checksum = applied, cluster = "ours") => ({
  ...{ node: run.split(" ")[0]!, run, cluster, applied, checksum, addresses: [], people: null },
});

Deno.test("servers with the same history go on, wherever each of them is", () => {
  const log = new Log(10);
  const comparison = new PlaceComparison(log);
  for (const [run, applied] of [["a", 4], ["b", 10], ["a", 12]] as const) {
    comparison.hear(told(run, applied));
  }
  log.place = { ...log.place, applied: 12 };
  comparison.judge();
  assertEquals(log.failures.length, 0);
});

Deno.test("of two servers with two histories neither goes on, also where the other one is ahead", () => {
  const behind = new Log(10);
  const comparison = new PlaceComparison(behind);
  comparison.hear(told("a", 12, 99));
  assertEquals(behind.failures.length, 0);
  behind.place = { ...behind.place, applied: 12 };
  comparison.judge();
  assertEquals(behind.failures.length, 1);
});

Deno.test("where two of three have the same history, the third does not go on", () => {
  const [one, third] = [new Log(10), new Log(10)];
  const ofOne = new PlaceComparison(one);
  ofOne.hear(told("two", 10));
  ofOne.hear(told("three", 10, 99));
  assertEquals(one.failures.length, 0);
  const ofThird = new PlaceComparison(third);
  ofThird.hear(told("one", 10, 99));
  assertEquals(third.failures.length, 1);
});

Deno.test("a server that has another history ends no other one, however often it is started again", async () => {
  using time = new FakeTime();
  const log = new Log(10);
  const comparison = new PlaceComparison(log);
  for (let run = 1; run <= 10; run++) {
    comparison.hear(told("two", 10));
    comparison.hear(told(`three ${run}`, 10, 99));
    await time.advance(2_000);
  }
  assertEquals(log.failures.length, 0);
});

Deno.test("a server that is gone counts no longer, and one of another cluster is no neighbour", async () => {
  using time = new FakeTime();
  const log = new Log(10);
  const comparison = new PlaceComparison(log);
  comparison.hear(told("gone", 12, 99));
  await time.advance(20_000);
  log.place = { ...log.place, applied: 12 };
  comparison.judge();
  assertEquals(log.failures.length, 0);
  comparison.hear(told("other", 1, 1, "another"));
  assertEquals(log.failures.length, 1);
});

Deno.test("readPlace() passes over what is no place", () => {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  assertEquals(readPlace(encode(told("a", 3))), told("a", 3));
  for (const value of [null, {}, { ...told("a", 3), applied: -1 }, "x"]) {
    assertEquals(readPlace(encode(value)), null);
  }
  assertEquals(readPlace(new Uint8Array([255])), null);
});
