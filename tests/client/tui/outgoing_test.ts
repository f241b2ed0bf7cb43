/** What is written for one conversation never gets into another. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ErrorCode } from "../../../protocol/wire/errors.ts";
import { SessionFixture, turns } from "./session_fixture.ts";

const refusals: readonly ErrorCode[] = [
  "no_such_user",
  "key_changed",
  "storage_failed",
  "too_many",
];

Deno.test("a refused /pm comes back as the whole command line, and Enter sends it to nobody else", async () => {
  for (const refusal of refusals) {
    await using jack = await SessionFixture.start();
    jack.type("/pm jill the secret\r");
    await jack.settle("private jill", refusal);
    assertEquals(jack.draft, "/pm jill the secret");
    assertStringIncludes(jack.printed.join("\n"), '!! Not sent to jill: "the secret".');
    jack.nowMs += 1_000;
    jack.type("\r");
    await jack.settleAll();
    assertEquals(jack.client.stored, [{ to: "jill", text: "the secret" }]);
  }
});

Deno.test("what is refused in a private conversation comes back into its draft, wherever one is by then", async () => {
  await using jack = await SessionFixture.start();
  jack.type("/pm jill\r");
  await jack.settleAll();
  assertEquals(jack.current, "jill");
  jack.type("the secret\r\x1b1");
  await jack.settle("private jill", "key_changed");
  assertEquals([jack.current, jack.draft], ["#lobby", ""]);
  assertStringIncludes(jack.printed.join("\n"), "It is in the input of jill (Alt-3).");
  assertEquals(jack.type("\x1b[A").draft, "/pm jill");
  jack.type("\x03\x1b3");
  assertEquals([jack.current, jack.draft], ["jill", "the secret"]);
  await jack.settleAll();
  assertEquals(jack.client.stored, []);
});

Deno.test("what is refused while something else is typed is printed whole, and is in the history", async () => {
  await using jack = await SessionFixture.start();
  jack.type("/pm jill one secret\r").type("good mor");
  await jack.settle("private jill", "storage_failed");
  assertEquals(jack.draft, "good mor");
  assertEquals(jack.printed.slice(-2), [
    '!! Not sent to jill: "one secret". Refused: storage_failed. Here it is, to copy:',
    "one secret",
  ]);
  jack.type("ning\r\x1b[A\x1b[A");
  await jack.settleAll();
  assertEquals(jack.client.stored, [{ to: "#lobby", text: "good morning" }]);
});

Deno.test("what is typed while /pm NAME or /join #ROOM waits for the server goes there, or nowhere", async () => {
  for (const [line, request, title] of [["/pm jill", "user", "jill"], ["/join #x", "join", "#x"]]) {
    await using there = await SessionFixture.start();
    there.type(`${line}\rthe secret\r`);
    assertEquals(there.client.requests.map(({ what }) => what), [`${request} ${title}`]);
    await there.settleAll();
    assertEquals(there.client.stored, [{ to: title!, text: "the secret" }]);
    await using nowhere = await SessionFixture.start();
    nowhere.type(`${line}\rone secret\r`);
    await nowhere.settle(request!, "storage_failed");
    await nowhere.settleAll();
    nowhere.type("another secret\r");
    await nowhere.settleAll();
    assertEquals(nowhere.client.stored, []);
    nowhere.nowMs += 1_000;
    nowhere.type("\r");
    await turns();
    nowhere.type("for all\r");
    await nowhere.settleAll();
    assertEquals(nowhere.client.stored, [{ to: "#lobby", text: "for all" }]);
  }
});

Deno.test("after a failed /pm NAME the next lines do not go to the room, until Enter or Escape a second later", async () => {
  for (const key of ["\r", "\x1b"]) {
    await using jack = await SessionFixture.start();
    jack.type("/pm jil\r");
    await jack.settleAll();
    for (let line = 1; line <= 4; line++) {
      jack.nowMs += 900;
      jack.type(`line ${line}\r${key}`);
    }
    assertEquals(jack.bells, 8);
    jack.nowMs += 1_000;
    jack.type(key);
    await jack.settleAll();
    assertEquals(jack.printed.filter((line) => line !== "" && !line.startsWith("---")), [
      '!! No user named "jil".',
      "!! Not sent:",
      "line 1",
      "line 2",
      "line 3",
      "line 4",
    ]);
    jack.type("for all\r");
    await jack.settleAll();
    assertEquals(jack.client.stored, [{ to: "#lobby", text: "for all" }]);
  }
});

Deno.test("after a /join or a number that led nowhere, whoever types nothing for a second just goes on", async () => {
  for (const line of ["/join #x\r", "\x1b9"]) {
    await using jack = await SessionFixture.start();
    jack.type(line);
    await jack.settle("join", "too_many");
    assertEquals(jack.view.input.view("").prompt.text, "(one moment) ", line);
    jack.nowMs += 999;
    assertEquals(jack.view.input.asking, true);
    jack.nowMs += 1;
    assertEquals(jack.view.input.view("").prompt.text, "> ");
    jack.type("for all\r");
    await jack.settleAll();
    assertEquals(jack.client.stored, [{ to: "#lobby", text: "for all" }]);
  }
});

Deno.test("a server that says late that there are no keys gets nothing from the keys of another text", async () => {
  await using jack = await SessionFixture.start();
  jack.type("/pm nokeys the secret\r").type("I think ");
  await jack.settle("private nokeys");
  jack.nowMs += 5_000;
  jack.type("your turn\r");
  jack.nowMs += 5_000;
  jack.type("y").type("\r").type("\x03");
  await jack.settleAll();
  assertEquals(jack.client.stored, [{ to: "#lobby", text: "I think your turn" }]);
  assertEquals(jack.client.readable.size, 0);
});

Deno.test("yes and Enter send all that waited for it readably; Escape gives it back", async () => {
  await using jack = await SessionFixture.start();
  jack.type("/pm nokeys first\r").type("/pm nokeys second\r");
  await jack.settleAll();
  jack.view.input.view("");
  jack.nowMs += 1_000;
  jack.type("yes").type("\r");
  await jack.settleAll();
  assertEquals(jack.client.stored.map(({ text }) => text), ["first", "second"]);
  await using other = await SessionFixture.start();
  other.type("/pm nokeys third\r");
  await other.settleAll();
  other.view.input.view("");
  other.nowMs += 1_000;
  other.type("\x1b");
  await other.settleAll();
  assertEquals(other.draft, "/pm nokeys third");
  assertEquals(other.client.readable.size, 0);
});

Deno.test("what is being typed in a room from which one is taken does not go on in the lobby", async () => {
  await using jack = await SessionFixture.start();
  jack.type("\x1b2only for ");
  jack.client.joined.delete("#dev");
  jack.client.onEvent({ type: "left", room: "#dev" });
  jack.type("the team\r");
  await jack.settleAll();
  assertEquals([jack.current, jack.draft], ["#dev", "only for the team"]);
  jack.type("\x1b1");
  assertEquals([jack.current, jack.draft], ["#lobby", ""]);
  assertStringIncludes(jack.printed.join("\n"), "!! Not sent to #dev:\nonly for the team");
  assertEquals(jack.session.conversations.find("#dev"), undefined);
  assertEquals(jack.client.stored, []);
});

Deno.test("leaving a private conversation leaves the drafts of others where they are", async () => {
  await using jack = await SessionFixture.start();
  jack.type("/pm jill\r");
  await jack.settleAll();
  jack.type("\x1b1half a thou").type("\x1b3").type("/leave\r");
  await jack.settleAll();
  assertEquals([jack.current, jack.draft], ["#lobby", "half a thou"]);
});

Deno.test("/quit without a connection asks at once, and says how many messages wait and for how long", async () => {
  await using jack = await SessionFixture.start();
  jack.client.online = false;
  jack.type("one\r").type("/pm jill two\r").type("/quit\r");
  await turns();
  const question = "No connection, and 2 messages not sent. Wait up to 30 s? " +
    "(y: wait; n: leave now; Esc: stay) ";
  assertEquals(jack.view.input.view("").prompt.text, question);
  jack.type("\x1b");
  await turns();
  assertEquals(jack.left, null);
  for (const [key, waits] of [["y", true], ["n", false]] as const) {
    jack.left = null;
    jack.type("/quit\r");
    jack.nowMs += 1_000;
    jack.type(key);
    await turns();
    assertEquals(jack.left, waits);
  }
  assertEquals(jack.session.unsent.map(({ title, text }) => `${title} ${text}`), [
    "#lobby one",
    "jill two",
  ]);
});

Deno.test("what is typed for somebody while the first posts are still being loaded does not get into the lobby", async () => {
  for (const [line, request, title] of [["/pm jill", "user", "jill"], ["/join #x", "join", "#x"]]) {
    await using jack = await SessionFixture.begin();
    jack.type(`${line}\rthe secret\r`);
    await jack.settle("who");
    assertEquals(jack.client.requests.map(({ what }) => what), [`${request} ${title}`]);
    assertEquals(jack.current, "#lobby");
    await jack.settleAll();
    assertEquals(jack.client.stored, [{ to: title, text: "the secret" }]);
  }
});

Deno.test("a room that is left late leads nobody away who types there, or waits to get elsewhere", async () => {
  await using there = await SessionFixture.start();
  there.type("/leave #dev\r\x1b2").type("not for");
  await there.settle("leave");
  assertEquals([there.current, there.type(" the lobby").draft], ["#dev", "not for the lobby"]);
  await using elsewhere = await SessionFixture.start();
  elsewhere.type("/leave #dev\r\x1b2/pm jill\rthe secret\r");
  await elsewhere.settle("leave");
  await elsewhere.settleAll();
  assertEquals(elsewhere.client.stored, [{ to: "jill", text: "the secret" }]);
});

Deno.test("what is half typed for a room is printed when one is taken out of it elsewhere, and by whom is told", async () => {
  await using jack = await SessionFixture.start();
  jack.type("/join #dev\r");
  await jack.settleAll();
  jack.type("half a thought\x1b1");
  await jack.settleAll();
  jack.client.onEvent({ type: "left", room: "#dev", by: "jill", reason: "Enough." });
  assertEquals(jack.printed.slice(-3), [
    "!! jill has removed you from #dev (Enough.).",
    "!! Not sent to #dev:",
    "half a thought",
  ]);
  assertEquals([jack.current, jack.draft, jack.client.stored], ["#lobby", "", []]);
});
