/** IRC clients on two servers of a cluster: they see of one another what they would on one. */
import { assertEquals, assertMatch } from "@std/assert";
import { SharedLog, type SharedNode } from "../../../fixtures/shared_log.ts";
import { IrcFixture, passwordOf, type Peer, withoutSource } from "./irc_fixture.ts";

/** IRC on two servers over one log. */
class Pair implements AsyncDisposable {
  private constructor(readonly here: IrcFixture, readonly there: IrcFixture) {}

  static async start(): Promise<Pair> {
    const log = await SharedLog.open(2);
    const start = ({ storage, heart }: SharedNode) =>
      IrcFixture.start({ storage, chat: heart.chat, operator: "ann" });
    return new Pair(await start(log.nodes[0]!), await start(log.nodes[1]!));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.here[Symbol.asyncDispose]();
    await this.there[Symbol.asyncDispose]();
  }
}

/** The next line that is like this, without its source and tags. */
async function line(peer: Peer, pattern: RegExp): Promise<string> {
  return withoutSource((await peer.until(pattern)).at(-1)!);
}

const everything = "message-tags echo-message away-notify setname batch draft/metadata-3";

/** Two guests in one channel, on two servers, who see each other. */
async function together(pair: Pair): Promise<[zoe: Peer, bea: Peer]> {
  const zoe = await pair.here.guest("zoe", { capabilities: everything });
  const bea = await pair.there.guest("bea", { capabilities: everything });
  await zoe.ask("JOIN #a");
  await bea.send("JOIN #a");
  await zoe.until(/^\S* ?:bea!\S+ JOIN/);
  for (let names = ""; !names.includes("zoe");) names = (await bea.ask("NAMES #a")).join();
  return [zoe, bea];
}

