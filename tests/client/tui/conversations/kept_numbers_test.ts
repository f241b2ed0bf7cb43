import { assertEquals } from "@std/assert";
import type { TextStore } from "../../../../client/core/link/text_store.ts";
import { Conversations } from "../../../../client/tui/conversations/conversations.ts";
import { KeptNumbers, openKeptNumbers } from "../../../../client/tui/conversations/kept_numbers.ts";
import { withFolder } from "../../../fixtures/folders.ts";

function holding(text: string | undefined): TextStore {
  return { load: () => Promise.resolve(text), save: () => Promise.resolve() };
}

Deno.test("open conversations keep their numbers on this machine, each account its own", async () => {
  await withFolder(async (folder) => {
    const account = { server: "lab:41000", name: "jack" };
    const before = await openKeptNumbers(folder, account);
    assertEquals(before.openings(["#lobby", "#dev"]), [{ title: "#lobby" }, { title: "#dev" }]);
    const conversations = new Conversations("jack", "#lobby");
    for (const title of ["#dev", "jill", "#ops", "tom"]) conversations.open(title);
    conversations.close("jill");
    conversations.find("#ops")!.left = true;
    await before.save(conversations);
    const after = await openKeptNumbers(folder, account);
    assertEquals(after.openings(["#new", "#dev", "#ops", "#lobby"]), [
      { title: "#lobby", number: 1 },
      { title: "#dev", number: 2 },
      { title: "tom", number: 5 },
      { title: "#new" },
      { title: "#ops" },
    ]);
    const other = await openKeptNumbers(folder, { ...account, name: "joe" });
    assertEquals(other.openings(["#lobby"]), [{ title: "#lobby" }]);
  });
});

Deno.test("a room in which one is no longer is not opened, however it was left", async () => {
  const kept = await KeptNumbers.open(holding('{"#lobby":1,"#gone":2,"jill":3}'));
  assertEquals(kept.openings(["#lobby"]).map(({ title }) => title), ["#lobby", "jill"]);
});

Deno.test("a file that holds something else counts as nothing, and one that cannot be written hurts nobody", async () => {
  for (
    const text of ["", "{", "[]", "7", '{"jill":"2"}', '{"jill":0}', '{"jill":1.5}', '{"":2}']
  ) {
    assertEquals((await KeptNumbers.open(holding(text))).openings([]), [], text);
  }
  const full = await KeptNumbers.open({
    load: () => Promise.resolve(undefined),
    save: () => Promise.reject(new Error("The disk is full.")),
  });
  await full.save(new Conversations("jack", "#lobby"));
});
