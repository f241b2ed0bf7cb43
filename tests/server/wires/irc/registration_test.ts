import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { sessionsPerAccountMax } from "../../../../protocol/wire/limits.ts";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { idleProbeMs, idleTimeoutMs } from "../../../../protocol/wire/limits.ts";
import { deriveKeys, ScramClient } from "../../../../protocol/scram/scram.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { assertLines, IrcFixture, passwordOf, type Peer, withoutSource } from "./irc_fixture.ts";

Deno.test("a guest is welcomed in the order that clients expect", async () => {
  await using fixture = await IrcFixture.start({ motd: "Be kind.\nBe brief." });
  const peer = fixture.connect();
  await peer.send("NICK ann", "USER ann 0 * :Ann");
  const numerics = (await peer.until(/ 376 /)).map((line) => line.split(" ")[1]);
  const once = numerics.filter((numeric, index) => numeric !== numerics[index - 1]);
  assertEquals(once, [
    ..."001 002 003 004 005 251 252 253 254 255 265 266 375 372 376".split(" "),
  ]);
});

Deno.test("a guest is called ~nick by the heart, and nick on this wire", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const bob = await fixture.guest("bob");
  await bob.ask("JOIN #room");
  await ann.ask("JOIN #room");
  const { name, nameKey, account } = fixture.chat.presence.user("~ann")!;
  assertEquals([name, nameKey, account], ["~ann", "~ann", false]);
  assertLines(await bob.sync(), ["JOIN #room"]);
  await ann.ask("PRIVMSG #room :hi");
  const [line] = await bob.sync();
  assertMatch(line!, /^:ann!~ann@[0-9a-f]{10}\.guest\.chat PRIVMSG #room :hi$/);
});

Deno.test("a nick that a guest has cannot be taken, in whatever letter case", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.guest("ann");
  const peer = fixture.connect();
  await peer.send("NICK Ann", "USER x 0 * :X");
  await peer.until(/^:irc\.test 433 Ann Ann :/);
  await peer.send("NICK bob");
  await peer.until(/ 001 bob :/);
});

Deno.test("of two who want the same nick at once, one gets it", async () => {
  await using fixture = await IrcFixture.start();
  const release = fixture.storage.hold();
  const peers = [fixture.connect(), fixture.connect()];
  for (const peer of peers) await peer.send("NICK ann", "USER x 0 * :X");
  await settled();
  release();
  const answers = await Promise.all(
    peers.map(async (peer) => (await peer.until(/ 001 | 433 /)).at(-1)!),
  );
  assertEquals(answers.map((line) => line.split(" ")[1]).sort(), ["001", "433"]);
});

Deno.test("of two guests who change to the same nick at once, in whatever case, one gets it", async () => {
  await using fixture = await IrcFixture.start();
  const peers = [await fixture.guest("ann"), await fixture.guest("bob")];
  const release = fixture.storage.hold();
  await Promise.all(peers.map((peer, index) => peer.send(`NICK ${["Cid", "cid"][index]}`)));
  await settled();
  release();
  const answers = await Promise.all(
    peers.map(async (peer) => (await peer.until(/ NICK :| 433 /)).at(-1)!),
  );
  assertEquals(answers.map((line) => line.split(" ")[1]).sort(), ["433", "NICK"]);
});

Deno.test("no guest gets a name that is kept back, and whoever has it as an account does", async () => {
  await using fixture = await IrcFixture.start();
  const peer = fixture.connect();
  await peer.send("USER x 0 * :X", "NICK Operator");
  await peer.until(/ 433 \S+ Operator :This nick is reserved/);
  await peer.send("NICK adrnin", "NICK operator_");
  await peer.until(/ 001 operator_ /);
  const root = await fixture.member("root");
  await root.send("NICK root");
  await peer.send("WHOIS root");
  await peer.until(/ 311 operator_ root /);
});

