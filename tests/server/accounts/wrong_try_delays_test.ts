import { assertEquals } from "@std/assert";
import { WrongTryDelays } from "../../../server/accounts/wrong_try_delays.ts";

Deno.test("the delay doubles from 250 ms to 2 s while wrong tries keep coming", () => {
  const delays = new WrongTryDelays(10);
  const counted = [0, 1, 2, 3, 4, 5].map((second) => delays.count("jack", second * 1000));
  assertEquals(counted, [250, 500, 1000, 2000, 2000, 2000]);
});

Deno.test("after a minute without a wrong try the delay begins anew", () => {
  const delays = new WrongTryDelays(10);
  delays.count("jack", 0);
  assertEquals(delays.count("jack", 59_999), 500);
  assertEquals(delays.count("jack", 119_999), 250);
});

Deno.test("one account's wrong tries do not delay another's", () => {
  const delays = new WrongTryDelays(10);
  delays.count("jack", 0);
  assertEquals(delays.count("jill", 0), 250);
});

Deno.test("a thousand wrong tries do not overflow the delay", () => {
  const delays = new WrongTryDelays(10);
  for (let i = 0; i < 2000; i++) delays.count("jack", i);
  assertEquals(delays.count("jack", 2000), 2000);
});

Deno.test("accounts beyond the cap are not kept and get the longest delay", () => {
  const delays = new WrongTryDelays(2);
  delays.count("a", 0);
  delays.count("b", 0);
  assertEquals(delays.count("c", 0), 2000);
  assertEquals(delays.size, 2);
  assertEquals(delays.count("a", 1), 500);
});

Deno.test("accounts that became quiet are dropped", () => {
  const delays = new WrongTryDelays(2);
  delays.count("a", 0);
  delays.count("b", 0);
  assertEquals(delays.count("c", 60_000), 250);
  assertEquals(delays.size, 1);
});
