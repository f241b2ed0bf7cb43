import { assertEquals, assertRejects } from "@std/assert";
import type { LogKeeper } from "../../../../server/storage/nats/log_keeper.ts";
import { LogReach } from "../../../../server/storage/nats/log_reach.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

/** A log that answers, or not. */
class Keeper implements LogKeeper {
  answers = true;
  /** Of so many questions one is answered, and the others are lost. */
  answersOneOf = 1;
  #questions = 0;
  #publishing: PromiseWithResolvers<void> | null = null;
  order: "led" | "unled" | "minority" = "led";
  isConnected = true;
  onConnection = (): void => {};

  publish(): Promise<void> {
    this.#publishing = Promise.withResolvers();
    return this.#publishing.promise;
  }

  answer(isKept: boolean): void {
    if (isKept) this.#publishing!.resolve();
    else this.#publishing!.reject(new Error("timeout"));
  }

  find(waitMs: number) {
    if (++this.#questions % this.answersOneOf !== 0) {
      return new Promise<never>((_, reject) => setTimeout(() => reject(new Error("lost")), waitMs));
    }
    if (!this.answers) return Promise.reject(new Error("timeout"));
    const log = { cluster: "c", beganEmpty: true, first: 1, last: 0, replicas: 3, leader: "n1" };
    return Promise.resolve({ ...log, order: this.order });
  }
  readAfter = () => Promise.reject(new Error("not needed"));
  get = () => Promise.reject(new Error("not needed"));
  make = () => Promise.resolve();
  tell = () => {};
  hear = () => () => {};
  close = () => Promise.resolve();
}

function reachOf(keeper: Keeper) {
  const reach = new LogReach(keeper);
  const said: boolean[] = [];
  reach.onReachable = (isReachable) => said.push(isReachable);
  return { reach, said };
}

const data = new Uint8Array();

Deno.test("a log that gives no answer for ten seconds cannot be reached, until it gives one", async () => {
  using time = new FakeTime();
  const keeper = new Keeper();
  const { reach, said } = reachOf(keeper);
  keeper.answers = false;
  await time.advance(11_000);
  assertEquals([reach.isReachable(), said], [true, []]);
  await time.advance(2_000);
  assertEquals([reach.isReachable(), said], [false, [false]]);
  keeper.answers = true;
  await time.advance(2_000);
  assertEquals([reach.isReachable(), said], [true, [false, true]]);
  await reach.close();
});

Deno.test("questions that are lost now and then are no sign that the log cannot be reached", async () => {
  using time = new FakeTime();
  const keeper = new Keeper();
  const { reach, said } = reachOf(keeper);
  keeper.answersOneOf = 8;
  await time.advance(60_000);
  assertEquals([reach.isReachable(), said], [true, []]);
  await reach.close();
});

Deno.test("a log that takes no message for ten seconds cannot be reached, although it can be looked at", async () => {
  using time = new FakeTime();
  const keeper = new Keeper();
  const { reach, said } = reachOf(keeper);
  for (let second = 0; second < 12; second++) {
    const publishing = reach.publish(data, "one", 1_000);
    keeper.answer(false);
    await assertRejects(() => publishing);
    await time.advance(1_000);
  }
  assertEquals([reach.isReachable(), said], [false, [false]]);
  const publishing = reach.publish(data, "one", 1_000);
  keeper.answer(true);
  await publishing;
  assertEquals([reach.isReachable(), said], [true, [false, true]]);
  await reach.close();
});

Deno.test("a message that was seen in the log before its answer failed to come is no sign that the log cannot be reached", async () => {
  using time = new FakeTime();
  const keeper = new Keeper();
  const { reach, said } = reachOf(keeper);
  const publishing = reach.publish(data, "one", 1_000);
  reach.seen();
  keeper.answer(false);
  await assertRejects(() => publishing);
  // Nothing further is published: if this counted as a failure, nothing would end it.
  await time.advance(20_000);
  assertEquals([reach.isReachable(), said], [true, []]);
  await reach.close();
});

Deno.test("a leader that says that it has lost the others is believed at once, and when it says that they are back", async () => {
  using time = new FakeTime();
  const keeper = new Keeper();
  const { reach, said } = reachOf(keeper);
  keeper.order = "minority";
  await time.advance(2_500);
  assertEquals([reach.isReachable(), said], [false, [false]]);
  keeper.order = "led";
  await time.advance(1_000);
  assertEquals([reach.isReachable(), said], [true, [false, true]]);
  await reach.close();
});

Deno.test("while nobody leads the log, as in an election, it counts as within reach for ten seconds", async () => {
  using time = new FakeTime();
  const keeper = new Keeper();
  const { reach, said } = reachOf(keeper);
  keeper.order = "unled";
  await time.advance(9_000);
  assertEquals(reach.isReachable(), true);
  await time.advance(4_000);
  assertEquals([reach.isReachable(), said], [false, [false]]);
  await reach.close();
});

Deno.test("without a connection to any server of NATS nothing can be reached after two seconds, and at once where there is one again", async () => {
  using time = new FakeTime();
  const keeper = new Keeper();
  const { reach, said } = reachOf(keeper);
  keeper.isConnected = false;
  // The way to another server takes less.
  await time.advance(1_500);
  keeper.isConnected = true;
  await time.advance(5_000);
  assertEquals([reach.isReachable(), said], [true, []]);
  keeper.isConnected = false;
  await time.advance(3_000);
  assertEquals([reach.isReachable(), said], [false, [false]]);
  keeper.isConnected = true;
  await time.advance(1_000);
  assertEquals([reach.isReachable(), said], [true, [false, true]]);
  await reach.close();
});
