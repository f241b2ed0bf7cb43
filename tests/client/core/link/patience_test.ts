import { assertEquals, assertRejects } from "@std/assert";
import { patiently } from "../../../../client/core/link/patience.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

const slowDown = (retryAfterMs?: number) =>
  new ChatError("slow_down", "Wait.", retryAfterMs === undefined ? {} : { retryAfterMs });

/** Tries until the answers are used up; what is thrown last is "let in". */
function door(answers: ChatError[]) {
  return () => {
    const answer = answers.shift();
    return answer === undefined ? Promise.resolve("in") : Promise.reject(answer);
  };
}

Deno.test("who is asked to slow down waits as long as that takes, and is let in", async () => {
  using time = new FakeTime();
  const waits: string[] = [];
  const beganMs = time.nowMs;
  let endedMs = 0;
  const entered = patiently(door([slowDown(5_000), slowDown()]), {
    patienceMs: 30_000,
    onWait: ({ message }) => waits.push(message),
    random: () => 0.5,
  }).finally(() => endedMs = time.nowMs);
  await time.advance(30_000);
  assertEquals([await entered, waits, endedMs - beganMs], ["in", ["Wait.", "Wait."], 7_000]);
});

Deno.test("a wait that does not fit into the time that is left is not begun", async () => {
  using time = new FakeTime();
  const attempt = patiently(door([slowDown(20_000), slowDown(20_000)]), {
    patienceMs: 30_000,
    random: () => 0,
  });
  const refused = assertRejects(() => attempt, ChatError, "Wait.");
  await time.advance(20_000);
  await refused;
  assertEquals(time.timers, 0);
});

Deno.test("any other refusal ends the tries at once, and without patience slow_down does too", async () => {
  const wrong = new ChatError("sign_in_refused", "Wrong.");
  await assertRejects(() => patiently(door([wrong]), { patienceMs: 1_000 }), ChatError, "Wrong.");
  await assertRejects(() => patiently(door([slowDown(1)]), { patienceMs: 0 }), ChatError, "Wait.");
});
