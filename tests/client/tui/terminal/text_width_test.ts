import { assertEquals } from "@std/assert";
import { cutToWidth, graphemes, textWidth } from "../../../../client/tui/terminal/text_width.ts";

const widths: readonly [text: string, columns: number][] = [
  ["", 0],
  ["plain", 5],
  ["é", 1],
  ["e\u0301", 1],
  ["你好", 4],
  ["ｆｕｌｌ", 8],
  ["한국어", 6],
  ["\u1112\u1161\u11ab", 2],
  ["👍", 2],
  ["👍🏽", 2],
  ["👩‍👩‍👧‍👦", 2],
  ["🇩🇪", 2],
  ["☀️", 2],
  ["☀", 1],
  ["שלום", 4],
  ["مرحبا", 5],
  ["ก็", 1],
  ["a\u0300\u0301\u0302b", 2],
];

Deno.test("textWidth() knows wide, combining, joined and right-to-left characters", () => {
  for (const [text, columns] of widths) assertEquals(textWidth(text), columns, text);
});

Deno.test("graphemes() keeps together what is one character for people", () => {
  assertEquals(graphemes("a👩‍👩‍👧‍👦e\u0301🇩🇪"), ["a", "👩‍👩‍👧‍👦", "e\u0301", "🇩🇪"]);
  assertEquals(graphemes("ab"), ["a", "b"]);
});

Deno.test("cutToWidth() never gives more than fits, and says that something is missing", () => {
  assertEquals(cutToWidth("hello", 5), "hello");
  assertEquals(cutToWidth("hello!", 5), "hell…");
  assertEquals(cutToWidth("你好你好", 5), "你好…");
  assertEquals(cutToWidth("你好", 3), "你…");
  assertEquals(cutToWidth("hello", 1), "…");
  assertEquals(cutToWidth("hello", 0), "");
});
