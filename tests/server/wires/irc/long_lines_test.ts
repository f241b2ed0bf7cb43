import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertLines, IrcFixture, passwordOf, withoutSource } from "./irc_fixture.ts";

/** Bytes of a line without its end. */
const bodyBytesMax = 510;

function assertFit(lines: readonly string[]): void {
  for (const line of lines) {
    const bytes = new TextEncoder().encode(line.replace(/^@\S+ /, "")).length;
    assert(bytes <= bodyBytesMax, `${bytes} bytes: ${line}`);
  }
}

/** A command whose line is as long as one may be. */
function fullLine(head: string, text = "word "): string {
  const room = bodyBytesMax - new TextEncoder().encode(head).length;
  const filled = text.repeat(Math.floor(room / new TextEncoder().encode(text).length));
  return (head + filled).trimEnd();
}

function textOf(line: string): string {
  return withoutSource(line).replace(/^.*? :/, "");
}

for (const text of ["word ", "ä", "時", "👩‍👩‍👧 "]) {
  Deno.test(`a whole line of ${JSON.stringify(text)} is shown to others in two that fit`, async () => {
    await using fixture = await IrcFixture.start();
    const ann = await fixture.guest("ann");
    const bob = await fixture.guest("bob");
    for (const peer of [ann, bob]) await peer.ask("JOIN #lobby");
    await ann.sync();
    for (const target of ["#lobby", "bob"]) {
      const line = fullLine(`PRIVMSG ${target} :`, text);
      assertLines(await ann.ask(line), []);
      const lines = await bob.sync();
      assertEquals(lines.length, 2);
      assertFit(lines);
      assertEquals(lines.map(textOf).join(""), textOf(`: ${line}`));
    }
  });
}

Deno.test("a line that would have to be cut within a word is refused: half an address is none", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const bob = await fixture.guest("bob");
  for (const peer of [ann, bob]) await peer.ask("JOIN #lobby");
  await ann.sync();
  const overhead = ":ann!~ann@0123456789.guest.chat ".length;
  for (const target of ["#lobby", "bob"]) {
    const line = fullLine(`PRIVMSG ${target} :`, "x");
    // The last one is cut beside a character that is none of ASCII.
    for (const one of [line, `${line.slice(0, -overhead - 1)}👍`]) {
      assertLines(await ann.ask(one), ["417 ann :This line is too long"]);
    }
    assertLines(await ann.ask(line.slice(0, -overhead)), []);
    assertEquals((await bob.sync()).length, 1);
  }
  assertEquals(fixture.storage.data.posts.length, 2);
});

Deno.test("a whole line is one message for those who know messages of several lines, its sender among them", async () => {
  await using fixture = await IrcFixture.start();
  const capabilities = "batch message-tags draft/multiline echo-message";
  const ann = await fixture.guest("ann", { capabilities });
  await ann.ask("JOIN #lobby");
  const lines = (await ann.ask(fullLine("PRIVMSG #lobby :"))).map((line) =>
    line.replace(/:(word ?)+/, ":words")
  );
  assertEquals(lines.map((line) => line.replace(/:ann!\S+ /, "").replace(/msgid=\d+/, "msgid=1")), [
    "@msgid=1 BATCH +1 draft/multiline #lobby",
    "@batch=1 PRIVMSG #lobby :words",
    "@batch=1;draft/multiline-concat PRIVMSG #lobby :words",
    ":irc.test BATCH -1",
  ]);
});

Deno.test("the lines of a message of several lines are cut where they do not fit", async () => {
  await using fixture = await IrcFixture.start();
  const capabilities = "batch message-tags draft/multiline";
  const [ann, bob, cid] = [
    await fixture.guest("ann", { capabilities }),
    await fixture.guest("bob", { capabilities }),
    await fixture.guest("cid"),
  ];
  for (const peer of [ann, bob, cid]) await peer.ask("JOIN #lobby");
  for (const peer of [ann, bob]) await peer.sync();
  const line = fullLine("PRIVMSG #lobby :", "x");
  await ann.ask(
    "BATCH +1 draft/multiline #lobby",
    `@batch=1 ${line}`,
    "@batch=1 PRIVMSG #lobby :end",
    "BATCH -1",
  );
  const [batch, plain] = [await bob.sync(), await cid.sync()];
  for (const lines of [batch, plain]) assertFit(lines);
  assertEquals(plain.map(textOf).join(""), `${textOf(`: ${line}`)}end`);
  assertEquals(
    batch.slice(1, -1).map((one) => one.includes("draft/multiline-concat")),
    [false, true, false],
  );
});

