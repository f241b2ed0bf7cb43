import { assert, assertEquals, assertMatch } from "@std/assert";
import { queueBytesMax, roomsPerAccountMax } from "../../../../protocol/wire/limits.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { fuzzCount } from "../../../fixtures/fuzz_count.ts";
import { assertLines, IrcFixture } from "./irc_fixture.ts";

const encoder = new TextEncoder();

Deno.test("a megabyte without a line end closes that connection only", async () => {
  await using fixture = await IrcFixture.start();
  const honest = await fixture.guest("honest");
  const hostile = fixture.connect();
  const chunk = new Uint8Array(64 * 1024).fill(0x78);
  for (let sent = 0; sent < 1024 * 1024; sent += chunk.length) {
    await hostile.sendBytes(chunk).catch(() => {});
  }
  assertMatch((await hostile.ended()).at(-1)!, /ERROR :Closing link: This is not IRC/);
  assertLines(await honest.sync(), []);
});

Deno.test("10,000 JOINs make no more channels than one address may make, and trouble nobody", async () => {
  await using fixture = await IrcFixture.start();
  const honest = await fixture.guest("honest", { address: "127.0.0.2" });
  const hostile = await fixture.guest("hostile");
  for (let first = 0; first < 10_000; first += 500) {
    const lines = Array.from(
      { length: 500 },
      (_, index) => [`JOIN #n${first + index}`, `PART #n${first + index}`],
    );
    await hostile.ask(...lines.flat());
  }
  assert([...fixture.chat.rooms].length <= 102, String([...fixture.chat.rooms].length));
  assertLines((await honest.ask("JOIN #mine")).slice(0, 1), ["JOIN #mine"]);
});

