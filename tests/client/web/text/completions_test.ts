import { assertEquals } from "@std/assert";
import { loadEmojiNames } from "../../../../client/web/text/emoji_names.ts";
import { offersFor } from "../../../../client/web/text/completions.ts";

const names = { users: ["jill", "jack", "Alan"], rooms: ["#lobby", "#lab"] };

function offered(text: string): string {
  const offers = offersFor(text, text.length, names);
  if (offers === null) return "";
  return `${offers.isEager ? "eager" : "asked"} ${offers.from} ${
    offers.list.map(({ text }) => text).join("|")
  }`;
}

Deno.test("@ and # offer names while one types, with what stands behind a name", () => {
  assertEquals(offered("@j"), "eager 0 jill: |jack: ");
  assertEquals(offered("hi @A"), "eager 3 Alan ");
  assertEquals(offered("see #la"), "eager 4 #lab ");
});

Deno.test("half a name is completed where one asks for it, and nothing is offered for nothing", () => {
  assertEquals(offered("hi al"), "asked 3 Alan ");
  assertEquals(offered("hi "), "");
  assertEquals(offered(""), "");
  assertEquals(offered("xyz"), "");
});

Deno.test("two letters behind a colon offer emoji", async () => {
  await loadEmojiNames();
  assertEquals(offered(":tad"), "eager 0 🎉 ");
  assertEquals(offered(":t"), "");
  assertEquals(offered("10:30"), "");
});
