import { assertEquals, assertStringIncludes } from "@std/assert";
import { SessionFixture } from "./session_fixture.ts";

/** What the other sessions would have of a conversation, each time it changed. */
function sharedOf({ client }: SessionFixture, title: string): (string | null)[] {
  const all = client.noted.filter((one) => one.title === title).map(({ written }) => written);
  return all.filter((written, at) => written !== all[at - 1]);
}

Deno.test("what is typed as a message is shared where it is typed, and gone when it was sent", async () => {
  await using jack = await SessionFixture.start();
  jack.type("hel").type("lo").type("\r");
  await jack.settleAll();
  jack.type("\x1b2").type("to the others");
  await jack.settleAll();
  jack.type("\x1b1");
  assertEquals(sharedOf(jack, "#lobby"), ["", "hel", "hello", ""]);
  assertEquals(sharedOf(jack, "#dev"), ["", "to the others"]);
});

Deno.test("commands, lines of before, and what answers a question are never shared", async () => {
  await using jack = await SessionFixture.start();
  for (
    const command of [
      "/pm jill secret",
      "/w tom secret",
      " /pm jill secret",
      "//secret",
      "REGISTER",
    ]
  ) {
    jack.type(command).type("\x03");
  }
  jack.type("hello\r");
  await jack.settleAll();
  jack.client.noted.length = 0;
  jack.type("\x1b[A");
  assertEquals(jack.draft, "hello");
  jack.type("\x03");
  jack.type("/password\r");
  await jack.settleAll();
  jack.nowMs += 1_000;
  jack.type("my old password").type("\r");
  await jack.settleAll();
  jack.type("my new password").type("\r");
  await jack.settleAll();
  const shared = jack.client.noted.map(({ written }) => written ?? "");
  assertEquals(shared.filter((written) => written !== ""), []);
});

Deno.test("what is typed elsewhere is in the input of its conversation, and waits there where another one is shown", async () => {
  await using jack = await SessionFixture.start();
  const { client } = jack;
  assertEquals(client.showDraft("#lobby", "from the page"), true);
  assertEquals(jack.draft, "from the page");
  assertEquals(client.showDraft("#dev", "for the others"), true);
  assertEquals(jack.draft, "from the page");
  jack.type("\x1b2");
  await jack.settleAll();
  assertEquals(jack.draft, "for the others");
  // Nobody can have seen it yet.
  jack.type("\r");
  await jack.settleAll();
  assertEquals([jack.draft, client.stored], ["for the others", []]);
  assertEquals(client.showDraft("#lobby", ""), true);
  jack.type("\x1b1");
  await jack.settleAll();
  assertEquals(jack.draft, "");
  // What is shown is what is shared: nothing goes round.
  assertEquals(sharedOf(jack, "#lobby"), ["", "from the page", ""]);
  assertEquals(sharedOf(jack, "#dev"), ["", "for the others"]);
});

Deno.test("a draft for somebody opens the conversation; one for a room that one is not in is passed over", async () => {
  await using jack = await SessionFixture.start();
  assertEquals(jack.client.showDraft("jill", ""), false);
  assertEquals(jack.client.showDraft("#attic", "hello"), false);
  assertEquals(jack.client.showDraft("jill", "psst"), true);
  assertEquals(
    jack.session.conversations.list.map(({ title, draft }) => [title, draft.text]),
    [["#lobby", ""], ["#dev", ""], ["jill", "psst"]],
  );
  assertEquals(jack.draft, "");
});

Deno.test("a text that could not be sent is a draft again, here and elsewhere", async () => {
  await using jack = await SessionFixture.start();
  jack.type("hello").type("\r");
  await jack.settle("post #lobby", "storage_failed");
  assertEquals(jack.draft, "hello");
  assertEquals(sharedOf(jack, "#lobby"), ["", "hello", "", "hello"]);
});

for (const word of ["PASSWD", "EX", "PM"]) {
  Deno.test(`what was typed as a message elsewhere is no command here: ${word}`, async () => {
    await using jack = await SessionFixture.start();
    jack.client.showDraft("#lobby", word);
    jack.view.input.view("");
    jack.nowMs += 2_000;
    jack.type("\r");
    await jack.settleAll();
    assertStringIncludes(jack.view.input.view("").prompt.text, `Post "${word}" to #lobby as text?`);
    jack.nowMs += 2_000;
    jack.type("y");
    await jack.settleAll();
    assertEquals(jack.client.stored.map(({ text }) => text), [word]);
    // It stays a draft that others have, and is not emptied for them.
    assertEquals(sharedOf(jack, "#lobby"), ["", word, ""]);
  });
}

Deno.test("a line of before that is put aside with its conversation is not shared", async () => {
  await using jack = await SessionFixture.start();
  jack.type("said before\r");
  await jack.settleAll();
  jack.client.noted.length = 0;
  jack.type("\x1b[A").type("\x1b2");
  await jack.settleAll();
  assertEquals(sharedOf(jack, "#lobby"), [null]);
});
