import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { withLinks } from "../../../../client/tui/terminal/links.ts";
import { unstyledText } from "../../../../client/tui/terminal/paint.ts";
import { plain } from "../../../../client/tui/terminal/style.ts";
import { textWidth } from "../../../../client/tui/terminal/text_width.ts";
import { wrap } from "../../../../client/tui/terminal/wrap.ts";

function rowsOf(text: string, columns: number, indent = 0): string[] {
  return wrap(withLinks(text), columns, indent).map(({ spans }) => unstyledText(spans));
}

Deno.test("wrap() breaks at spaces and leaves those out", () => {
  assertEquals(rowsOf("one two three", 8), ["one two", "three"]);
  assertEquals(rowsOf("one two", 7), ["one two"]);
  assertEquals(rowsOf("one  two", 3), ["one", "two"]);
  assertEquals(rowsOf("", 8), [""]);
});

Deno.test("wrap() indents all rows but the first, unless the terminal is too narrow for that", () => {
  assertEquals(rowsOf("one two three", 12, 4), ["one two", "    three"]);
  assertEquals(rowsOf("one two three", 9, 4), ["one two", "three"]);
});

Deno.test("wrap() keeps spaces at the beginning: they may be code", () => {
  assertEquals(rowsOf("    return x", 20), ["    return x"]);
});

Deno.test("wrap() breaks words that are longer than a row, between characters", () => {
  assertEquals(rowsOf("abcdefghij", 4), ["abcd", "efgh", "ij"]);
  assertEquals(rowsOf("👩‍👩‍👧‍👦".repeat(3), 4), ["👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]);
});

Deno.test("wrap() breaks Chinese and Japanese at any character, but not before punctuation", () => {
  assertEquals(rowsOf("你好世界再见", 7), ["你好世", "界再见"]);
  assertEquals(rowsOf("ab你好", 5), ["ab你", "好"]);
});

Deno.test("wrap() keeps a word together that changes its look in the middle", () => {
  const rows = wrap([plain("one "), plain("two"), plain("three")], 9);
  assertEquals(rows.map(({ spans }) => unstyledText(spans)), ["one", "twothree"]);
});

Deno.test("wrap() keeps all spaces between words, also where their look changes", () => {
  const rows = wrap([plain("one "), plain(" "), plain(" two")], 20);
  assertEquals(rows.map(({ spans }) => unstyledText(spans)), ["one   two"]);
});

Deno.test("wrap() moves a link to a row of its own before it breaks it", () => {
  const link = "https://example.org/page";
  assertEquals(rowsOf(`see ${link} now`, 26, 2), ["see", `  ${link}`, "  now"]);
});

Deno.test("wrap() lets the terminal break a link that is longer than a row, from its first column on", () => {
  const link = `https://example.org/${"x".repeat(40)}`;
  const rows = wrap(withLinks(`see ${link} now`), 20, 4);
  assertEquals(rows.map(({ spans }) => unstyledText(spans)), [
    "see",
    link.slice(0, 20),
    link.slice(20, 40),
    link.slice(40),
    "    now",
  ]);
  assertEquals(rows.map(({ continues }) => continues), [false, true, true, false, false]);
});

Deno.test("wrap() never makes a row wider than the terminal, and loses nothing but spaces", () => {
  const word = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 30 }),
    fc.constantFrom("https://example.org/a/long/path?with=query", "👩‍👩‍👧‍👦", "你好世界", " ", "क्षि"),
  );
  const texts = fc.array(word, { maxLength: 12 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(texts, fc.integer({ min: 4, max: 60 }), fc.nat(20), (text, columns, indent) => {
      const rows = wrap(withLinks(text), columns, indent);
      for (const row of rows) {
        assert(row.width <= columns);
        assertEquals(row.width, row.spans.reduce((sum, span) => sum + textWidth(span.text), 0));
      }
      const without = (one: string) => one.replaceAll(" ", "");
      assertEquals(without(rows.map(({ spans }) => unstyledText(spans)).join("")), without(text));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("withLinks() leaves the sentence's own punctuation out of an address", () => {
  const links = (text: string) =>
    withLinks(text).filter(({ style }) => style?.link !== undefined).map((span) => span.text);
  assertEquals(links("see https://a.org/b."), ["https://a.org/b"]);
  assertEquals(links("(https://a.org/b)"), ["https://a.org/b"]);
  assertEquals(links("https://a.org/wiki/X_(y)"), ["https://a.org/wiki/X_(y)"]);
  assertEquals(links("http://a.org, ftp://b.org!"), ["http://a.org", "ftp://b.org"]);
  assertEquals(links("javascript:alert(1) file:///etc/passwd"), []);
});

Deno.test("withLinks() makes targets of ASCII only, and none where an address is broken", () => {
  const target = (text: string) => withLinks(text)[0]!.style?.link;
  assertEquals(target("https://a.org/ü"), "https://a.org/%C3%BC");
  assertEquals(target("https://"), undefined);
  assertEquals(target("https://[x"), "");
});
