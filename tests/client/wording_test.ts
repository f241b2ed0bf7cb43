import { assertEquals } from "@std/assert";
import { counted, safetyNumberLines } from "../../client/wording.ts";

Deno.test("one thing is not several", () => {
  const texts = [0, 1, 2, 1_000].map((count) => counted(count, "message"));
  assertEquals(texts, ["0 messages", "1 message", "2 messages", "1000 messages"]);
});

Deno.test("a safety number is three lines of four groups", () => {
  const groups = Array.from({ length: 12 }, (_, index) => String(10_000 + index));
  assertEquals(safetyNumberLines(groups.join(" ")), [
    "10000 10001 10002 10003",
    "10004 10005 10006 10007",
    "10008 10009 10010 10011",
  ]);
});