Deno.test("no guest gets the name of an account, or one that looks like it", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const peer = fixture.connect();
  // The second is Cyrillic: it looks the same.
  await peer.send("USER x 0 * :X", "NICK paul");
  await peer.until(/ 433 paul paul :/);
  await peer.send("NICK раul");
  await peer.until(/ 43[23] /);
  await peer.send("NICK paui", "NICK pau1");
  await peer.until(/ 001 paui /);
  await peer.until(/ 433 paui pau1 :/);
});

for (
  const nick of [
    "",
    "*",
    "a b",
    ":a",
    "~ann",
    "#ann",
    "@ann",
    "nickserv",
    "-a",
    "a".repeat(33),
    "a\x01b",
    "😊",
  ]
) {
  Deno.test(`the nick ${JSON.stringify(nick)} is refused`, async () => {
    await using fixture = await IrcFixture.start();
    const peer = fixture.connect();
    await peer.send("USER x 0 * :X", `NICK :${nick}`);
    await peer.until(/^:irc\.test 43[12] /);
  });
}

Deno.test("a nick in another script is shown as it is", async () => {
  await using fixture = await IrcFixture.start();
  const peer = fixture.connect();
  await peer.send("NICK Jürgen", "USER j 0 * :J");
  await peer.until(/ 001 Jürgen :.* Jürgen!~j@/);
});

Deno.test("a server without open registration takes no guests", async () => {
  await using fixture = await IrcFixture.start({ registration: "closed" });
  const peer = fixture.connect();
  await peer.send("NICK ann", "USER a 0 * :A");
  const lines = await peer.ended();
  assertMatch(lines.at(-1)!, /^:irc\.test ERROR :/);
  assert(lines.some((line) => line.includes("sign in by SASL")));
});

Deno.test("SASL PLAIN signs in: the account's name is the nick, whatever was asked for", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("Paula");
  const peer = fixture.connect();
  await peer.send("CAP LS 302", "CAP REQ :sasl", "NICK other", "USER p 0 * :P");
  await peer.send(
    "AUTHENTICATE PLAIN",
    `AUTHENTICATE ${encodeBase64(`\0paula\0${passwordOf("Paula")}`)}`,
  );
  await peer.until(/ 900 \S+ \S+ Paula :/);
  await peer.until(/ 903 /);
  await peer.send("CAP END");
  await peer.until(/ 001 Paula :.* Paula!~p@member\.chat$/);
});

async function saslPeer(fixture: IrcFixture): Promise<Peer> {
  const peer = fixture.connect();
  await peer.send("CAP REQ :sasl", "NICK guest", "USER p 0 * :P");
  await peer.until(/ ACK /);
  return peer;
}

const badPlain: Readonly<Record<string, string>> = {
  "a wrong password": encodeBase64(`\0paul\0wrong password`),
  "a name without an account": encodeBase64(`\0nobody\0${passwordOf("paul")}`),
  "a password that cannot exist": encodeBase64(`\0paul\0short`),
  "acting for someone else": encodeBase64(`ann\0paul\0${passwordOf("paul")}`),
  "too few parts": encodeBase64(`\0paul`),
  "too many parts": encodeBase64(`\0paul\0a\0b`),
  "no UTF-8": encodeBase64(Uint8Array.of(0, 0xff, 0, 0xff)),
  "no base64": "!!!",
  "nothing": "+",
};

for (const [what, data] of Object.entries(badPlain)) {
  Deno.test(`SASL PLAIN refuses ${what}, and the client may go on as a guest`, async () => {
    await using fixture = await IrcFixture.start();
    await fixture.account("paul");
    const peer = await saslPeer(fixture);
    await peer.send("AUTHENTICATE PLAIN", `AUTHENTICATE ${data}`);
    await peer.until(/ 904 /);
    await peer.send("CAP END");
    await peer.until(/ 001 guest /);
  });
}

Deno.test("SASL says so where the account is connected too often, before and after registration", async () => {
  await using fixture = await IrcFixture.start();
  const peer = await saslPeer(fixture);
  const strangers = [];
  for (let at = 0; at < sessionsPerAccountMax; at++) strangers.push(await fixture.stranger("paul"));
  const data = encodeBase64(`\0paul\0${passwordOf("paul")}`);
  const signIn = () => peer.send("AUTHENTICATE PLAIN", `AUTHENTICATE ${data}`);
  await signIn();
  await peer.until(/ 904 .*paul already has 50 connections/);
  await peer.send("CAP END");
  await peer.until(/ 001 guest /);
  await signIn();
  await peer.until(/ 904 .*paul already has 50 connections/);
  fixture.chat.disconnect(strangers[0]!.session);
  await signIn();
  await peer.until(/ 903 /);
});

