import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CatchUp } from "../../../../client/core/chat/catch_up.ts";
import type { Post } from "../../../../protocol/wire/fields.ts";

function postOf(sequence: number): Post {
  const id = String(sequence);
  return { sequence, timeMs: 0, from: "a", to: "#lobby", id, kind: "text", body: id };
}

function makeCatchUp(sequence = 0) {
  const shown: string[] = [];
  const catchUp = new CatchUp(sequence, (post, missed) => {
    shown.push(`${missed ? "missed" : "live"} ${post.sequence}`);
  });
  return { catchUp, shown };
}

Deno.test("live posts wait until what was missed was fetched, and come after it", () => {
  const { catchUp, shown } = makeCatchUp(3);
  catchUp.take(postOf(6), 1);
  catchUp.takeMissed(postOf(4));
  catchUp.takeMissed(postOf(5));
  assertEquals([shown, catchUp.finished], [["missed 4", "missed 5"], false]);
  catchUp.finish();
  catchUp.take(postOf(7), 1);
  assertEquals(shown, ["missed 4", "missed 5", "live 6", "live 7"]);
  assertEquals([catchUp.sequence, catchUp.finished], [7, true]);
});

Deno.test("a post that was fetched and also came live is shown once", () => {
  const { catchUp, shown } = makeCatchUp();
  catchUp.take(postOf(2), 1);
  catchUp.takeMissed(postOf(1));
  catchUp.takeMissed(postOf(2));
  catchUp.finish();
  assertEquals(shown, ["missed 1", "missed 2"]);
});

Deno.test("what was shown before the connection was lost is not shown again", () => {
  const { catchUp, shown } = makeCatchUp();
  catchUp.finish();
  catchUp.take(postOf(1), 1);
  catchUp.begin();
  catchUp.take(postOf(1), 1);
  catchUp.takeMissed(postOf(1));
  catchUp.finish();
  assertEquals(shown, ["live 1"]);
});

Deno.test("what waited on a connection that was lost too is fetched again, not shown out of order", () => {
  const { catchUp, shown } = makeCatchUp();
  catchUp.take(postOf(5), 1);
  catchUp.begin();
  catchUp.take(postOf(6), 1);
  for (const sequence of [1, 2, 3, 4, 5]) catchUp.takeMissed(postOf(sequence));
  catchUp.finish();
  assertEquals(shown, [
    "missed 1",
    "missed 2",
    "missed 3",
    "missed 4",
    "missed 5",
    "live 6",
  ]);
});

Deno.test("whatever breaks off when, every post is shown once and in order", () => {
  const step = fc.constantFrom("post", "post", "lose", "fetch one", "fetch all");
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const sequences: number[] = [];
    const catchUp = new CatchUp(0, (post) => sequences.push(post.sequence));
    let stored = 0;
    let connected = false;
    const fetchOne = () => catchUp.takeMissed(postOf(catchUp.sequence + 1));
    for (const one of [...steps, "fetch all"]) {
      if (one === "post") {
        stored++;
        if (connected || catchUp.finished) catchUp.take(postOf(stored), 1);
      } else if (one === "lose") {
        catchUp.begin();
        connected = true;
      } else if (!catchUp.finished) {
        while (catchUp.sequence < stored && one === "fetch all") fetchOne();
        if (catchUp.sequence < stored) fetchOne();
        if (one === "fetch all") catchUp.finish();
      }
    }
    assertEquals(sequences, Array.from({ length: stored }, (_, index) => index + 1));
    assert(catchUp.finished);
  }));
});