Deno.test("nobody is in more channels than the limit", async () => {
  await using fixture = await IrcFixture.start();
  const { session } = await fixture.stranger("paul");
  for (let index = 0; index < roomsPerAccountMax - 1; index++) {
    await fixture.chat.join(session, `#p${index}`);
  }
  const ann = await fixture.guest("ann");
  const names = Array.from({ length: roomsPerAccountMax + 5 }, (_, index) => `#p${index}`);
  for (let at = 0; at < names.length; at += 50) {
    await ann.ask(`JOIN ${names.slice(at, at + 50).join(",")}`);
  }
  assertMatch((await ann.ask("JOIN #p0,#p200")).at(-1)!, / 405 ann #p200 :/);
});

for (
  const [what, bytes] of Object.entries({
    "NUL bytes": encoder.encode("PRIVMSG #lobby :a\0b\r\n"),
    "a CR within a line": encoder.encode("PRIVMSG #lobby :a\rQUIT\r\n"),
    "no UTF-8": Uint8Array.of(...encoder.encode("PRIVMSG #lobby :"), 0xff, 0xfe, 13, 10),
    "overlong UTF-8": Uint8Array.of(...encoder.encode("PRIVMSG #lobby :"), 0xc0, 0xaf, 13, 10),
    "a tag bomb": encoder.encode(`@${"a;".repeat(2_040)} PRIVMSG #lobby :x\r\n`),
    "tags without an end": encoder.encode(`@${"a".repeat(4_500)}\r\n`),
    "15 spaces and a colon": encoder.encode("PRIVMSG               :\r\n"),
    "a lone colon": encoder.encode(":\r\n"),
    "escape sequences": encoder.encode("PRIVMSG #lobby :\x1b]0;title\x07\r\n"),
    "10,000 combining marks": encoder.encode(`PRIVMSG #lobby :a${"\u0301".repeat(200)}\r\n`),
  })
) {
  Deno.test(`${what} in a line: answered or passed over, and the next line is read`, async () => {
    await using fixture = await IrcFixture.start();
    const ann = await fixture.guest("ann");
    const bob = await fixture.guest("bob");
    for (const peer of [ann, bob]) await peer.ask("JOIN #lobby");
    await ann.sync();
    await ann.sendBytes(bytes);
    await ann.sync();
    await ann.ask("PRIVMSG #lobby :still here");
    const said = (await bob.sync()).filter((line) => line.includes("PRIVMSG"));
    assertMatch(said.at(-1)!, /:still here$/);
    // Tags beyond the client-only ones are not passed on, the text is.
    assert(said.length <= 2, said.join("\n"));
    for (const line of said) {
      assert(!["\0", "\x1b", "\r"].some((one) => line.includes(one)), JSON.stringify(line));
    }
  });
}

Deno.test("a client that does not read is cut; the others get everything", async () => {
  await using fixture = await IrcFixture.start();
  const slow = await fixture.guest("slow");
  const ann = await fixture.guest("ann");
  for (const peer of [slow, ann]) await peer.ask("JOIN #lobby");
  slow.socket.stallWrites();
  const { session } = await fixture.stranger("paul");
  const body = "x".repeat(400);
  const count = Math.ceil(queueBytesMax / body.length);
  for (let index = 0; index < count; index++) {
    await fixture.chat.post(session, { room: "#lobby", id: `p${index}`, kind: "text", body });
  }
  await settled();
  assertEquals(slow.socket.closed, true);
  const lines = await ann.sync();
  assertEquals(lines.filter((line) => line.includes("PRIVMSG")).length, count);
  assert(lines.some((line) => line.endsWith("QUIT :Read too slowly")));
});

Deno.test("a client that sends too fast is read slowly, and loses nothing", async () => {
  await using fixture = await IrcFixture.start({ postsPerSecond: 10 });
  const ann = await fixture.guest("ann");
  const bob = await fixture.guest("bob");
  for (const peer of [ann, bob]) await peer.ask("JOIN #lobby");
  await ann.sync();
  const texts = Array.from({ length: 200 }, (_, index) => `line ${index}`);
  await ann.send(...texts.map((text) => `PRIVMSG #lobby :${text}`));
  await settled();
  const early = (await bob.sync()).length;
  assert(early >= 100 && early < 200, `${early} of a burst came at once`);
  // The gate waits in real time; its clock is the test's.
  fixture.nowMs += 60_000;
  const rest = await bob.until(/:line 199$/);
  assertEquals(early + rest.length, 200);
});

for (const [what, line] of Object.entries({ "NUL": "a\0b", "too many bytes": "x".repeat(600) })) {
  Deno.test(`lines that are refused for ${what} count for flood control as well`, async () => {
    await using fixture = await IrcFixture.start({ postsPerSecond: 10 });
    const ann = await fixture.guest("ann");
    const bob = await fixture.guest("bob");
    for (const peer of [ann, bob]) await peer.ask("JOIN #lobby");
    await ann.send(...Array.from({ length: 300 }, () => line), "PRIVMSG #lobby :after all");
    await settled();
    assertLines(await bob.sync(), []);
    fixture.nowMs += 60_000;
    assertEquals((await bob.until(/:after all$/)).length, 1);
  });
}

Deno.test("random lines are answered without harm", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = mulberry32(seed);
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)]!;
  await using fixture = await IrcFixture.start({ operator: "root" });
  const honest = await fixture.guest("honest");
  await honest.ask("JOIN #lobby");
  const caps =
    "message-tags batch labeled-response echo-message draft/multiline draft/metadata-3 sasl";
  const hostile = await fixture.guest("hostile", { capabilities: caps });
  for (let round = 0; round < fuzzCount(20, 60); round++) {
    const lines = Array.from({ length: 50 }, () => {
      const count = Math.floor(random() * 5);
      const params = Array.from({ length: count }, () => pick(words));
      return `${pick(tags)}${pick(commands)} ${params.join(" ")}`.slice(0, 500);
    });
    await hostile.ask(...lines).catch((error) => {
      throw new Error(`seed ${seed}, after:\n${lines.join("\n")}`, { cause: error });
    });
  }
  await honest.sync();
  assertEquals(fixture.visibleLog.filter((line) => line.startsWith("error")), [], `seed ${seed}`);
});

const tags = [
  "",
  "",
  "@label=x ",
  "@batch=1 ",
  "@+typing=active ",
  "@label ",
  "@draft/multiline-concat;batch=1 ",
];
const words = [
  "#lobby",
  "#a",
  "#b,#a",
  "hostile",
  "honest",
  "nobody",
  "*",
  "",
  ":",
  ":two words",
  "+ov",
  "-o",
  "+b",
  "m:*",
  "+k",
  "+l",
  "5",
  "-l",
  "0",
  "msgid=1",
  "timestamp=2027-01-15T00:00:00Z",
  "timestamp=x",
  "10",
  "%tcuihsnfdlaor,42",
  "LS",
  "302",
  "REQ",
  "LIST",
  "SET",
  "GET",
  "SUB",
  "+1",
  "-1",
  "draft/multiline",
  "#",
  "@#lobby",
  "+#lobby",
  "~honest",
  "\x01PING\x01",
  "ä",
  "*!*@*",
  "LATEST",
  "BETWEEN",
  "AROUND",
  "TARGETS",
  "C<1",
  "!x",
  ">0",
  "C",
  "L",
  "S",
  "+",
  "-",
];
const commands = [
  "ADMIN",
  "AUTHENTICATE",
  "AWAY",
  "BATCH",
  "CAP",
  "CHATHISTORY",
  "HELP",
  "INFO",
  "INVITE",
  "ISON",
  "JOIN",
  "KICK",
  "KILL",
  "LINKS",
  "LIST",
  "LUSERS",
  "MARKREAD",
  "METADATA",
  "MODE",
  "MONITOR",
  "MOTD",
  "NAMES",
  "NICK",
  "NOTICE",
  "OPER",
  "PART",
  "PASS",
  "PING",
  "PONG",
  "PRIVMSG",
  "REGISTER",
  "REHASH",
  "SETNAME",
  "TAGMSG",
  "TIME",
  "TOPIC",
  "USER",
  "USERHOST",
  "VERIFY",
  "VERSION",
  "WALLOPS",
  "WHO",
  "WHOIS",
  "WHOWAS",
  "NONSENSE",
  "",
];

