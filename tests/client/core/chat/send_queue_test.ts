import { assert, assertEquals, assertRejects } from "@std/assert";
import { SendQueue } from "../../../../client/core/chat/send_queue.ts";
import type { Sendable, Sent } from "../../../../client/core/link/sendable.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { FakeTime, settled } from "../../../fixtures/fake_time.ts";

/** A queue whose transmissions end when the test says so. */
function makeQueue() {
  const sent: { id: string; answer: PromiseWithResolvers<Sent> }[] = [];
  const queue = new SendQueue((sendable) => {
    const answer = Promise.withResolvers<Sent>();
    sent.push({ id: sendable.content.postId, answer });
    return answer.promise;
  });
  return { queue, sent, ids: () => sent.map(({ id }) => id) };
}

const postOf = (postId: string): Sendable => ({
  type: "post",
  content: { room: "#lobby", postId, text: "x" },
});
const stored: Sent = { sequence: 1, timeMs: 2 };
const lost = new ChatError("disconnected", "The connection was lost.");

Deno.test("a post is kept until it is acknowledged", async () => {
  const { queue, sent } = makeQueue();
  const adding = queue.add(postOf("a"));
  assertEquals(queue.size, 1);
  sent[0]!.answer.resolve(stored);
  assertEquals(await adding, stored);
  assertEquals(queue.size, 0);
});

Deno.test("what was not acknowledged is sent again, in the order in which it was made, under the same id", async () => {
  const { queue, sent, ids } = makeQueue();
  const adding = ["a", "b", "c"].map((id) => queue.add(postOf(id)));
  sent[1]!.answer.resolve(stored);
  sent[0]!.answer.reject(lost);
  sent[2]!.answer.reject(new ChatError("timeout", "No answer."));
  await adding[1];
  queue.hold();
  const late = queue.add(postOf("d"));
  await settled();
  assertEquals([ids(), queue.size], [["a", "b", "c"], 3]);
  queue.sendAgain();
  assertEquals(ids().slice(3), ["a", "c", "d"]);
  for (const { answer } of sent.slice(3)) answer.resolve(stored);
  await Promise.all([...adding, late]);
  assertEquals(queue.size, 0);
});

Deno.test("a post of which the server does not know whether it is stored is sent again, under its id", async () => {
  using time = new FakeTime();
  const { queue, sent, ids } = makeQueue();
  const adding = queue.add(postOf("a"));
  sent[0]!.answer.reject(new ChatError("unconfirmed", "Not known.", { retryAfterMs: 2_000 }));
  await settled();
  assertEquals(queue.size, 1);
  await time.advance(2_000);
  sent[1]!.answer.resolve(stored);
  assertEquals([await adding, ids()], [stored, ["a", "a"]]);
});

const cutOff = new ChatError("storage_failed", "You can read, but not write.");

Deno.test("a post that may be stored already is not given up because a server can store nothing now", async () => {
  const lose: { [how: string]: (queue: SendQueue, first: PromiseWithResolvers<Sent>) => void } = {
    "its connection was lost": (queue, { reject }) => {
      queue.hold();
      reject(lost);
      queue.sendAgain();
    },
    "it moved before there was an answer": (queue) => {
      queue.hold();
      queue.sendAgain();
    },
    "it is unconfirmed": (_queue, { reject }) => reject(new ChatError("unconfirmed", "Not known.")),
  };
  for (const [how, happens] of Object.entries(lose)) {
    using time = new FakeTime();
    const { queue, sent, ids } = makeQueue();
    const adding = queue.add(postOf("a"));
    happens(queue, sent[0]!.answer);
    await time.advance(1_000);
    sent[1]!.answer.reject(cutOff);
    await time.advance(1_000);
    sent[2]!.answer.resolve(stored);
    assertEquals([await adding, ids()], [stored, ["a", "a", "a"]], how);
  }
});

Deno.test("a post that no server has taken is refused at once by one that can store nothing", async () => {
  const { queue, sent } = makeQueue();
  const adding = queue.add(postOf("a"));
  sent[0]!.answer.reject(cutOff);
  assertEquals((await assertRejects(() => adding, ChatError)).code, "storage_failed");
});

Deno.test("what one server does not know is asked of the next one at once; a rate is kept everywhere", async () => {
  using time = new FakeTime();
  const expected = { unconfirmed: ["a", "a"], slow_down: ["a"] };
  for (const code of ["unconfirmed", "slow_down"] as const) {
    const { queue, sent, ids } = makeQueue();
    const adding = queue.add(postOf("a"));
    sent[0]!.answer.reject(new ChatError(code, "Later.", { retryAfterMs: 2_000 }));
    await settled();
    queue.hold();
    queue.sendAgain();
    assertEquals(ids(), expected[code], code);
    await time.advance(2_000);
    sent[1]!.answer.resolve(stored);
    await adding;
  }
});

