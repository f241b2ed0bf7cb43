import { assertEquals } from "@std/assert";
import type { FoldedPost } from "../../../../client/talk/folded_posts.ts";
import { PageConversation } from "../../../../client/web/state/page_conversation.ts";
import { PageNotices } from "../../../../client/web/state/page_notices.ts";
import type { PageSession } from "../../../../client/web/state/page_session.ts";
import { ComposerText } from "../../../../client/web/view/composer_text.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

/** The input of a conversation, and what it has sent. */
function start() {
  const conversation = new PageConversation("jill", () => Promise.reject(new Error("Unused.")));
  const sent: string[] = [];
  // What the input uses of it; the rest would want a server.
  const session = {
    outgoing: { send: (_to: unknown, text: string) => Promise.resolve(void sent.push(text)) },
    goToEnd: () => Promise.resolve(),
    notices: new PageNotices(),
  } as unknown as PageSession;
  return { conversation, sent, open: () => new ComposerText(session, conversation) };
}

Deno.test("a draft that came from another session is not sent before it can have been seen", async () => {
  using time = new FakeTime();
  const { conversation, sent, open } = start();
  const text = open();
  await time.advance(5_000);
  conversation.draft.value = "Shall we";
  conversation.takeDraft("Shall we not");
  text.send();
  await time.advance(900);
  conversation.draft.value += " yes";
  text.send();
  assertEquals([sent, conversation.draft.value], [[], "Shall we not yes"]);
  await time.advance(100);
  text.send();
  assertEquals([sent, conversation.draft.value], [["Shall we not yes"], ""]);
  // What is typed here is sent at once, also where a draft was emptied elsewhere.
  conversation.draft.value = "one";
  text.send();
  conversation.takeDraft("");
  conversation.draft.value = "two";
  text.send();
  assertEquals(sent, ["Shall we not yes", "one", "two"]);
});

Deno.test("what came for a conversation that is not shown counts as unseen until that is", async () => {
  using time = new FakeTime();
  const { conversation, sent, open } = start();
  conversation.takeDraft("from elsewhere");
  await time.advance(60_000);
  const text = open();
  text.send();
  assertEquals(sent, []);
  await time.advance(1_000);
  text.send();
  assertEquals(sent, ["from elsewhere"]);
});

Deno.test("what is back after an edit is not sent by a second Enter", async () => {
  using time = new FakeTime();
  const { conversation, sent, open } = start();
  const text = open();
  await time.advance(5_000);
  conversation.edit({ message: { text: "said" } } as FoldedPost);
  conversation.takeDraft("from elsewhere");
  text.send();
  text.send();
  assertEquals([sent, conversation.draft.value], [["said"], "from elsewhere"]);
  await time.advance(1_000);
  text.send();
  assertEquals(sent, ["said", "from elsewhere"]);
});
