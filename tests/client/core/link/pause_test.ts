import { assertEquals } from "@std/assert";
import { pause } from "../../../../client/core/link/pause.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

Deno.test("a pause ends when its time is over, or when it is ended, and leaves no timer", async () => {
  using time = new FakeTime();
  const beganMs = time.nowMs;
  await time.until(pause(200));
  assertEquals(time.nowMs - beganMs, 200);
  const ending = new AbortController();
  const ended = pause(60_000, ending.signal);
  assertEquals(time.timers, 1);
  ending.abort();
  await ended;
  assertEquals(time.timers, 0);
  await pause(60_000, ending.signal);
  assertEquals(time.nowMs - beganMs, 200);
});