Deno.test("an answer of the server ends a post, also one that refuses it", async () => {
  const { queue, sent } = makeQueue();
  const adding = queue.add(postOf("a"));
  sent[0]!.answer.reject(new ChatError("bad_text", "No."));
  const error = await assertRejects(() => adding, ChatError);
  assertEquals([error.code, queue.size], ["bad_text", 0]);
});

Deno.test("slow_down is waited out as long as the server says, then the post is sent again", async () => {
  using time = new FakeTime();
  const { queue, sent, ids } = makeQueue();
  const adding = queue.add(postOf("a"));
  sent[0]!.answer.reject(new ChatError("slow_down", "Wait.", { retryAfterMs: 700 }));
  await time.advance(699);
  assertEquals(ids(), ["a"]);
  await time.advance(1);
  assertEquals(ids(), ["a", "a"]);
  sent[1]!.answer.resolve(stored);
  assertEquals(await adding, stored);
});

Deno.test("posts that were told to slow down keep their order", async () => {
  using time = new FakeTime();
  const { queue, sent, ids } = makeQueue();
  const adding = ["a", "b", "c"].map((id) => queue.add(postOf(id)));
  sent[0]!.answer.reject(new ChatError("slow_down", "Wait.", { retryAfterMs: 500 }));
  sent[1]!.answer.reject(new ChatError("slow_down", "Wait.", { retryAfterMs: 100 }));
  sent[2]!.answer.reject(new ChatError("slow_down", "Wait.", { retryAfterMs: 300 }));
  await time.advance(5_000);
  assertEquals(ids().slice(3), ["a", "b", "c"]);
  for (const { answer } of sent.slice(3)) answer.resolve(stored);
  await Promise.all(adding);
});

Deno.test("while posts are told to slow down, later ones wait behind them", async () => {
  using time = new FakeTime();
  const { queue, sent, ids } = makeQueue();
  const first = queue.add(postOf("a"));
  sent[0]!.answer.reject(new ChatError("slow_down", "Wait.", { retryAfterMs: 500 }));
  await settled();
  const second = queue.add(postOf("b"));
  assertEquals(ids(), ["a"]);
  await time.advance(500);
  assertEquals(ids(), ["a", "a", "b"]);
  for (const { answer } of sent.slice(1)) answer.resolve(stored);
  await Promise.all([first, second]);
});

Deno.test("a post that waits for a slow server is sent once after a lost connection", async () => {
  using time = new FakeTime();
  const { queue, sent, ids } = makeQueue();
  const adding = queue.add(postOf("a"));
  sent[0]!.answer.reject(new ChatError("slow_down", "Wait.", { retryAfterMs: 500 }));
  await settled();
  queue.sendAgain();
  await time.advance(1_000);
  assertEquals(ids(), ["a", "a"]);
  sent[1]!.answer.resolve(stored);
  await adding;
});

Deno.test("giving up rejects everything, leaves no timer, and drains", async () => {
  using time = new FakeTime();
  const { queue, sent } = makeQueue();
  const adding = ["a", "b"].map((id) => queue.add(postOf(id)));
  const errors = Promise.allSettled(adding);
  sent[0]!.answer.reject(new ChatError("slow_down", "Wait.", { retryAfterMs: 86_400_000 }));
  await settled();
  queue.rejectAll(lost);
  await queue.drained();
  assertEquals((await errors).map(({ status }) => status), ["rejected", "rejected"]);
  assertEquals([queue.size, time.timers], [0, 0]);
});

Deno.test("drained() waits for the last acknowledgement, and not where nothing waits", async () => {
  const { queue, sent } = makeQueue();
  await queue.drained();
  const adding = queue.add(postOf("a"));
  let drained = false;
  const draining = queue.drained().then(() => drained = true);
  await settled();
  assert(!drained);
  sent[0]!.answer.resolve(stored);
  await Promise.all([adding, draining]);
});

Deno.test("no more than 10,000 posts wait: one more is refused at once", async () => {
  const { queue } = makeQueue();
  queue.hold();
  const adding = Array.from({ length: 10_000 }, (_, index) => queue.add(postOf(`${index}`)));
  const settledAll = Promise.allSettled(adding);
  const error = await assertRejects(() => queue.add(postOf("more")), ChatError);
  assertEquals([error.code, queue.size], ["too_many", 10_000]);
  queue.rejectAll(lost);
  await settledAll;
});
