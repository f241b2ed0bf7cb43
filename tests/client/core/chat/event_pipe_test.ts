import { assertEquals } from "@std/assert";
import { EventPipe } from "../../../../client/core/chat/event_pipe.ts";

Deno.test("an event is told at once where nothing waits", () => {
  const told: string[] = [];
  new EventPipe<string>((event) => told.push(event)).push("a", 1);
  assertEquals(told, ["a"]);
});

Deno.test("events keep their order while one takes time, and are made one after the other", async () => {
  const told: string[] = [];
  const pipe = new EventPipe<string>((event) => told.push(event));
  const slow = Promise.withResolvers<string>();
  let second = false;
  pipe.push("1", 1);
  pipe.pushLater(() => slow.promise, 10);
  pipe.pushLater(() => {
    second = true;
    return Promise.resolve("3");
  }, 100);
  pipe.push("4", 1);
  assertEquals(pipe.waitingBytes, 111);
  await Promise.resolve();
  assertEquals([told, second], [["1"], false]);
  slow.resolve("2");
  await pipe.drained();
  assertEquals(told, ["1", "2", "3", "4"]);
  assertEquals(pipe.waitingBytes, 0);
  pipe.push("5", 1);
  assertEquals(told.at(-1), "5");
});