Deno.test("what only operators and voices hear, and wallops, are cut as well", async () => {
  await using fixture = await IrcFixture.start({ operator: "root" });
  const root = await fixture.member("root");
  const bob = await fixture.member("bob");
  for (const peer of [root, bob]) await peer.ask("JOIN #room");
  await root.ask("MODE #room +o bob", `OPER root :${passwordOf("root")}`);
  await bob.ask("MODE bob +w");
  for (const head of ["PRIVMSG @#room :", "WALLOPS :"]) {
    const line = fullLine(head);
    await root.ask(line);
    const lines = await bob.sync();
    assertEquals(lines.length, 2);
    assertFit(lines);
    assertEquals(lines.map(textOf).join(""), textOf(`: ${line}`));
  }
});

Deno.test("the reason of a removal on another wire is cut, also where it grows by what is shown in its place", async () => {
  await using fixture = await IrcFixture.start();
  const { session } = await fixture.stranger("paul");
  await fixture.chat.join(session, "#room");
  for (const reason of ["\n".repeat(300), "\x01".repeat(300), "ä".repeat(150)]) {
    const bob = await fixture.guest("bob");
    await bob.ask("JOIN #room");
    const { user } = [...fixture.chat.room("#room").sessions].at(-1)!;
    await fixture.chat.ruling.remove(session, "#room", user, reason);
    const lines = await bob.sync();
    assertEquals(lines.length, 1);
    assertFit(lines);
    await bob.send("QUIT");
    await bob.ended();
  }
});

Deno.test("modes that do not fit one line are told in several", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const bob = await fixture.guest("bob");
  for (const peer of [ann, bob]) await peer.ask("JOIN #room");
  const masks = Array.from({ length: 12 }, (_, at) => `${"x".repeat(35)}${at + 10}`);
  for (const sign of ["+", "-"]) {
    const told = await ann.ask(`MODE #room ${sign}${"b".repeat(12)} ${masks.join(" ")}`);
    for (const lines of [told, await bob.sync()]) {
      assertFit(lines);
      const modes = lines.filter((line) => line.includes(" MODE #room "));
      const words = modes.flatMap((line) => line.split(" ").slice(4));
      assertEquals(words, masks.map((mask) => `${mask}!*@*`));
    }
  }
});

Deno.test("a question of CTCP that would have to be cut on its way is refused: half of it is none", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const bob = await fixture.guest("bob");
  assertLines(await ann.ask(fullLine("PRIVMSG bob :\x01PING ", "x")), [
    "417 ann :This line is too long",
  ]);
  assertLines(await bob.sync(), []);
});

for (const kind of ["text", "action"] as const) {
  Deno.test(`a line of history fits with the time in it, too: ${kind}`, async () => {
    await using fixture = await IrcFixture.start();
    const { session } = await fixture.stranger("paul");
    await fixture.chat.join(session, "#room");
    const body = "word ".repeat(150).trimEnd();
    await fixture.chat.post(session, { room: "#room", id: "A".repeat(22), kind, body });
    const ann = await fixture.member("ann");
    const lines = (await ann.ask("JOIN #room")).filter((line) => line.includes(" PRIVMSG "));
    assertEquals(lines.length, 2);
    assertFit(lines);
    const texts = lines.map((line) => {
      const [, action = line] = line.split("\x01");
      return kind === "text" ? textOf(line) : action.replace(/^ACTION /, "");
    });
    for (const text of texts) assertMatch(text, /^\[2027-01-15 \d\d:\d\d\] word/);
    assertEquals(texts.map((text) => text.slice("[2027-01-15 00:00] ".length)).join(""), body);
  });
}
