import { assertEquals } from "@std/assert";
import { emojiBeginning, emojiOf } from "../../../client/talk/emoji.ts";
import { checkAnnotation } from "../../../protocol/content.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";

Deno.test("an emoji is found by its name, and by the beginning of it", () => {
  assertEquals(emojiOf(":thumbsup:"), "👍");
  assertEquals(emojiOf(":ThumbsUp"), "👍");
  assertEquals(emojiOf(":+1:"), "👍");
  for (const word of ["thumbsup", ":", "::", ":nothing of that name:", ":never_heard_of:"]) {
    assertEquals(emojiOf(word), null);
  }
  assertEquals(emojiBeginning(":thumbs"), ["👎", "👍"]);
  assertEquals(emojiBeginning(":x:"), ["❌"]);
  for (const word of ["12:30", ":", ":-)", "http://a"]) assertEquals(emojiBeginning(word), []);
});

Deno.test("each emoji can be a reaction, and is shown as it is", () => {
  const all = new Set(
    [..."abcdefghijklmnopqrstuvwxyz0123456789+-"].flatMap((letter) => emojiBeginning(`:${letter}`)),
  );
  assertEquals(all.size > 250, true);
  for (const emoji of all) {
    assertEquals(checkAnnotation("reaction", emoji), emoji);
    assertEquals(safeText(emoji), emoji);
  }
});
