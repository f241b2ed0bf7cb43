/** SEARCH, MENTIONS, CONTEXT, a day of CH, what a message said at first, and ME. */
import { assertEquals, assertMatch } from "@std/assert";
import { ClientFixture } from "../core/client_fixture.ts";
import { talk } from "./script.ts";

/** Times of the history differ. */
function withoutTimes(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, "TIME"));
}

Deno.test("SEARCH finds private messages, too, MENTIONS where one was named, CONTEXT what stood around", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const { client } = await fixture.open("jill");
  for (const text of ["one", "jack: roses?", "three"]) await client.post("#lobby", text);
  await client.sendPrivate("jack", "roses, in private");
  const { script } = await talk(
    fixture,
    "jack",
    "SEARCH rose",
    "MENTIONS",
    "CONTEXT 2",
    "CONTEXT 9",
  );
  assertEquals(withoutTimes(script.answers), [
    "You have missed 4 messages: CH shows them.",
    "2 TIME #lobby <jill> jack: roses?",
    "4 TIME PM jill -> jack roses, in private",
    "(Searched: the rooms that you are in, and 1 private message in 1 conversation.)",
    "End of search (2 messages).",
    "2 TIME #lobby <jill> jack: roses?",
    "End of mentions (1 message, in rooms that you are in).",
    "1 TIME #lobby <jill> one",
    "2 TIME #lobby <jill> jack: roses?",
    "3 TIME #lobby <jill> three",
    "End of what stood around message 2 in #lobby.",
    "No message here has the number 9. NUMBERS shows them.",
  ]);
});

Deno.test("CH shows a day, and what a message said at first; ME says what one does", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  await talk(fixture, "jack", "BM rose", "ME waters it");
  const lines = ["CH", "EDIT 1 roses", "CH #lobby today", "CH of 1", "CH of 7", "CH 2020-02-29"];
  const { script } = await talk(fixture, "jack", ...lines);
  const now = withoutTimes(script.answers);
  assertEquals(now.slice(0, 5), [
    "TIME #lobby <jack> rose",
    "TIME #lobby * jack waters it",
    "End of history (2 messages).",
    "TIME #lobby <jack> roses (edited)",
    "TIME #lobby * jack waters it",
  ]);
  assertMatch(now[5]!, /^End of \d{4}-\d\d-\d\d \(2 messages\)\.$/);
  assertEquals(now.slice(6), [
    "Message 1 of jack said at first: rose",
    "edited: roses",
    "No message here has the number 7. NUMBERS shows them.",
    "End of 2020-02-29 (0 messages).",
  ]);
});
