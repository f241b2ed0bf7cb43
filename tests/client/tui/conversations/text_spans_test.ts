import { assertEquals } from "@std/assert";
import { mentionPattern, mentions } from "../../../../client/talk/mentions.ts";
import { textSpans } from "../../../../client/tui/conversations/text_spans.ts";

function mentioned(name: string, text: string): boolean {
  return mentions(text, mentionPattern(name));
}

Deno.test("a name is mentioned as a whole word, in any letter case, also as name's and @name", () => {
  for (
    const text of [
      "jack",
      "jack: hi",
      "hi, Jack!",
      "@jack",
      "jack's turn",
      "(jack)",
      "JACK.",
      "-jack-",
    ]
  ) {
    assertEquals(mentioned("jack", text), true, text);
  }
  for (
    const text of [
      "jackpot",
      "hijack",
      "jack2",
      "jack_b",
      "jack-o",
      "jack.smith",
      "o-jack",
      "jacké",
    ]
  ) {
    assertEquals(mentioned("jack", text), false, text);
  }
});

Deno.test("names with dots, hyphens and letters of any script are found", () => {
  assertEquals(mentioned("j.r", "jxr"), false);
  assertEquals(mentioned("j.r", "ask j.r."), true);
  assertEquals(mentioned("a-b", "a-b's"), true);
  assertEquals(mentioned("Zoë", "zoë, hello"), true);
  assertEquals(mentioned("王明", "王明：你好"), true);
});

Deno.test("textSpans() marks every mention, also right after mentions() looked for one", () => {
  const pattern = mentionPattern("jack");
  for (let round = 0; round < 2; round++) {
    assertEquals(mentions("jack and Jack", pattern), true);
    const marked = textSpans("jack and Jack", pattern).filter(({ style }) => style?.bold === true);
    assertEquals(marked.map(({ text }) => text), ["jack", "Jack"]);
  }
});

Deno.test("textSpans() leaves addresses whole, whatever is in them", () => {
  const spans = textSpans("see https://jack.org/jack now", mentionPattern("jack"));
  assertEquals(spans.map(({ text }) => text), ["see ", "https://jack.org/jack", " now"]);
});
