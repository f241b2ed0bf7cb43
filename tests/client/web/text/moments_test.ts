import { assertEquals } from "@std/assert";
import { shortTimeOfDay, timeOfDay } from "../../../../client/web/text/moments.ts";

Deno.test("where there is little room a time has no AM or PM, in whatever way the clock is written", () => {
  const morningMs = new Date(2026, 5, 10, 10, 29).getTime();
  assertEquals(/^10.29( [AP]M)?$/.test(timeOfDay(morningMs)), true, timeOfDay(morningMs));
  assertEquals(/^10.29$/.test(shortTimeOfDay(morningMs)), true, shortTimeOfDay(morningMs));
});