Deno.test("SASL can be given up, and a message that is too long ends it", async () => {
  await using fixture = await IrcFixture.start();
  const peer = await saslPeer(fixture);
  await peer.send("AUTHENTICATE PLAIN", "AUTHENTICATE *");
  await peer.until(/ 906 /);
  await peer.send("AUTHENTICATE PLAIN", `AUTHENTICATE ${"A".repeat(401)}`);
  await peer.until(/ 905 /);
  await peer.send(
    "AUTHENTICATE PLAIN",
    ...Array.from({ length: 10 }, () => `AUTHENTICATE ${"A".repeat(400)}`),
  );
  await peer.until(/ 905 /);
  await peer.send("AUTHENTICATE NONSENSE");
  await peer.until(/ 908 \S+ PLAIN,SCRAM-SHA-256 :/);
});

Deno.test("a password that takes several lines of SASL is put together, also where the last one is full", async () => {
  await using fixture = await IrcFixture.start();
  // 400 characters of base64 a line: these end within a line, and at the end of one.
  for (const [name, length] of [["ann", 500], ["bob", 592]] as const) {
    const long = "x".repeat(length);
    await fixture.accounts.registerWithPassword(name, long);
    const peer = await saslPeer(fixture);
    const text = encodeBase64(`${name}\0${name}\0${long}`);
    const chunks = text.match(/.{1,400}/g)!;
    if (text.length % 400 === 0) chunks.push("+");
    await peer.send("AUTHENTICATE PLAIN", ...chunks.map((chunk) => `AUTHENTICATE ${chunk}`));
    await peer.until(/ 903 /);
  }
});

Deno.test("a guest who signs in is answered first, and then gets the nick of the account", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const peer = await fixture.guest("zoe", { capabilities: "sasl" });
  const lines = await peer.ask(
    "AUTHENTICATE PLAIN",
    `AUTHENTICATE ${encodeBase64(`\0paul\0${passwordOf("paul")}`)}`,
  );
  assertEquals(lines.map((line) => withoutSource(line).split(" ")[0]), [
    "AUTHENTICATE",
    "900",
    "903",
    "NICK",
  ]);
  assertLines(await peer.ask("AUTHENTICATE PLAIN"), ["907 paul :You are signed in already"]);
});

Deno.test("a password that the busy server did not check is no wrong one", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const peer = await saslPeer(fixture);
  const signIn = () =>
    peer.send(
      "AUTHENTICATE PLAIN",
      `AUTHENTICATE ${encodeBase64(`\0paul\0${passwordOf("paul")}`)}`,
    );
  const check = fixture.accounts.checkPassword;
  fixture.accounts.checkPassword = () => Promise.reject(new ChatError("slow_down", "It is busy."));
  for (let tries = 0; tries < 6; tries++) {
    await signIn();
    assertStringIncludes((await peer.until(/ 904 /)).at(-1)!, "It is busy.");
  }
  fixture.accounts.checkPassword = check;
  await signIn();
  await peer.until(/ 903 /);
});

Deno.test("wrong passwords slow down", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const lines = await Promise.all(Array.from({ length: 6 }, async () => {
    const peer = await saslPeer(fixture);
    await peer.send("AUTHENTICATE PLAIN", `AUTHENTICATE ${badPlain["a wrong password"]}`);
    return (await peer.until(/ 904 /)).at(-1)!;
  }));
  assertEquals(lines.filter((line) => line.includes("Too many tries to sign in")).length, 1);
});

