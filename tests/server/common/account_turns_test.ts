import { assertEquals, assertRejects } from "@std/assert";
import { AccountTurns } from "../../../server/common/account_turns.ts";
import { settled } from "../../fixtures/fake_time.ts";

/** Turns, and what has begun; each is ended by the test. */
function makeTurns(underWayMax: number, perAccountMax: number) {
  const turns = new AccountTurns({ underWayMax, perAccountMax });
  const begun: string[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const run = (key: string) =>
    turns.run(key, () => {
      begun.push(key);
      ends.push(Promise.withResolvers());
      return ends.at(-1)!.promise;
    });
  const end = async () => {
    ends.shift()!.resolve();
    await settled();
  };
  return { begun, run, end, turns };
}

Deno.test("an account that asks for very much does not keep another waiting for it", async () => {
  const { begun, run, end } = makeTurns(1, 1);
  const all = Array.from({ length: 1_000 }, () => run("greedy"));
  all.push(run("jack"), run("jill"), run("jack"));
  for (let i = 0; i < 6; i++) await end();
  assertEquals(begun, ["greedy", "greedy", "jack", "jill", "greedy", "jack", "greedy"]);
  while (begun.length < all.length) await end();
  await end();
  await Promise.all(all);
});

Deno.test("no more than so much is under way, of one account and of all", async () => {
  const { begun, run, end } = makeTurns(3, 2);
  const all = ["jack", "jack", "jack", "jill", "joe"].map(run);
  assertEquals(begun, ["jack", "jack", "jill"]);
  await end();
  assertEquals(begun.slice(3), ["jack"]);
  await end();
  assertEquals(begun.slice(4), ["joe"]);
  for (let i = 0; i < 3; i++) await end();
  await Promise.all(all);
});

Deno.test("what fails makes way for the next, and only its caller is told", async () => {
  const { turns, run, begun, end } = makeTurns(1, 1);
  const failing = turns.run("jack", () => Promise.reject(new Error("damaged")));
  const next = run("jack");
  await assertRejects(() => failing, Error, "damaged");
  assertEquals(begun, ["jack"]);
  await end();
  await next;
});
