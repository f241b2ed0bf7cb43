import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../protocol/errors.ts";
import { PasswordQueue } from "../../server/password_queue.ts";

Deno.test("one derivation runs at a time, in the order of asking", async () => {
  const queue = new PasswordQueue();
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    await Promise.resolve();
    log.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all(["a", "b", "c"].map((name) => queue.run(work(name))));
  assertEquals(results, ["a", "b", "c"]);
  assertEquals(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

Deno.test("while one runs, eight may wait and the ninth is told to slow down", async () => {
  const queue = new PasswordQueue();
  const gate = Promise.withResolvers<void>();
  const admitted = Array.from({ length: 9 }, () => queue.run(() => gate.promise));
  let begun = false;
  const late = () => {
    begun = true;
    return Promise.resolve();
  };
  const error = await assertRejects(() => queue.run(late), ChatError);
  assertEquals(error.code, "slow_down");
  assertEquals(error.retryAfterMs, 1000);
  gate.resolve();
  await Promise.all(admitted);
  assertEquals(begun, false);
});

Deno.test("there is room again when one has ended", async () => {
  const queue = new PasswordQueue();
  const gate = Promise.withResolvers<void>();
  const admitted = Array.from({ length: 9 }, () => queue.run(() => gate.promise));
  gate.resolve();
  await Promise.all(admitted);
  const again = Array.from({ length: 9 }, (_, i) => queue.run(() => Promise.resolve(i)));
  assertEquals((await Promise.all(again)).length, 9);
});

Deno.test("a derivation that fails is told to its own caller and does not stop the next", async () => {
  const queue = new PasswordQueue();
  const failing = queue.run(() => Promise.reject(new Error("broken")));
  const next = queue.run(() => Promise.resolve("next"));
  await assertRejects(() => failing, Error, "broken");
  assertEquals(await next, "next");
  const throwing = queue.run(() => {
    throw new Error("thrown");
  });
  await assertRejects(() => throwing, Error, "thrown");
});
