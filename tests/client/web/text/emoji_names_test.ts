import { assertEquals, assertGreater } from "@std/assert";
import { checkAnnotation } from "../../../../protocol/content.ts";
import { emojiNames, usualReactions, withEmoji } from "../../../../client/web/text/emoji_names.ts";

Deno.test("every name has an emoji that may be a reaction", () => {
  assertGreater(emojiNames.size, 180);
  for (const [name, emoji] of emojiNames) {
    assertEquals(checkAnnotation("reaction", emoji), emoji, name);
    assertEquals(/[a-z]/.test(emoji), false, name);
  }
  for (const [emoji] of usualReactions) assertEquals(checkAnnotation("reaction", emoji), emoji);
});

Deno.test("names between colons become emoji; times, addresses and unknown names stay", () => {
  assertEquals(withEmoji("well done :tada: :+1:"), "well done 🎉 👍");
  for (
    const text of ["at 10:30:15", "a:fire:b", ":nothing_of_that_name:", "http://a.example:80:fire:"]
  ) {
    assertEquals(withEmoji(text), text);
  }
});
