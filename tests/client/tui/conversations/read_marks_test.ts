import { assertEquals } from "@std/assert";
import type { TextStore } from "../../../../client/core/link/text_store.ts";
import { Conversations } from "../../../../client/tui/conversations/conversations.ts";
import { openReadMarks, ReadMarks } from "../../../../client/tui/conversations/read_marks.ts";
import { withFolder } from "../../../fixtures/folders.ts";

/** A file that holds a text. */
function textStore(text?: string): TextStore & { saved: string[] } {
  const saved: string[] = [];
  return {
    saved,
    load: () => Promise.resolve(saved.at(-1) ?? text),
    save: (next) => Promise.resolve(void saved.push(next)),
  };
}

/** The lobby, which is read, and Jill, whose message 5 is not. */
function conversationsOfJack(): Conversations {
  const conversations = new Conversations("jack", "#lobby");
  conversations.open("Jill").firstUnread = 5;
  return conversations;
}

Deno.test("what was read stays read, though something older is unread", async () => {
  await withFolder(async (folder) => {
    const account = { server: "lab:41000", name: "jack" };
    const before = await openReadMarks(folder, account);
    assertEquals(before.of("#lobby"), 0);
    await before.save(conversationsOfJack(), 9);
    const after = await openReadMarks(folder, account);
    assertEquals([after.of("#Lobby"), after.of("jill"), after.of("#other")], [9, 4, 0]);
    const other = await openReadMarks(folder, { ...account, name: "joe" });
    assertEquals(other.of("#lobby"), 0);
  });
});

Deno.test("nothing is kept where nothing is unread, and nothing written twice", async () => {
  const store = textStore();
  const marks = await ReadMarks.open(store);
  const conversations = conversationsOfJack();
  await marks.save(conversations, 9);
  await marks.save(conversations, 9);
  conversations.open("Jill").markRead();
  await marks.save(conversations, 10);
  await marks.save(conversations, 11);
  assertEquals(store.saved, ['{"#lobby":9,"jill":4}', "{}"]);
});

Deno.test("a file that holds something else counts as nothing, and one that cannot be written hurts nobody", async () => {
  for (const text of ["", "{", "[]", "7", '{"#lobby":"9"}', '{"#lobby":-1}', '{"#lobby":1.5}']) {
    assertEquals((await ReadMarks.open(textStore(text))).of("#lobby"), 0, text);
  }
  const hostile = await ReadMarks.open(textStore('{"__proto__":{"#lobby":9},"constructor":3}'));
  assertEquals([hostile.of("#lobby"), hostile.of("tostring")], [0, 0]);
  const full = await ReadMarks.open({
    load: () => Promise.resolve(undefined),
    save: () => Promise.reject(new Error("The disk is full.")),
  });
  await full.save(conversationsOfJack(), 9);
  assertEquals(full.of("#lobby"), 0);
});