Deno.test("CTCP, tags alone and notices to a channel's operators reach IRC clients on another server, and nobody else", async () => {
  await using pair = await Pair.start();
  const [zoe, bea] = await together(pair);
  const joe = await pair.there.guest("joe", { capabilities: everything });
  await zoe.send("PRIVMSG bea :\x01VERSION\x01");
  assertEquals(await line(bea, /VERSION/), "PRIVMSG bea :\x01VERSION\x01");
  await bea.send("NOTICE zoe :\x01VERSION mine\x01");
  assertMatch(
    (await zoe.until(/NOTICE zoe/)).at(-1)!,
    /^\S+ :bea!~bea@\S+\.guest\.chat NOTICE zoe :/,
  );
  await zoe.send("@+typing=active TAGMSG #a", "PRIVMSG #a :\x01PING 1\x01");
  assertMatch((await bea.until(/TAGMSG #a/)).at(-1)!, /\+typing=active\S* :zoe!\S+ TAGMSG #a$/);
  assertEquals(await line(bea, /PING/), "PRIVMSG #a :\x01PING 1\x01");
  await bea.send("PRIVMSG @#a :for operators", "PRIVMSG #a :for all");
  assertEquals(await line(zoe, /for operators/), "PRIVMSG @#a :for operators");
  await zoe.until(/for all/);
  await zoe.send("PRIVMSG @#a :secret", "PRIVMSG #a :open");
  const heard = (await bea.until(/:open/)).map(withoutSource);
  assertEquals(heard.filter((one) => one.includes("secret")), []);
  assertEquals((await joe.sync()).filter((one) => /VERSION|typing|PING|operators/.test(one)), []);
});

Deno.test("of two guests who take one nick on two servers one keeps it; the other is told its new one, and goes on", async () => {
  await using pair = await Pair.start();
  const renamed = Promise.withResolvers<string>();
  for (const { chat } of [pair.here, pair.there]) {
    chat.watch(({ user: { name, nameKey } }) => {
      const [session] = chat.presence.sessions(nameKey);
      if (session?.elsewhere === false && name.startsWith("~Guest-")) {
        renamed.resolve(chat === pair.here.chat ? "here" : "there");
      }
    });
  }
  const guests = await Promise.all([pair.here.guest("zoe"), pair.there.guest("zoe")]);
  const [winner, loser] = await renamed.promise === "here" ? guests.toReversed() : guests;
  const notice = (await loser!.until(/NOTICE zoe/)).at(-1)!;
  assertMatch(
    notice,
    /Another guest was called zoe first, on another server: you are Guest-\d+ now\.$/,
  );
  const nick = /NICK :(Guest-\d+)/.exec((await loser!.until(/NICK :Guest/)).at(-1)!)![1]!;
  await loser!.send("PRIVMSG zoe :hello");
  assertEquals(await line(winner!, /hello/), "PRIVMSG zoe :hello");
  while (!(await winner!.ask(`ISON ${nick}`)).join().endsWith(nick));
  await winner!.send(`PRIVMSG ${nick} :hello, too`);
  assertEquals(await line(loser!, /hello, too/), `PRIVMSG ${nick} :hello, too`);
});

Deno.test("a guest's nick, real name, being away, bot mode and metadata are seen on another server, and changes are told there", async () => {
  await using pair = await Pair.start();
  const [zoe, bea] = await together(pair);
  await bea.ask("METADATA * SUB mood");
  await zoe.ask("AWAY :tea", "SETNAME :Zoe the First", "MODE zoe +B", "METADATA * SET mood :fine");
  assertEquals(await line(bea, / AWAY /), "AWAY :tea");
  assertEquals(await line(bea, / SETNAME /), "SETNAME :Zoe the First");
  assertMatch(await line(bea, / mood /), /^761 bea zoe mood \* :fine$/);
  const whois = (await bea.ask("WHOIS zoe")).map(withoutSource);
  assertMatch(whois[0]!, /^311 bea zoe ~zoe \S+\.guest\.chat \* :Zoe the First$/);
  assertEquals(whois.filter((one) => /^(301|335) /.test(one)).length, 2);
  await zoe.ask("NICK zara", "AWAY");
  assertEquals(await line(bea, / NICK /), "NICK :zara");
  assertEquals(await line(bea, / AWAY/), "AWAY");
  assertEquals((await bea.ask("WHOIS zara")).some((one) => one.includes(" 301 ")), false);
});

Deno.test("KICK, MODE +o and MODE +b are about guests on another server, too", async () => {
  await using pair = await Pair.start();
  const [zoe, bea] = await together(pair);
  await zoe.send("MODE #a +o bea");
  assertEquals(await line(bea, / MODE /), "MODE #a +o bea");
  await bea.send("MODE #a +t");
  assertEquals(await line(zoe, / \+t/), "MODE #a +t");
  await zoe.send("KICK #a bea :enough");
  assertEquals(await line(bea, / KICK /), "KICK #a bea :enough");
  assertEquals(await line(zoe, / KICK /), "KICK #a bea :enough");
  await zoe.ask("MODE #a +b bea!*@*");
  assertMatch((await bea.ask("JOIN #a")).join(), / 474 bea #a :You are banned from #a/);
});

Deno.test("what somebody says on going is shown on the other servers, too", async () => {
  await using pair = await Pair.start();
  const [zoe, bea] = await together(pair);
  await bea.send("QUIT :the kettle boils");
  await zoe.until(/:bea!\S+ QUIT :Quit: the kettle boils$/);
});

Deno.test("operators of the server reach everyone: WALLOPS, KILL", async () => {
  await using pair = await Pair.start();
  const [zoe, bea] = await together(pair);
  await bea.ask("MODE bea +w");
  const ann = await pair.here.member("ann");
  await ann.ask(`OPER ann :${passwordOf("ann")}`);
  await ann.send("WALLOPS :the disk is nearly full");
  await zoe.sync();
  assertEquals(await line(bea, / WALLOPS /), "WALLOPS :the disk is nearly full");
  await ann.send("KILL bea :flooding");
  assertMatch((await bea.ended()).join("\n"), /ERROR :Closing link: Killed \(ann \(flooding\)\)/);
  await zoe.until(/:bea!\S+ QUIT :Killed \(ann \(flooding\)\)/);
});
