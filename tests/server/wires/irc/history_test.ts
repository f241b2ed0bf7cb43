import { assert, assertEquals, assertMatch } from "@std/assert";
import { IrcFixture, type Peer, withoutSource } from "./irc_fixture.ts";

const capabilities = "batch message-tags server-time echo-message draft/chathistory";

/** Somebody in a channel where ten messages were said; gives their ids and times too. */
async function talker(
  fixture: IrcFixture,
): Promise<{ peer: Peer; ids: string[]; times: string[] }> {
  const peer = await fixture.member("ann", { capabilities });
  await peer.ask("JOIN #room");
  const lines: string[] = [];
  for (let index = 0; index < 10; index++) {
    lines.push(...await peer.ask(`PRIVMSG #room :text ${index}`));
  }
  const tag = (name: string) =>
    lines.map((line) => new RegExp(`[@;]${name}=([^; ]+)`).exec(line)![1]!);
  return { peer, ids: tag("msgid"), times: tag("time") };
}

async function texts(peer: Peer, command: string): Promise<number[]> {
  const lines = (await peer.ask(`CHATHISTORY ${command}`)).map(withoutSource);
  assertMatch(lines[0]!, /^BATCH \+\S+ chathistory #room$/);
  assertMatch(lines.at(-1)!, /^BATCH -/);
  return lines.slice(1, -1).map((line) => Number(/^PRIVMSG #room :text (\d)$/.exec(line)![1]));
}

Deno.test("CHATHISTORY finds pages by the ids and by the times of messages", async () => {
  await using fixture = await IrcFixture.start();
  const { peer, ids, times } = await talker(fixture);
  assertEquals(await texts(peer, "LATEST #room * 3"), [7, 8, 9]);
  for (
    const at of [
      (index: number) => `msgid=${ids[index]}`,
      (index: number) => `timestamp=${times[index]}`,
    ]
  ) {
    assertEquals(await texts(peer, `LATEST #room ${at(7)} 50`), [8, 9]);
    assertEquals(await texts(peer, `BEFORE #room ${at(3)} 2`), [1, 2]);
    assertEquals(await texts(peer, `AFTER #room ${at(3)} 2`), [4, 5]);
    assertEquals(await texts(peer, `AROUND #room ${at(5)} 3`), [4, 5, 6]);
    assertEquals(await texts(peer, `BETWEEN #room ${at(2)} ${at(6)} 2`), [3, 4]);
    assertEquals(await texts(peer, `BETWEEN #room ${at(6)} ${at(2)} 2`), [4, 5]);
    assertEquals(await texts(peer, `BETWEEN #room ${at(6)} ${at(2)} 50`), [3, 4, 5]);
  }
  assertEquals(await texts(peer, "AFTER #room timestamp=2100-01-01T00:00:00.000Z 5"), []);
  assertEquals(await texts(peer, "BEFORE #room timestamp=1970-01-01T00:00:00.000Z 5"), []);
});

const bad: Readonly<Record<string, RegExp>> = {
  "LATEST #nowhere * 10": /FAIL CHATHISTORY INVALID_TARGET LATEST #nowhere :/,
  "LATEST #room * 0": /FAIL CHATHISTORY INVALID_PARAMS LATEST #room :/,
  "LATEST #room * many": /FAIL CHATHISTORY INVALID_PARAMS LATEST #room :/,
  "LATEST #room msgid=x 10": /FAIL CHATHISTORY INVALID_MSGREFTYPE LATEST #room :/,
  "LATEST #room timestamp=now 10": /FAIL CHATHISTORY INVALID_PARAMS LATEST #room :/,
  "LATEST #room": /FAIL CHATHISTORY NEED_MORE_PARAMS LATEST #room :/,
  "NEWEST #room * 10": /FAIL CHATHISTORY INVALID_PARAMS NEWEST #room :/,
  "BETWEEN #room msgid=1 msgid=2": /FAIL CHATHISTORY NEED_MORE_PARAMS BETWEEN #room :/,
};

for (const [command, answer] of Object.entries(bad)) {
  Deno.test(`"CHATHISTORY ${command}" fails with a standard reply`, async () => {
    await using fixture = await IrcFixture.start();
    const { peer } = await talker(fixture);
    const [line] = await peer.ask(`CHATHISTORY ${command}`);
    assertMatch(line!, answer);
  });
}

Deno.test("nobody reads a channel that they are not in, or the private messages of others", async () => {
  await using fixture = await IrcFixture.start();
  const { peer } = await talker(fixture);
  await fixture.account("paul");
  await peer.ask("PRIVMSG paul :for paul only");
  const other = await fixture.member("eve", { capabilities });
  assertMatch((await other.ask("CHATHISTORY LATEST #room * 10"))[0]!, /INVALID_TARGET/);
  for (const target of ["ann", "paul"]) {
    assert(
      !(await other.ask(`CHATHISTORY LATEST ${target} * 10`)).join().includes("for paul only"),
    );
  }
  const paul = await fixture.member("paul", { capabilities });
  assertMatch(
    (await paul.ask("CHATHISTORY LATEST ann * 10")).join(),
    /PRIVMSG paul :for paul only/,
  );
  const targets = await paul.ask(
    "CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 10",
  );
  assertMatch(targets[1]!, /CHATHISTORY TARGETS ann \d{4}-/);
});

Deno.test("event-playback shows what else happened, in its place, to those who want it", async () => {
  await using fixture = await IrcFixture.start();
  const caps = `${capabilities} draft/event-playback`;
  const ann = await fixture.member("ann", { capabilities: caps });
  await ann.ask("JOIN #room", "PRIVMSG #room :one");
  const [topic] = await ann.ask("TOPIC #room :two");
  await ann.ask("PRIVMSG #room :three", "MODE #room +m");
  const page = async (command: string) =>
    (await ann.ask(`CHATHISTORY ${command}`)).slice(1, -1).map(withoutSource);
  assertEquals(await page("LATEST #room * 4"), [
    "PRIVMSG #room :one",
    "TOPIC #room :two",
    "PRIVMSG #room :three",
    "MODE #room +m",
  ]);
  const msgid = /msgid=([^; ]+)/.exec(topic!)![1];
  assertEquals(await page(`AFTER #room msgid=${msgid} 1`), ["PRIVMSG #room :three"]);
  assertEquals(await page(`BEFORE #room msgid=${msgid} 1`), ["PRIVMSG #room :one"]);
  assertEquals(await page(`AROUND #room msgid=${msgid} 1`), ["TOPIC #room :two"]);
  await ann.send("CAP REQ :-draft/event-playback");
  await ann.until(/ ACK /);
  assertEquals(await page("LATEST #room * 9"), ["PRIVMSG #room :one", "PRIVMSG #room :three"]);
});
