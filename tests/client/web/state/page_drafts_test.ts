import { assertEquals } from "@std/assert";
import { SharedDrafts } from "../../../../client/core/chat/shared_drafts.ts";
import type { FoldedPost } from "../../../../client/talk/folded_posts.ts";
import { PageConversations } from "../../../../client/web/state/page_conversations.ts";
import { sharePageDrafts } from "../../../../client/web/state/page_drafts.ts";
import { DraftServer } from "../../../fixtures/draft_sessions.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

const quietMs = 20_000;

/** A page whose drafts a server passes on, beside a session that is no page. */
async function start(time: FakeTime, lobby = "") {
  const server = new DraftServer(time);
  const other = server.open("terminal");
  other.inputs.set("jill", "");
  const conversations = new PageConversations(
    { name: "jack", lobby: "#lobby" },
    () => Promise.reject(new Error("Nothing is fetched here.")),
  );
  conversations.current.value.draft.value = lobby;
  const page = server.open("page");
  const keeping: { times: () => Record<string, number> } = { times: () => ({}) };
  const shareDrafts = (show: (title: string, text: string) => boolean) => {
    const drafts = new SharedDrafts({ ...page.options, show });
    page.drafts = drafts;
    return Promise.resolve(drafts);
  };
  await sharePageDrafts({ shareDrafts }, conversations, keeping);
  await time.advance(quietMs);
  return { server, other, conversations, keeping, lobby: conversations.current.value };
}

Deno.test("what is typed in a page is in the other sessions, and the other way round", async () => {
  using time = new FakeTime();
  const { server, other, lobby } = await start(time);
  using _server = server;
  lobby.draft.value = "from the page";
  await time.advance(quietMs);
  assertEquals(other.input, "from the page");
  other.type("from the terminal");
  await time.advance(quietMs);
  assertEquals(lobby.draft.value, "from the terminal");
});

Deno.test("a draft never comes in the place of a message that is being changed", async () => {
  using time = new FakeTime();
  const { server, other, lobby } = await start(time);
  using _server = server;
  lobby.edit({ message: { text: "as it was said" } } as FoldedPost);
  other.type("just typed");
  await time.advance(quietMs);
  assertEquals(lobby.draft.value, "as it was said");
  assertEquals(other.input, "just typed");
  lobby.forgetAbout();
  assertEquals(lobby.draft.value, "just typed");
});

Deno.test("a draft for somebody whose conversation is not open opens it; one of a room that one is not in does not", async () => {
  using time = new FakeTime();
  const { server, other, conversations } = await start(time);
  using _server = server;
  other.type("psst", "jill");
  other.type("not for this page", "#attic");
  await time.advance(quietMs);
  assertEquals(
    conversations.list.value.map(({ title, written }) => [title, written]),
    [["#lobby", ""], ["jill", "psst"]],
  );
  conversations.close(conversations.find("jill")!);
  await time.advance(quietMs);
  assertEquals(other.inputs.get("jill"), "psst");
  other.type("", "jill");
  await time.advance(quietMs);
  assertEquals(conversations.find("jill"), undefined);
});

Deno.test("what a page has kept from before comes to the others, with the time of its change kept beside it", async () => {
  using time = new FakeTime();
  const { server, other, lobby, keeping } = await start(time, "from before");
  using _server = server;
  assertEquals(other.input, "from before");
  assertEquals(keeping.times(), { "#lobby": 1 });
  lobby.draft.value = "from before, and more";
  assertEquals(keeping.times(), { "#lobby": time.nowMs });
});
