import fc from "fast-check";
import { assertEquals } from "@std/assert";
import {
  hasWords,
  indexTerms,
  indexText,
  matchExpression,
  searchWords,
  shardOf,
} from "../../../../../server/storage/sqlite/search/search_text.ts";
import { anyText } from "../../../../fixtures/any_text.ts";

/** The words that a text is found by. */
function wordsIn(text: string): string[] {
  return indexTerms(1, 7, text).slice(1).map((term) => [...term].slice(1).join(""));
}

Deno.test("indexTerms() folds case, accents and compatibility forms", () => {
  assertEquals(wordsIn("Hello, WORLD-wide hello_there 42"), [
    "hello",
    "world",
    "wide",
    "there",
    "42",
  ]);
  assertEquals(wordsIn("Straße STRASSE naïve ΟΔΟΣ οδος İstanbul ﬁn"), [
    "strasse",
    "naive",
    "οδοσ",
    "istanbul",
    "fin",
  ]);
  assertEquals(wordsIn("e\u0301te\u0301 été"), ["ete"]);
  assertEquals(wordsIn("हिन्दी"), ["हिन्दी"]);
});

Deno.test("indexTerms() cuts scripts without spaces into overlapping pairs", () => {
  assertEquals(wordsIn("明天会议"), ["明天", "天会", "会议", "议"]);
  assertEquals(wordsIn("abc会议"), ["会议", "议", "abc"]);
  assertEquals(searchWords(["会议"]), ["会议"]);
  assertEquals(searchWords(["会"]), ["会"]);
  assertEquals(hasWords("明天会议", searchWords(["会议"])), true);
  assertEquals(hasWords("明天会议", searchWords(["会"])), true);
  assertEquals(hasWords("明天会议", searchWords(["议会"])), false);
});

Deno.test("indexTerms() keeps each word once, and no separator, mark or room in a word", () => {
  assertEquals(wordsIn("a b A a\u{f0000}b \ue0007 \u{1f600} \t\n"), ["a", "b", "7"]);
  assertEquals(wordsIn(""), []);
  assertEquals(wordsIn("x".repeat(100)), ["x".repeat(64)]);
  assertEquals(wordsIn("𝔵".repeat(100)), ["x".repeat(64)]);
});

Deno.test("indexTerms() marks terms with the shard and the room", () => {
  const [room, word] = indexTerms(2 ** 18, 12, "word");
  assertEquals([room, word], ["\u{f0001}\ue00012", "\u{f0001}word"]);
  assertEquals([shardOf(0), shardOf(2 ** 18 - 1), shardOf(2 ** 18)], [0, 0, 1]);
});

Deno.test("matchExpression() quotes every term", () => {
  assertEquals(
    matchExpression(0, [1, 2], ["near", "or"]),
    '"\u{f0000}near" * AND "\u{f0000}or" * AND ("\u{f0000}\ue0001" OR "\u{f0000}\ue0002")',
  );
  assertEquals(matchExpression(0, [], ["x"]), '"\u{f0000}x" *');
});

Deno.test("searchWords() takes 16 different words at most", () => {
  const words = Array.from({ length: 40 }, (_, index) => `w${index}`);
  assertEquals(searchWords([words.join(" "), "w1"]), words.slice(0, 16));
  assertEquals(searchWords(["", "!", '"*"']), []);
});

Deno.test("indexText() has the terms of any text, and nothing that JSON would have to escape", () => {
  const text = fc.oneof(
    anyText(),
    fc.string({ unit: fc.constantFrom("a", "B", "9", " ", '"', "\\", "\n", ".") }),
    fc.nat({ max: 70 }).map((length) => "x".repeat(length)),
  );
  fc.assert(fc.property(text, fc.nat(), (body, sequence) => {
    const indexed = indexText(sequence, 7, body);
    assertEquals(new Set(indexed.split(" ")), new Set(indexTerms(sequence, 7, body)));
    assertEquals(JSON.stringify(indexed), `"${indexed}"`);
  }));
});
