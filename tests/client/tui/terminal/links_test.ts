import { assertEquals } from "@std/assert";
import { withLinks } from "../../../../client/tui/terminal/links.ts";

function linksIn(text: string): string[] {
  return withLinks(text).filter(({ style }) => style?.link !== undefined).map(({ text }) => text);
}

Deno.test("an address ends before what ends the sentence, and before a bracket that was opened before it", () => {
  assertEquals(linksIn("see http://a.example/x."), ["http://a.example/x"]);
  assertEquals(linksIn("(see http://a.example/x)."), ["http://a.example/x"]);
  assertEquals(linksIn("http://a.example/x_(y)"), ["http://a.example/x_(y)"]);
  assertEquals(linksIn("[http://a.example/x_(y)]!?"), ["http://a.example/x_(y)"]);
  assertEquals(linksIn("{http://a.example/…}'"), ["http://a.example/"]);
  assertEquals(linksIn("http://a.example and https://b.example,"), [
    "http://a.example",
    "https://b.example",
  ]);
});

Deno.test("all of the text is there, whatever is an address in it", () => {
  const text = "a http://b.). (ftp://c) d";
  assertEquals(withLinks(text).map((span) => span.text).join(""), text);
});

Deno.test("an address that ends in thousands of brackets and dots is taken apart at once", () => {
  const half = 100_000;
  for (
    const tail of [
      ")".repeat(half),
      "]})".repeat(half),
      ").".repeat(half),
      ".".repeat(half) + "x" + ")".repeat(half),
    ]
  ) {
    const expected = tail.includes("x") ? `http://a${".".repeat(half)}x` : "http://a";
    assertEquals(linksIn(`http://a${tail}`), [expected]);
  }
});
