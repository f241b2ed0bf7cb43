import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { Accounts } from "../../../../server/accounts/accounts.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";
import { assertLines, IrcFixture, passwordOf } from "./irc_fixture.ts";

Deno.test("PASS name:password signs in, and the nick is the account's name whatever was asked for", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("Paula");
  for (const options of [{ secure: true, address: "192.0.2.9" }, { address: "127.0.0.1" }]) {
    const peer = fixture.connect(options);
    await peer.send(`PASS :paula:${passwordOf("Paula")}`, "USER p 0 * :P", "NICK other");
    const lines = await peer.until(/ 422 /);
    assertMatch(lines[0]!, / 900 \S+ \S+ Paula :You are signed in as Paula$/);
    assertMatch(lines[1]!, / 001 Paula :/);
    assertLines(await peer.ask("PRIVMSG Paula :hi"), [
      "NOTICE Paula :You are signed in as Paula.",
      "PRIVMSG Paula :hi",
    ]);
  }
});

Deno.test("the password of PASS may hold colons and spaces, sent with or without a colon before it", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.accounts.registerWithPassword("ann", "one:two three");
  for (const line of ["PASS :ann:one:two three", "PASS ann:one:two three"]) {
    const peer = fixture.connect();
    await peer.send(line, "NICK ann", "USER a 0 * :A");
    await peer.until(/ :You are signed in as ann\.$/);
  }
});

const refusedPasswords: Readonly<Record<string, string>> = {
  "a wrong password": "paul:wrong password",
  "a name without an account": `nobody:${passwordOf("paul")}`,
  "a name that cannot exist": `paul/home:${passwordOf("paul")}`,
  "a password that cannot exist": "paul:short",
  "an empty password": "paul:",
};

for (const [what, text] of Object.entries(refusedPasswords)) {
  Deno.test(`PASS with ${what} ends the connection, and says why`, async () => {
    await using fixture = await IrcFixture.start();
    await fixture.account("paul");
    const peer = fixture.connect();
    await peer.send(`PASS :${text}`, "NICK paul", "USER p 0 * :P");
    assertLines(await peer.ended(), [
      "464 * :Wrong name or password",
      "ERROR :Closing link: Wrong name or password",
    ]);
  });
}

Deno.test("PASS is not taken where others could read it", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const peer = fixture.connect({ address: "192.0.2.9" });
  await peer.send(`PASS :paul:${passwordOf("paul")}`, "NICK paul", "USER p 0 * :P");
  const lines = await peer.ended();
  assertMatch(lines.at(-1)!, / ERROR :Closing link: Passwords are only taken on encrypted/);
  assert(!lines.join("\n").includes(passwordOf("paul")));
});

Deno.test("wrong passwords by PASS are slowed down as those of SASL", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const firstLines = await Promise.all(Array.from({ length: 6 }, async () => {
    const peer = fixture.connect();
    await peer.send("PASS :paul:wrong password");
    return (await peer.ended())[0]!;
  }));
  assertEquals(firstLines.filter((line) => line.includes("Too many tries to sign in")).length, 1);
});

Deno.test("a password for a server, without a name, is passed over", async () => {
  await using fixture = await IrcFixture.start();
  const peer = fixture.connect();
  await peer.send("PASS sesame", "PASS :some words", "NICK ann", "USER a 0 * :A");
  await peer.until(/ 001 ann :/);
});

Deno.test("PASS lets people in where registration is closed", async () => {
  const storage = new MemoryStorage();
  const accounts = await Accounts.open(storage, { registration: "open", iterations: 1 });
  await accounts.registerWithPassword("paul", passwordOf("paul"));
  await using fixture = await IrcFixture.start({ storage, registration: "closed" });
  const peer = fixture.connect();
  await peer.send(`PASS :paul:${passwordOf("paul")}`, "NICK paul", "USER p 0 * :P");
  await peer.until(/ 001 paul :/);
});

Deno.test("someone who has signed in by PASS and begins SASL is told so, and comes in", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const peer = fixture.connect();
  await peer.send(`PASS :paul:${passwordOf("paul")}`, "CAP REQ :sasl", "NICK paul");
  await peer.send("USER p 0 * :P", "AUTHENTICATE PLAIN", "CAP END");
  await peer.until(/ 907 /);
  await peer.until(/ 001 paul :/);
});

Deno.test("a server can offer PLAIN only, for clients that cannot compute SCRAM", async () => {
  await using fixture = await IrcFixture.start({ sasl: "plain" });
  await fixture.account("paul");
  const peer = fixture.connect({ secure: true });
  await peer.send("CAP LS 302");
  assertMatch((await peer.until(/ LS :/)).join(" "), /[ :]sasl=PLAIN /);
  await peer.send("CAP REQ :sasl", "NICK paul", "USER p 0 * :P", "AUTHENTICATE SCRAM-SHA-256");
  await peer.until(/ 908 paul PLAIN :/);
  await peer.send("AUTHENTICATE PLAIN");
  await peer.send(`AUTHENTICATE ${encodeBase64(`\0paul\0${passwordOf("paul")}`)}`);
  await peer.until(/ 903 /);
});

Deno.test("a server that offers PLAIN only offers nothing where passwords could be read", async () => {
  await using fixture = await IrcFixture.start({ sasl: "plain" });
  const peer = fixture.connect({ address: "192.0.2.9" });
  await peer.send("CAP LS 302");
  assert(!(await peer.until(/ LS :/)).join(" ").includes("sasl"));
  await peer.send("NICK ann", "USER a 0 * :A", "AUTHENTICATE PLAIN");
  await peer.until(/ 908 ann \* :/);
  await peer.until(/ 904 ann :/);
});

Deno.test("sasl stands first in the list of capabilities: some clients read one line of it", async () => {
  await using fixture = await IrcFixture.start();
  const peer = fixture.connect({ secure: true });
  await peer.send("CAP LS 302");
  assertMatch((await peer.next())!, / CAP \* LS \* :sasl=PLAIN,SCRAM-SHA-256,SCRAM-SHA-256-PLUS /);
});

for (const order of ["before", "after"]) {
  Deno.test(`AUTHENTICATE signs in without the capability, ${order} NICK and USER`, async () => {
    await using fixture = await IrcFixture.start();
    await fixture.account("paul");
    const peer = fixture.connect();
    const names = ["NICK paul", "USER p 0 * :P"];
    if (order === "after") await peer.send(...names);
    await peer.send("AUTHENTICATE PLAIN");
    await peer.send(`AUTHENTICATE ${encodeBase64(`\0paul\0${passwordOf("paul")}`)}`);
    if (order === "before") await peer.send(...names);
    await peer.until(/ 903 /);
    await peer.until(/ 001 paul :/);
    assertEquals(fixture.chat.presence.isOnline("paul"), true);
  });
}
