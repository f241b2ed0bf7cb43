/** Commands that show what was said, and small ones. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readable } from "../../../../client/core/e2e/message_view.ts";
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

Deno.test("a search reads the private messages, too, and says what was searched", async () => {
  await using jack = await SessionFixture.start();
  const queries = queriesOf(jack);
  for (const line of ["/ch two words", "/search word"]) {
    jack.type(`${line}\r`);
    await jack.settleAll();
  }
  assertEquals(queries, Array(2).fill({ private: true, limit: 100 }));
  const ends = jack.printed.filter((line) => line.includes("End of search (0 messages)."));
  assertEquals(ends.length, 2);
  assertStringIncludes(
    ends[0]!,
    "Searched: the rooms that you are in. You have no private messages.",
  );
});

Deno.test("/ch takes a day, alone or behind a room or a name, and /me says what one does", async () => {
  await using jack = await SessionFixture.start();
  jack.client.deliver("jill", "jack", "hello", "a");
  const queries = queriesOf(jack);
  for (const line of ["/ch yesterday", "/ch #one 2026-11-23", "/ch jill today"]) {
    jack.type(`${line}\r`);
    await jack.settleAll();
  }
  const asked = (filter: object) => [{ ...filter, limit: 1 }, { ...filter, after: 0, limit: 100 }];
  assertEquals(queries, [...asked({}), ...asked({ room: "#one" }), ...asked({ with: "jill" })]);
  assertStringIncludes(jack.printed.join("\n"), "-- End of 2026-11-23 (0 messages).");
  jack.type("/me waves\r");
  assertEquals(jack.client.requests.map(({ what }) => what), ["post #lobby"]);
});

Deno.test("/ch of a number shows how a message was changed", async () => {
  await using jack = await SessionFixture.start();
  const sequence = jack.client.deliver("jill", "#lobby", "rose", "a");
  const edit = readable({
    ...{ id: "b", sequence: sequence + 1, timeMs: 0, from: "jill", to: "#lobby" },
    ...{ kind: "edit", target: sequence, body: "roses" },
  });
  const post = { ...edit, message: { ...edit.message, encrypted: true } };
  jack.session.onEvent({ type: "post", missed: false, post });
  jack.type(`/ch of ${sequence}\r`).type(`/history of ${sequence + 9}\r`);
  await jack.settleAll();
  const printed = jack.printed.join("\n");
  assertStringIncludes(printed, "Message 1 of jill said at first: rose\nedited: roses");
  assertStringIncludes(printed, "No message here has the number 10.");
});

Deno.test("/context leads from what was found, or from the last mention, to what stood around it", async () => {
  await using jack = await SessionFixture.start();
  jack.type("/context\r");
  await jack.settleAll();
  assertStringIncludes(jack.printed.join("\n"), "There is nothing to go to");
  for (const text of ["one", "jack: two", "three"]) {
    jack.client.deliver("jill", "#lobby", text, text);
  }
  const queries = queriesOf(jack);
  for (const line of ["/context", "/context 3"]) {
    jack.type(`${line}\r`);
    await jack.settleAll();
  }
  assertEquals(queries, [
    { room: "#lobby", before: 3, limit: 6 },
    { room: "#lobby", after: 2, limit: 5 },
    { room: "#lobby", before: 4, limit: 6 },
    { room: "#lobby", after: 3, limit: 5 },
  ]);
  assertStringIncludes(jack.printed.join("\n"), "--- #lobby, around message 2 ---");
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
