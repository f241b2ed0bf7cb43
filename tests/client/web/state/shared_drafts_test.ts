import { assertEquals } from "@std/assert";
import type { FoldedPost } from "../../../../client/talk/folded_posts.ts";
import { PageConversations } from "../../../../client/web/state/page_conversations.ts";
import { shareDrafts } from "../../../../client/web/state/shared_drafts.ts";

/** The conversations of one tab. */
function tab(): PageConversations {
  const fetchPage = () => Promise.reject(new Error("Nothing is fetched here."));
  return new PageConversations({ name: "jack", lobby: "#lobby" }, fetchPage);
}

Deno.test("a draft is in all tabs of an account, but never in the place of a message that is being changed in one of them", async () => {
  const [typed, idle, editing] = [tab(), tab(), tab()];
  const name = `drafts of ${crypto.randomUUID()}`;
  const channels = [typed, idle, editing].map((one) => shareDrafts(name, one));
  editing.current.value.edit({ message: { text: "as it was said" } } as FoldedPost);
  const arrived = new Promise<void>((resolve) => {
    idle.current.value.draft.subscribe((text) => text === "" || resolve());
  });
  typed.current.value.draft.value = "just typed";
  await arrived;
  // The other tab has got it before, or gets it now.
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([idle, editing].map((one) => one.current.value.draft.value), [
    "just typed",
    "as it was said",
  ]);
  editing.current.value.forgetAbout();
  assertEquals(editing.current.value.draft.value, "just typed");
  for (const channel of channels) channel.close();
});
