import { assertEquals } from "@std/assert";
import { readable, type ShownPost } from "../../../../client/core/e2e/message_view.ts";
import { PostBatches } from "../../../../client/web/state/post_batches.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

function post(sequence: number): ShownPost {
  const said = { from: "jill", to: "#lobby", kind: "text", body: "hello" } as const;
  return readable({ sequence, timeMs: sequence, id: `id${sequence}`, ...said });
}

/** What is shown, and after how many milliseconds. */
function shownBy(time: FakeTime) {
  const beganMs = time.nowMs;
  const shown: [afterMs: number, sequences: number[]][] = [];
  const batches = new PostBatches((posts) => {
    shown.push([time.nowMs - beganMs, posts.map(({ sequence }) => sequence)]);
  });
  return { shown, batches };
}

const key = () => dispatchEvent(new Event("keydown"));

Deno.test("a post is shown at once, and those that come right after it together", async () => {
  using time = new FakeTime();
  const { shown, batches } = shownBy(time);
  batches.add(post(1));
  await time.advance(0);
  for (const sequence of [2, 3, 4]) {
    await time.advance(10);
    batches.add(post(sequence));
  }
  await time.advance(100);
  assertEquals(shown, [[0, [1]], [100, [2, 3, 4]]]);
});

Deno.test("posts wait until what somebody has just typed is drawn, but not for somebody who never stops", async () => {
  using time = new FakeTime();
  const { shown, batches } = shownBy(time);
  key();
  batches.add(post(1));
  await time.advance(31);
  assertEquals(shown, []);
  await time.advance(1);
  assertEquals(shown, [[32, [1]]]);
  batches.add(post(2));
  for (let typed = 0; typed < 30; typed++) {
    await time.advance(10);
    key();
  }
  assertEquals(shown[1], [32 + 250, [2]]);
});

Deno.test("what waits is shown before something that must come after it", async () => {
  using time = new FakeTime();
  const { shown, batches } = shownBy(time);
  batches.add(post(1));
  batches.flush();
  await time.advance(500);
  assertEquals(shown, [[0, [1]]]);
});

Deno.test("no more than a thousand posts wait, however late the timer of a tab that nobody sees comes", async () => {
  using time = new FakeTime();
  const { shown, batches } = shownBy(time);
  for (let sequence = 1; sequence <= 2_500; sequence++) batches.add(post(sequence));
  assertEquals(shown.map(([, sequences]) => sequences.length), [1_000, 1_000]);
  await time.advance(100);
  assertEquals(
    shown.flatMap(([, sequences]) => sequences),
    Array.from({ length: 2_500 }, (_, at) => at + 1),
  );
});
