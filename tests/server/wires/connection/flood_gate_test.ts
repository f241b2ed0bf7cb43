import { assertEquals } from "@std/assert";
import { FloodGate } from "../../../../server/wires/connection/flood_gate.ts";

Deno.test("a burst goes through without waiting, and what comes after it waits", () => {
  const gate = new FloodGate({ perSecond: 10, burst: 5 }, 0);
  for (let command = 0; command < 5; command++) assertEquals(gate.take(1, 0), 0);
  assertEquals(gate.take(1, 0), 100);
  assertEquals(gate.take(1, 0), 200);
});

Deno.test("time gives the burst back, but not more than that", () => {
  const gate = new FloodGate({ perSecond: 10, burst: 5 }, 0);
  gate.take(5, 0);
  assertEquals(gate.take(1, 100), 0);
  for (let command = 0; command < 5; command++) assertEquals(gate.take(1, 60_000), 0);
  assertEquals(gate.take(1, 60_000), 100);
});

Deno.test("a costly command counts for several", () => {
  const gate = new FloodGate({ perSecond: 10, burst: 5 }, 0);
  assertEquals(gate.take(10, 0), 500);
});

Deno.test("0 a second means any number", () => {
  const gate = new FloodGate({ perSecond: 0, burst: 0 }, 0);
  for (let command = 0; command < 1_000; command++) assertEquals(gate.take(10, 0), 0);
});
