import { assertEquals } from "@std/assert";
import { effect } from "@preact/signals";
import { readable } from "../../../../client/core/e2e/message_view.ts";
import { unfolded } from "../../../../client/talk/folded_posts.ts";
import { PageConversation } from "../../../../client/web/state/page_conversation.ts";

const nothing = () => Promise.resolve({ posts: [], annotations: [], more: false });
const about = { timeMs: 1, from: "wendy", to: "#lobby", kind: "text" } as const;
const one = unfolded(readable({ ...about, sequence: 1, id: "a", body: "one" }));
const two = unfolded(readable({ ...about, sequence: 2, id: "b", body: "two" }));

Deno.test("what is being written is put aside while a message is edited, and never seems to be gone", () => {
  const conversation = new PageConversation("#lobby", nothing);
  const { draft, about } = conversation;
  draft.value = "half a thought";
  const seen: string[] = [];
  effect(() => {
    seen.push(`${about.value?.kind ?? "new"}: ${draft.value}`);
  });
  conversation.edit(one);
  conversation.edit(two);
  conversation.forgetAbout();
  assertEquals(seen, ["new: half a thought", "edit: one", "edit: two", "new: half a thought"]);
});
