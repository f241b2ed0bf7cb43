import { assertEquals } from "@std/assert";
import { PageConversations } from "../../../../client/web/state/page_conversations.ts";

function start(): PageConversations {
  return new PageConversations(
    { name: "jack", lobby: "#lobby" },
    () => Promise.reject(new Error("Nothing is fetched here.")),
  );
}

function titles({ list }: PageConversations): string[] {
  return list.value.map(({ title }) => title);
}

Deno.test("a crowd closes nothing that is shown, a room, or half written", () => {
  const conversations = start();
  conversations.open("#dev");
  conversations.open("jill").draft.value = "half a thought";
  conversations.current.value = conversations.open("tom");
  for (let count = 0; count < 2_000; count++) conversations.open(`stranger ${count}`);
  assertEquals(titles(conversations).slice(0, 5), [
    "#lobby",
    "#dev",
    "jill",
    "tom",
    "stranger 1004",
  ]);
  assertEquals(titles(conversations).length, 1_000);
});

Deno.test("whatever a server opens, rooms or people with drafts, only so many are there; the lobby and what is shown stay", () => {
  for (const kind of ["#room", "somebody"]) {
    const conversations = start();
    conversations.current.value = conversations.open("tom");
    for (let count = 0; count < 1_500; count++) {
      conversations.open(`${kind} ${count}`).draft.value = "x";
    }
    assertEquals(titles(conversations).length, 1_000);
    assertEquals(titles(conversations).slice(0, 3), ["#lobby", "tom", `${kind} 502`]);
  }
});
