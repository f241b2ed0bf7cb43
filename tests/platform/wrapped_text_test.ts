import { assertEquals } from "@std/assert";
import { wrappedText } from "../../platform/wrapped_text.ts";

Deno.test("wrappedText() breaks lines between words", () => {
  assertEquals(wrappedText("one two three four", 9), "one two\nthree\nfour");
  assertEquals(wrappedText("one two\n\nthree", 80), "one two\n\nthree");
});

Deno.test("wrappedText() keeps whole what is to be copied: indented lines, and words longer than a line", () => {
  assertEquals(wrappedText("  now  SHA256:abc def", 5), "  now  SHA256:abc def");
  assertEquals(wrappedText("a abcdefghij b", 4), "a\nabcdefghij\nb");
});