Deno.test("SCRAM-SHA-256 signs in without the password leaving the client", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const peer = await saslPeer(fixture);
  const client = new ScramClient({
    userName: "paul",
    keysFor: (salt, iterations) => deriveKeys(passwordOf("paul"), salt, iterations),
    binding: "not_supported",
    iterationsMin: 1,
  });
  await peer.send("AUTHENTICATE SCRAM-SHA-256");
  await peer.until(/^AUTHENTICATE \+$/);
  await peer.send(`AUTHENTICATE ${encodeBase64(client.first)}`);
  const first = await challenge(peer);
  await peer.send(`AUTHENTICATE ${encodeBase64(await client.respond(first))}`);
  client.verify(await challenge(peer));
  await peer.send("AUTHENTICATE +");
  await peer.until(/ 903 /);
  await peer.send("CAP END");
  await peer.until(/ 001 paul /);
});

Deno.test("SCRAM-SHA-256 refuses a wrong password", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const peer = await saslPeer(fixture);
  const client = new ScramClient({
    userName: "paul",
    keysFor: (salt, iterations) => deriveKeys("another password", salt, iterations),
    binding: "not_supported",
    iterationsMin: 1,
  });
  await peer.send("AUTHENTICATE SCRAM-SHA-256", `AUTHENTICATE ${encodeBase64(client.first)}`);
  await peer.until(/^AUTHENTICATE \+$/);
  await peer.send(`AUTHENTICATE ${encodeBase64(await client.respond(await challenge(peer)))}`);
  await peer.until(/ 904 /);
});

/** What the server says in an exchange. */
async function challenge(peer: Peer): Promise<string> {
  const line = (await peer.until(/^AUTHENTICATE ./)).at(-1)!;
  return new TextDecoder().decode(decodeBase64(line.split(" ")[1]!));
}

Deno.test("passwords are not taken where others could read them", async () => {
  await using fixture = await IrcFixture.start();
  const far = fixture.connect({ address: "192.0.2.9" });
  await far.send("CAP LS 302");
  const [line] = await far.until(/ LS :/);
  assert(!line!.includes("account-registration"));
  await far.send("CAP REQ :sasl", "NICK ann", "USER a 0 * :A", "AUTHENTICATE PLAIN");
  await far.until(/ 908 ann SCRAM-SHA-256 :/);
  await far.send("CAP END");
  await far.until(/ 422 /);
  const lines = await far.ask("REGISTER * * long password");
  assertMatch(lines.at(-1)!, /FAIL REGISTER TEMPORARILY_UNAVAILABLE ann :/);
});

Deno.test("encrypted connections are offered everything, and the policy to stay encrypted if it can be trusted", async () => {
  await using fixture = await IrcFixture.start({ stsPort: 6697 });
  const secure = fixture.connect({ secure: true, address: "192.0.2.9" });
  await secure.send("CAP LS 302");
  const told = (await secure.until(/ LS :/)).join(" ");
  assertStringIncludes(told, "sasl=PLAIN,SCRAM-SHA-256,SCRAM-SHA-256-PLUS");
  assertMatch(told, / sts=duration=\d+/);
  const plain = fixture.connect();
  await plain.send("CAP LS 302");
  assertMatch((await plain.until(/ LS :/)).join(" "), / sts=port=6697/);
  await plain.send("CAP REQ :sts");
  await plain.until(/ NAK :sts$/);
});

Deno.test("REGISTER makes a guest an account, before everyone's eyes", async () => {
  await using fixture = await IrcFixture.start();
  const bob = await fixture.guest("bob", { capabilities: "account-notify chghost" });
  const ann = await fixture.guest("ann");
  await bob.ask("JOIN #room");
  await ann.ask("JOIN #room");
  await bob.sync();
  const lines = await ann.ask("REGISTER * * :a long password");
  assert(
    lines.some((line) => withoutSource(line) === "REGISTER SUCCESS ann :The account is yours"),
  );
  assertLines(await bob.sync(), ["ACCOUNT ann", "CHGHOST ~ann member.chat"]);
  assertEquals(fixture.chat.presence.user("ann")?.account, true);
  assertEquals(fixture.chat.presence.user("~ann"), undefined);
  assertEquals([...fixture.chat.room("#room").members], ["ann"]);
});

