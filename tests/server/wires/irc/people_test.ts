import { assert, assertEquals, assertMatch } from "@std/assert";
import { newPostId } from "../../../../protocol/wire/post_id.ts";
import { assertLines, IrcFixture, passwordOf, type Peer, withoutSource } from "./irc_fixture.ts";

async function idleSeconds(peer: Peer, nick: string): Promise<number> {
  const line = (await peer.ask(`WHOIS ${nick}`)).find((one) => one.includes(" 317 "))!;
  return Number(withoutSource(line).split(" ")[3]);
}

Deno.test("WHOIS and WHO say how long someone on another wire has said nothing", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const { session } = await fixture.stranger("paul");
  fixture.nowMs += 3_600_000;
  assertEquals(await idleSeconds(ann, "paul"), 3_600);
  const id = () => newPostId(0);
  await fixture.chat.post(session, { room: "#lobby", id: id(), kind: "text", body: "hi" });
  assertEquals(await idleSeconds(ann, "paul"), 0);
  fixture.nowMs += 600_000;
  assertEquals(Math.round(await idleSeconds(ann, "paul") / 60), 10);
  assertMatch((await ann.ask("WHO paul %l"))[0]!, / 354 ann (599|600)$/);
  const user = fixture.chat.presence.user("paul")!;
  await fixture.chat.sendPrivate(session, user, { id: id(), kind: "sealed", body: "AAAA" });
  assertEquals(await idleSeconds(ann, "paul"), 0);
});

Deno.test("someone who takes another nick has been silent as long as before", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const bob = await fixture.guest("bob");
  await bob.ask("JOIN #room", "PRIVMSG #room :hi");
  fixture.nowMs += 60_000;
  await bob.ask("NICK rob");
  assert(await idleSeconds(ann, "rob") >= 59);
});

async function isSecure(peer: Peer, nick: string): Promise<boolean> {
  return (await peer.ask(`WHOIS ${nick}`)).some((line) => line.includes(` 671 `));
}

Deno.test("WHOIS calls a connection secure on whatever wire, and only where all of the person's are", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  await fixture.member("bob", { secure: true });
  await fixture.stranger("paul", { secure: true });
  await fixture.stranger("mary", { secure: false });
  assertEquals(await isSecure(ann, "ann"), false);
  assertEquals(await isSecure(ann, "bob"), true);
  assertEquals(await isSecure(ann, "paul"), true);
  assertEquals(await isSecure(ann, "mary"), false);
  await fixture.member("bob", { secure: false });
  assertEquals(await isSecure(ann, "bob"), false);
});

Deno.test("METADATA finds a channel however its name is spelled", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.member("ann", { capabilities: "draft/metadata-3" });
  await ann.ask("JOIN #caf\u00e9");
  assertLines(await ann.ask("METADATA #CAFE\u0301 SET url :there"), [
    "761 ann #caf\u00e9 url * :there",
  ]);
});

Deno.test("KILL needs no comment", async () => {
  await using fixture = await IrcFixture.start({ operator: "root" });
  const root = await fixture.member("root");
  const ann = await fixture.guest("ann");
  await root.ask(`OPER root :${passwordOf("root")}`);
  assertLines(await root.ask("KILL ann"), []);
  assertLines((await ann.ended()).slice(-2), [
    "KILL ann :root",
    "ERROR :Closing link: Killed (root (root))",
  ]);
});

Deno.test("the nick of an account cannot be changed, in numbers that every client knows", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.guest("bob");
  await fixture.account("mary");
  const paul = await fixture.member("paul");
  assertLines(await paul.ask("NICK other", "NICK PAUL"), [
    "432 paul other :Your nick is the name of your account: paul",
  ]);
  for (const nick of ["bob", "mary"]) {
    assertMatch((await paul.ask(`NICK ${nick}`))[0]!, new RegExp(` 433 paul ${nick} :`));
  }
});