/** A small generator whose seed can be printed and used again. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

Deno.test("who asks and does not read the answers is not asked for more until they are gone", async () => {
  await using fixture = await IrcFixture.start();
  const hostile = await fixture.guest("hostile");
  const resume = hostile.socket.stallWrites();
  const token = "x".repeat(400);
  await hostile.send(...Array.from({ length: 20_000 }, () => `PING ${token}`));
  await settled();
  assert(!hostile.socket.closed);
  resume();
  const lines = await hostile.sync();
  assertEquals(lines.filter((line) => line.includes(token)).length, 20_000);
});

Deno.test("LIST tries a few masks on every channel, not hundreds", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #one,#two,#three,#four,#five");
  const lines = await ann.ask("LIST #one,#tw*,#thr?e,#four,#five");
  assertEquals(lines.filter((line) => / 322 /.test(line)).length, 4);
});

Deno.test("nobody can put a line of their own into another's connection", async () => {
  await using fixture = await IrcFixture.start();
  const victim = await fixture.guest("victim");
  const capabilities = "batch draft/multiline message-tags labeled-response echo-message";
  const mallory = await fixture.guest("mallory", { capabilities });
  await victim.ask("JOIN #lobby", "JOIN #own");
  await mallory.ask("JOIN #lobby", "JOIN #own");
  await victim.ask("MODE #own +v mallory");
  await mallory.sync();
  const forged = ":alice!chat@member.chat PRIVMSG victim :I am alice";
  const said = [["#lobby", "\x01VERSION\x01"], ["victim", "\x01VERSION\x01"], ["@#own", "hello"]];
  for (const [target, first] of said) {
    const answers = await mallory.ask(
      `BATCH +x draft/multiline ${target}`,
      `@batch=x PRIVMSG ${target} :${first}`,
      `@batch=x PRIVMSG ${target} :${forged}`,
      "BATCH -x",
    );
    assertMatch(answers.join("\n"), /FAIL BATCH MULTILINE_INVALID/, target);
  }
  const labelled = await mallory.ask("@label=a\\n:alice!chat@member.chat\\r\\n PING x");
  assertEquals(labelled.length, 1, labelled.join("\n"));
  assertLines(await victim.sync(), []);
});

Deno.test("an action of several lines stays one action for those who see it line by line", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const bob = await fixture.guest("bob", { capabilities: "batch draft/multiline message-tags" });
  await ann.ask("JOIN #lobby");
  await bob.ask("JOIN #lobby");
  await ann.sync();
  await bob.ask(
    "BATCH +x draft/multiline #lobby",
    "@batch=x PRIVMSG #lobby :\x01ACTION waves",
    "@batch=x PRIVMSG #lobby :and goes\x01",
    "BATCH -x",
  );
  assertLines(await ann.sync(), [
    "PRIVMSG #lobby :\x01ACTION waves\x01",
    "PRIVMSG #lobby :\x01ACTION and goes\x01",
  ]);
});

Deno.test("NAMES lists a channel once, however many spellings of it are asked for, and few channels at once", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const rooms = ["#a1", "#a2", "#a3", "#a4", "#a5"];
  for (const room of ["#lobby", ...rooms]) await ann.ask(`JOIN ${room}`);
  const lists = async (names: string[]) =>
    (await ann.ask(`NAMES ${names.join(",")}`)).filter((line) => / 353 /.test(line)).length;
  assertEquals(await lists(["#lobby", "#Lobby", "#LOBBY", "#lobbY"]), 1);
  assertEquals(await lists(rooms), 4);
});

Deno.test("a guest who comes again by another nick may not post faster", async () => {
  await using fixture = await IrcFixture.start({ postsAtOnce: 3 });
  const say = async (nick: string, address: string) => {
    const guest = await fixture.guest(nick, { address });
    const answers = await guest.ask("JOIN #lobby", "PRIVMSG #lobby :one", "PRIVMSG #lobby :two");
    return answers.filter((line) => /You are posting faster/.test(line)).length;
  };
  assertEquals(await say("ann", "192.0.2.1"), 0);
  assertEquals(await say("bob", "192.0.2.1"), 1);
  assertEquals(await say("cid", "192.0.2.2"), 0);
});
