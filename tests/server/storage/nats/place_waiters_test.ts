import { assertEquals } from "@std/assert";
import { PlaceWaiters } from "../../../../server/storage/nats/place_waiters.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

Deno.test("who waits for a place goes on when it is reached, and at once where it was before", async () => {
  using time = new FakeTime();
  const waiters = new PlaceWaiters(5);
  assertEquals(await waiters.wait(5, 1_000), true);
  const reached: number[] = [];
  for (const place of [6, 8, 7]) {
    waiters.wait(place, 60_000).then((isReached) => isReached && reached.push(place));
  }
  waiters.advance(6);
  await time.advance(1);
  assertEquals(reached, [6]);
  waiters.advance(9);
  await time.advance(1);
  assertEquals([reached, time.timers], [[6, 8, 7], 0]);
  assertEquals(await waiters.wait(9, 1_000), true);
});

Deno.test("nobody waits for longer than they said, or for what will not come", async () => {
  using time = new FakeTime();
  const waiters = new PlaceWaiters(5);
  const late = waiters.wait(6, 2_000);
  await time.advance(1_999);
  waiters.advance(5);
  await time.advance(1);
  assertEquals(await late, false);
  const over = waiters.wait(6, 2_000);
  waiters.end();
  assertEquals([await over, time.timers], [false, 0]);
});
