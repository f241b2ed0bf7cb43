import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { PasswordQueue } from "../../../server/accounts/password_queue.ts";

Deno.test("one derivation runs at a time, in the order of asking", async () => {
  const queue = new PasswordQueue();
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    await Promise.resolve();
    log.push(`${name} ends`);
    return name;
  };
  const results = await Promise.all(
    ["a", "b", "c"].map((name) => queue.run("a network", work(name))),
  );
  assertEquals(results, ["a", "b", "c"]);
  assertEquals(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

Deno.test("while one runs, eight may wait and the ninth is told to slow down", async () => {
  const queue = new PasswordQueue();
  const gate = Promise.withResolvers<void>();
  const admitted = Array.from({ length: 9 }, () => queue.run("a network", () => gate.promise));
  let begun = false;
  const late = () => {
    begun = true;
    return Promise.resolve();
  };
  const error = await assertRejects(() => queue.run("a network", late), ChatError);
  assertEquals(error.code, "slow_down");
  assertEquals(error.retryAfterMs, 1000);
  gate.resolve();
  await Promise.all(admitted);
  assertEquals(begun, false);
});

Deno.test("there is room again when one has ended", async () => {
  const queue = new PasswordQueue();
  const gate = Promise.withResolvers<void>();
  const admitted = Array.from({ length: 9 }, () => queue.run("a network", () => gate.promise));
  gate.resolve();
  await Promise.all(admitted);
  const again = Array.from(
    { length: 9 },
    (_, i) => queue.run("a network", () => Promise.resolve(i)),
  );
  assertEquals((await Promise.all(again)).length, 9);
});

Deno.test("a derivation that fails is told to its own caller and does not stop the next", async () => {
  const queue = new PasswordQueue();
  const failing = queue.run("a network", () => Promise.reject(new Error("broken")));
  const next = queue.run("a network", () => Promise.resolve("next"));
  await assertRejects(() => failing, Error, "broken");
  assertEquals(await next, "next");
  const throwing = queue.run("a network", () => {
    throw new Error("thrown");
  });
  await assertRejects(() => throwing, Error, "thrown");
});

Deno.test("networks take turns, and each keeps its own order", async () => {
  const queue = new PasswordQueue();
  const log: string[] = [];
  const run = (network: string, at: number) =>
    queue.run(network, () => Promise.resolve(void log.push(`${network}${at}`)));
  const order = ["a", "a", "a", "b", "b", "c"];
  await Promise.all(order.map((network, at) => run(network, at)));
  assertEquals(log, ["a0", "b3", "a1", "b4", "a2", "c5"]);
});

Deno.test("one network that fills the queue does not keep another one out, and loses its newest place", async () => {
  const queue = new PasswordQueue();
  const gate = Promise.withResolvers<void>();
  const flood = Array.from({ length: 9 }, () => queue.run("flood", () => gate.promise));
  const refused = assertRejects(() => flood[8]!, ChatError);
  const calm = queue.run("calm", () => Promise.resolve("checked"));
  assertEquals((await refused).code, "slow_down");
  await assertRejects(() => queue.run("flood", () => gate.promise), ChatError, "busy");
  gate.resolve();
  assertEquals(await calm, "checked");
  await Promise.all(flood.slice(0, 8));
});