const refusedRegistrations: Readonly<Record<string, string>> = {
  "REGISTER * * short": "UNACCEPTABLE_PASSWORD",
  "REGISTER paul * :a long password": "ACCOUNT_EXISTS",
  "REGISTER bob * :a long password": "ACCOUNT_EXISTS",
  "REGISTER a/b * :a long password": "BAD_ACCOUNT_NAME",
};

for (const [line, code] of Object.entries(refusedRegistrations)) {
  Deno.test(`"${line}" is refused with ${code}`, async () => {
    await using fixture = await IrcFixture.start();
    await fixture.account("paul");
    await fixture.guest("bob");
    const ann = await fixture.guest("ann");
    const [first] = await ann.ask(line);
    assertMatch(first!, new RegExp(`FAIL REGISTER ${code} `));
  });
}

Deno.test("a guest gives up the nick when the account of that name comes by another wire", async () => {
  await using fixture = await IrcFixture.start();
  const guest = await fixture.guest("paul");
  await guest.ask("JOIN #lobby");
  await fixture.stranger("paul");
  const lines = (await guest.sync()).map(withoutSource);
  assertMatch(
    lines[0]!,
    /^NOTICE paul :paul is the name of an account: you are Guest-\d{5} now\.$/,
  );
  assertMatch(lines[1]!, /^NICK :Guest-\d{5}$/);
  assertEquals(lines[2], "JOIN #lobby");
});

Deno.test("signing in as an account that is here already joins its nick", async () => {
  await using fixture = await IrcFixture.start();
  const first = await fixture.member("paul");
  const bob = await fixture.guest("bob");
  await first.ask("JOIN #room");
  await bob.ask("JOIN #room");
  const second = await fixture.member("paul");
  assertLines(await second.ask("JOIN #room", "PRIVMSG #room :from the second"), [
    "JOIN #room",
    "353 paul = #room :@paul bob",
    "366 paul #room :End of NAMES list",
  ]);
  assertLines(await bob.sync(), ["PRIVMSG #room :from the second"]);
  assertLines(await first.sync(), ["JOIN #room", "PRIVMSG #room :from the second"]);
  await second.send("QUIT");
  await second.ended();
  await settled();
  assertLines(await bob.sync(), []);
});

Deno.test("commands before registration are answered so", async () => {
  await using fixture = await IrcFixture.start();
  const peer = fixture.connect();
  await peer.send("JOIN #room", "NONSENSE", "PING x");
  assertLines(await peer.until(/PONG/), [
    "451 * :You have not registered",
    "451 * :You have not registered",
    "PONG irc.test :x",
  ]);
});

Deno.test("a silent connection is closed before registration, and pinged after", async () => {
  await using fixture = await IrcFixture.start();
  const silent = fixture.connect();
  const guest = await fixture.guest("ann");
  await settled();
  await fixture.pass(31_000);
  assertMatch((await silent.ended()).at(-1)!, /ERROR :Closing link: Registration timeout/);
  await fixture.pass(idleProbeMs - 30_000);
  assertLines([(await guest.next())!], ["PING :irc.test"]);
  await fixture.pass(idleTimeoutMs - idleProbeMs);
  assertMatch((await guest.ended()).at(-1)!, /ERROR :Closing link: Ping timeout: \d+ seconds/);
});

Deno.test("a line that takes too long to arrive ends the connection", async () => {
  await using fixture = await IrcFixture.start();
  const guest = await fixture.guest("ann");
  await guest.sendBytes(new TextEncoder().encode("PRIV"));
  await fixture.pass(20_000);
  await guest.sendBytes(new TextEncoder().encode("MSG"));
  await fixture.pass(11_000);
  assertMatch((await guest.ended()).at(-1)!, /A line took too long to arrive/);
});

Deno.test("stopping tells every client", async () => {
  await using fixture = await IrcFixture.start();
  const guest = await fixture.guest("ann");
  const newcomer = fixture.connect();
  await settled();
  const stopped = fixture.irc.stop();
  for (const peer of [guest, newcomer]) {
    assertMatch((await peer.ended()).at(-1)!, /ERROR :Closing link: The server is stopping$/);
  }
  await stopped;
});
