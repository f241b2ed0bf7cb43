/** Commands that show what was said, and small ones. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { SessionFixture } from "../session_fixture.ts";

/** The queries that the client was asked. */
function queriesOf(jack: SessionFixture): unknown[] {
  const queries: unknown[] = [];
  Object.assign(jack.client, {
    history: (query: unknown) => {
      queries.push(query);
      return Promise.resolve({ posts: [], annotations: [], more: false });
    },
  });
  return queries;
}

Deno.test("/ch takes a number, a room, a name, and a number behind those", async () => {
  await using jack = await SessionFixture.start();
  jack.client.deliver("jill", "jack", "hello", "a");
  const queries = queriesOf(jack);
  for (const line of ["/ch", "/ch 7", "/ch #one", "/ch #one 2", "/ch jill", "/ch JILL 3", "CH"]) {
    jack.type(`${line}\r`);
    await jack.settleAll();
  }
  assertEquals(queries, [
    { limit: 50 },
    { limit: 7 },
    { room: "#one", limit: 50 },
    { room: "#one", limit: 2 },
    { with: "jill", limit: 50 },
    { with: "jill", limit: 3 },
    { limit: 50 },
  ]);
});

Deno.test("a search says that it leaves private messages out", async () => {
  await using jack = await SessionFixture.start();
  const queries = queriesOf(jack);
  jack.type("/ch two words\r").type("/search word\r");
  await jack.settleAll();
  assertEquals(queries, []);
  const ends = jack.printed.filter((line) => line.includes("End of search (0 messages)."));
  assertEquals(ends.length, 2);
  assertStringIncludes(ends[0]!, "Private messages are not searched");
});

Deno.test("/leave says that it has left, /topic - removes the topic, a number that is not there is told", async () => {
  await using jack = await SessionFixture.start();
  jack.type("/leave #dev\r");
  await jack.settleAll();
  assertStringIncludes(jack.printed.join("\n"), "-- You have left #dev.");
  jack.type("/topic -\r");
  assertEquals(jack.client.requests.map(({ what }) => what), ["topic #lobby "]);
  await jack.settleAll();
  jack.type("\x1b7");
  assertStringIncludes(jack.printed.join("\n"), "!! There is no conversation 7.");
});

Deno.test("an answer from another machine marks what came before as read", async () => {
  await using jack = await SessionFixture.start();
  jack.client.deliver("jill", "jack", "hello", "a");
  const conversation = jack.session.conversations.find("jill")!;
  assertEquals(conversation.unread, 1);
  jack.client.deliver("jack", "jill", "an answer", "b");
  assertEquals(conversation.unread, 0);
});

Deno.test("what is read on another machine is read here, unless something newer has come", async () => {
  await using jack = await SessionFixture.start();
  const { conversations } = jack.session;
  const first = jack.client.deliver("jill", "jack", "hello", "a");
  jack.client.deliver("joe", "jack", "hi", "b");
  jack.session.onEvent({ type: "read", sequence: first - 1 });
  assertEquals(conversations.find("jill")!.unread, 1);
  jack.session.onEvent({ type: "read", sequence: first });
  assertEquals(conversations.find("jill")!.unread, 0);
  assertEquals(conversations.find("joe")!.unread, 1);
  jack.client.deliver("jill", "jack", "still there?", "c");
  jack.session.onEvent({ type: "read", sequence: first });
  assertEquals(conversations.find("jill")!.unread, 1);
});

Deno.test("Ctrl-U empties a draft of several lines", async () => {
  await using jack = await SessionFixture.start();
  jack.view.input.take({ type: "paste", text: "one\ntwo" });
  jack.view.input.take({ type: "key", name: "ctrl-u" });
  assertEquals(jack.draft, "");
});
