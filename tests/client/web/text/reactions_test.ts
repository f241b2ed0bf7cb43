import { assertEquals } from "@std/assert";
import { loadEmojiNames } from "../../../../client/web/text/emoji_names.ts";
import { checkAnnotation } from "../../../../protocol/content.ts";
import { usualReactions, withEmoji } from "../../../../client/web/text/reactions.ts";

Deno.test("what is offered as a reaction may be one", () => {
  for (const [emoji] of usualReactions) assertEquals(checkAnnotation("reaction", emoji), emoji);
});

Deno.test("names between colons become emoji; times, addresses, code and unknown names stay", async () => {
  await loadEmojiNames();
  assertEquals(withEmoji("well done :tada: :+1:"), "well done 🎉 👍");
  const others = ["at 10:30:15", "a:fire:b", ":nothing_of_that_name:", "http://a.example:80:fire:"];
  for (const text of [...others, "`:fire:`"]) assertEquals(withEmoji(text), text);
});
