/** What people say of themselves, or about going, is harmless when others are shown it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { harmlessText } from "../../../../server/wires/irc/format/text.ts";
import { assertLines, IrcFixture, type Peer, withoutSource } from "./irc_fixture.ts";

const evil = "a\x1b]0;x\x07\u202e\x9b\u2066z";
const harmless = "a\u241b]0;x\u2407\ufffdz";

Deno.test("harmlessText() keeps formatting codes and honest scripts, makes the rest visible, and cuts", () => {
  const honest =
    "\x02bold\x02 \x0304,12red\x03 \x04ff0000x\x04 \x1dit\x0f مرحبا 👩\u200d👩\u200d👧 日本";
  assertEquals(harmlessText(honest), honest);
  assertEquals(harmlessText(`\x02${evil}\x02`), `\x02${harmless}\x02`);
  assertEquals(harmlessText("one\u2028two\tthree"), "one ⏎ two    three");
  assertEquals(harmlessText("\x1b\x1b\x1b", 7), "\u241b\u241b");
  assertEquals(harmlessText(""), "");
});

/** An observer who is told everything, and somebody in the same channel. */
async function watched(fixture: IrcFixture): Promise<{ ann: Peer; observer: Peer }> {
  const capabilities =
    "message-tags batch away-notify extended-join setname draft/metadata-3 invite-notify";
  const observer = await fixture.guest("observer", { capabilities });
  await observer.ask("JOIN #room", "METADATA * SUB avatar", "MODE observer +w");
  const ann = await fixture.guest("ann", { capabilities });
  await ann.ask("JOIN #room");
  await observer.sync();
  return { ann, observer };
}

const told: Readonly<Record<string, string>> = {
  [`AWAY :${evil}`]: `AWAY :${harmless}`,
  [`SETNAME :${evil}`]: `SETNAME :${harmless}`,
  [`METADATA * SET avatar :${evil}`]: `761 observer ann avatar * :${harmless}`,
  [`PART #room :${evil}`]: `PART #room :${harmless}`,
  [`QUIT :${evil}`]: `QUIT :Quit: ${harmless}`,
  [`@+draft/x=${evil} TAGMSG #room`]: "TAGMSG #room",
};

for (const [command, line] of Object.entries(told)) {
  const name = /[A-Z]{4,}/.exec(command)![0];
  Deno.test(`the text of ${name} is harmless when others are told`, async () => {
    await using fixture = await IrcFixture.start();
    const { ann, observer } = await watched(fixture);
    await ann.send(command);
    const lines = await observer.until(new RegExp(` ${line.split(" ")[0]} `));
    assertLines(lines, [line]);
    for (const character of "\x1b\x07\x9b\u202e\u2066") {
      assert(!lines[0]!.includes(character), JSON.stringify(lines[0]));
    }
  });
}

Deno.test("a real name is harmless from the beginning: in JOIN, WHO and WHOIS", async () => {
  await using fixture = await IrcFixture.start();
  const { observer } = await watched(fixture);
  const bob = fixture.connect();
  await bob.send("NICK bob", `USER bob 0 * :${evil}`);
  await bob.until(/ 422 /);
  await bob.ask("JOIN #room");
  assertLines(await observer.sync(), [`JOIN #room * :${harmless}`]);
  assertMatch((await observer.ask("WHO bob"))[0]!, new RegExp(` :0 ${RegExp.escape(harmless)}$`));
  assertMatch((await observer.ask("WHOIS bob"))[0]!, new RegExp(`:${RegExp.escape(harmless)}$`));
});

Deno.test("the reason of KICK and KILL and the words of WALLOPS are harmless", async () => {
  await using fixture = await IrcFixture.start({ operator: "root" });
  const { ann, observer } = await watched(fixture);
  const root = await fixture.member("root");
  await root.ask("JOIN #room", "OPER root :password of root");
  await observer.sync();
  await root.ask(`KICK #room ann :${evil}`, `WALLOPS :${evil}`);
  assertLines(await observer.sync(), [`KICK #room ann :${harmless}`, `WALLOPS :${harmless}`]);
  await ann.ask("JOIN #room");
  await observer.sync();
  await root.ask(`KILL ann :${evil}`);
  assertLines(await observer.sync(), [`QUIT :Killed (root (${harmless}))`]);
});

Deno.test("what is relayed and not kept is refused as a message would be", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, observer } = await watched(fixture);
  for (const target of ["#room", "@#room", "observer"]) {
    const [answer] = await ann.ask(`PRIVMSG ${target} :\x01PING ${evil}\x01`);
    assertMatch(answer!, / (404|400) ann .*A message cannot contain control characters/, target);
  }
  assertLines(await observer.sync(), []);
  await ann.ask("PRIVMSG @#room :\x02bold\x02", "PRIVMSG observer :\x01PING 1\x01");
  assertLines(await observer.sync(), [
    "PRIVMSG @#room :\x02bold\x02",
    "PRIVMSG observer :\x01PING 1\x01",
  ]);
});

Deno.test("a mask of a list has no spaces and control characters", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, observer } = await watched(fixture);
  for (const mask of [evil, "two words", "x\u202e"]) {
    const [answer] = await observer.ask(`MODE #room +b :${mask}`);
    assertMatch(withoutSource(answer!), /^696 observer #room b \* :A mask cannot contain spaces/);
  }
  assertLines(await ann.sync(), []);
});
