import { assertEquals, assertRejects } from "@std/assert";
import { cipherPlaces, inCipherPlace } from "../../../../client/core/files/cipher_places.ts";

Deno.test("no more is encrypted at once than there are cores, in the order in which it came, also after something has failed", async () => {
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = async (number: number) => {
    most = Math.max(most, ++running);
    order.push(number);
    await new Promise((resolve) => setTimeout(resolve, 0));
    running--;
    if (number % 3 === 0) throw new Error(`number ${number}`);
    return number;
  };
  const numbers = [...Array(20).keys()];
  const results = await Promise.allSettled(numbers.map((one) => inCipherPlace(() => work(one))));
  assertEquals(
    results.map(({ status }) => status === "fulfilled"),
    numbers.map((one) => one % 3 !== 0),
  );
  assertEquals([most, order], [cipherPlaces, numbers]);
  await assertRejects(
    () => inCipherPlace(() => Promise.reject(new Error("again"))),
    Error,
    "again",
  );
  assertEquals(await inCipherPlace(() => Promise.resolve(1)), 1);
});
