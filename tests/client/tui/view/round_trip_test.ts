import { assertEquals } from "@std/assert";
import { RoundTrip } from "../../../../client/tui/view/round_trip.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

Deno.test("a long silence is told again and again, until the answer comes", async () => {
  using time = new FakeTime();
  const answer = Promise.withResolvers<number>();
  const told: (number | null)[] = [];
  let asked = 0;
  const roundTrip: RoundTrip = new RoundTrip(() => {
    asked++;
    return answer.promise;
  }, () => told.push(roundTrip.silenceSeconds));
  const measured = roundTrip.measure();
  await time.advance(4_999);
  assertEquals(told, []);
  await time.advance(10_001);
  assertEquals(told, [5, 10, 15]);
  await roundTrip.measure();
  assertEquals(asked, 1);
  answer.resolve(15_000);
  await measured;
  assertEquals([told.at(-1), roundTrip.ms], [null, 15_000]);
  await time.advance(60_000);
  assertEquals(told.length, 4);
});

Deno.test("a lost connection ends the silence, and leaves no round trip", async () => {
  using time = new FakeTime();
  const answer = Promise.withResolvers<number>();
  const roundTrip = new RoundTrip(() => answer.promise, () => {});
  const measured = roundTrip.measure();
  await time.advance(5_000);
  assertEquals(roundTrip.silenceSeconds, 5);
  answer.reject(new Error("gone"));
  await measured;
  assertEquals([roundTrip.silenceSeconds, roundTrip.ms], [null, null]);
});
