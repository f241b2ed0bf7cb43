/** Channels and what their modes, topics and invitations mean to people of every wire. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import type { SessionEvent } from "../../../../server/heart/session.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";
import { noConnection } from "../../../fixtures/session_connection.ts";
import { assertLines, IrcFixture } from "./irc_fixture.ts";

let lastId = 0;

/** What another wire posts. */
function post(room: string, body: string) {
  return { room, id: `post${++lastId}`, kind: "text" as const, body };
}

Deno.test("who set a topic, and when, is told right after a change on another wire and after a restart", async () => {
  const storage = new MemoryStorage();
  {
    await using fixture = await IrcFixture.start({ storage });
    const ann = await fixture.member("ann");
    await ann.send("JOIN #room", "TOPIC #room :tea", "QUIT");
    await ann.ended();
    const { session } = await fixture.stranger("paul");
    await fixture.chat.join(session, "#room");
    // No IRC client is in the room.
    await fixture.chat.setTopic(session, "#room", "coffee");
    const { topicSetting } = fixture.chat.room("#room");
    const bob = await fixture.member("bob");
    const seconds = Math.floor(topicSetting!.timeMs / 1000);
    const told = (await bob.ask("JOIN #room")).join("\n");
    assertStringIncludes(told, ` 333 bob #room paul!chat@member.chat ${seconds}`);
    const guest = await fixture.guest("zoe");
    await guest.ask("JOIN #lobby", "TOPIC #lobby :cake");
  }
  await using fixture = await IrcFixture.start({ storage: new MemoryStorage(storage.data) });
  const bob = await fixture.member("bob");
  const room = (await bob.ask("TOPIC #room")).join("\n");
  assertMatch(room, / 332 bob #room :coffee\n\S+ 333 bob #room paul!chat@member\.chat \d{10}$/);
  // A guest who is not here is no account of that name.
  const lobby = (await bob.ask("TOPIC #lobby")).join("\n");
  assertMatch(lobby, / 333 bob #lobby ~zoe!guest@guest\.chat \d{10}$/);
});

Deno.test("INVITE reaches someone of another wire, or says that it cannot be shown there", async () => {
  await using fixture = await IrcFixture.start({ postsAtOnce: 2 });
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #roses");
  const { events } = await fixture.stranger("paul");
  const paul = await fixture.member("paul");
  assertMatch((await ann.ask("INVITE paul #roses"))[0]!, / 341 ann paul #roses$/);
  const told = events.filter((event) => event.type === "invited");
  assertEquals(told.map(({ room, by }) => [room.name, by]), [["#roses", "~ann"]]);
  assertLines(await paul.sync(), ["INVITE paul #roses"]);
  // As a classic client comes: with one session that is in no room of the account.
  await fixture.account("mary");
  const mary = { name: "mary", nameKey: "mary", account: true };
  const heard: SessionEvent[] = [];
  const deliver = (event: SessionEvent) => void heard.push(event);
  fixture.chat.connect(mary, { followsAccount: false, deliver, connection: noConnection });
  const [refusal] = await ann.ask("INVITE mary #roses");
  assertMatch(refusal!, / 400 ann INVITE mary #roses :Their client cannot show invitations/);
  assertEquals(heard, []);
  assertMatch((await ann.ask("INVITE paul #roses"))[0]!, / 400 ann INVITE :You are posting faster/);
});

Deno.test("entering, leaving and topics count as what chat clients do", async () => {
  await using fixture = await IrcFixture.start({ postsAtOnce: 3 });
  const ann = await fixture.member("ann");
  await ann.ask("JOIN #roses", "TOPIC #roses :red", "PART #roses");
  assertMatch((await ann.ask("JOIN #roses"))[0]!, / 400 ann JOIN #roses :You are posting faster/);
  assertMatch((await ann.ask("PRIVMSG ann :x"))[0]!, / 400 ann PRIVMSG ann :You are posting/);
  fixture.nowMs += 1_000;
  assertMatch((await ann.ask("JOIN #roses"))[0]!, / JOIN #roses$/);
});

Deno.test("TOPIC, PART and KICK that the heart refuses are answered, and the connection stays", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.member("ann");
  const bob = await fixture.member("bob", { capabilities: "labeled-response batch" });
  for (const peer of [ann, bob]) await peer.ask("JOIN #room");
  await ann.sync();
  assertMatch((await ann.ask("TOPIC #room :\x1b[31mred"))[0]!, / 400 ann TOPIC :A topic cannot/);
  const error = new StorageError("full", "The disk is full.");
  for (const method of ["topic", "membership", "remove"] as const) {
    fixture.storage.failing.set(method, error);
  }
  for (const line of ["TOPIC #room :tea", "PART #room", "KICK #room bob", "JOIN 0"]) {
    assertMatch((await ann.ask(line)).join("\n"), / 400 ann \w+ :The server's disk is full/, line);
  }
  const [answer] = await bob.ask("@label=x PART #room");
  assertMatch(answer!, /^@label=x \S+ 400 bob PART :The server's disk is full/);
  assertLines(await bob.sync(), []);
  assertEquals(fixture.visibleLog, []);
});

Deno.test("the modes of a channel keep out who comes by another wire, too, until an operator invites", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const { session } = await fixture.stranger("paul");
  await ann.ask("JOIN #roses");
  const refusal = async () => {
    const error = await assertRejects(() => fixture.chat.join(session, "#roses"), ChatError);
    assertEquals(error.code, "forbidden");
    await assertRejects(
      () => fixture.chat.post(session, post("#roses", "hi")),
      ChatError,
      "not in",
    );
    return error.message;
  };
  for (
    const [mode, reason] of [
      ["i", "#roses is for invited people only. Ask ~ann, who moderates #roses, to invite you."],
      ["k secret", "#roses has a key"],
      ["l 1", "#roses is full."],
      ["b paul!*@*", "You are banned from #roses."],
    ] as const
  ) {
    await ann.ask(`MODE #roses +${mode}`);
    assertStringIncludes(await refusal(), reason);
    if (!mode.startsWith("b")) await ann.ask(`MODE #roses -${mode}`);
  }
  await ann.ask("INVITE paul #roses");
  await fixture.chat.join(session, "#roses");
  await fixture.chat.leave(session, "#roses");
  assertStringIncludes(await refusal(), "You are banned");
  await ann.ask("MODE #roses -b paul!*@*");
  await fixture.chat.join(session, "#roses");
});

Deno.test("the last place of a channel is given once, also while the disk is waited for", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #roses", "MODE #roses +l 2");
  const paul = await fixture.stranger("paul");
  const mary = await fixture.stranger("mary");
  const release = fixture.storage.hold("enter");
  const joining = Promise.allSettled(
    [paul, mary].map(({ session }) => fixture.chat.join(session, "#roses")),
  );
  await settled();
  release();
  const results = await joining;
  assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected"]);
  await fixture.chat.leave(paul.session, "#roses");
  fixture.storage.failing.set("enter", new StorageError("full", "The disk is full."));
  await assertRejects(() => fixture.chat.join(paul.session, "#roses"), ChatError, "disk is full");
  fixture.storage.failing.clear();
  await fixture.chat.join(mary.session, "#roses");
});

Deno.test("only an operator's INVITE opens what the modes of a channel close", async () => {
  await using fixture = await IrcFixture.start();
  const [operator, member, outsider] = [
    await fixture.guest("op"),
    await fixture.guest("member"),
    await fixture.guest("outsider"),
  ];
  await operator.ask("JOIN #c");
  await member.ask("JOIN #c");
  await operator.ask("MODE #c +bkl outsider!*@* sesame 2");
  await member.ask("INVITE outsider #c");
  assertMatch((await outsider.ask("JOIN #c")).at(-1)!, / 474 outsider #c /);
  await operator.ask("INVITE outsider #c");
  assertMatch((await outsider.ask("JOIN #c")).join("\n"), / 366 outsider #c /);
});

Deno.test("the ban list of a channel is shown to those inside only", async () => {
  await using fixture = await IrcFixture.start();
  const operator = await fixture.guest("op");
  const outsider = await fixture.guest("outsider");
  await operator.ask("JOIN #hid", "MODE #hid +b victim!*@*");
  assertMatch((await operator.ask("MODE #hid b"))[0]!, / 367 op #hid victim!/);
  const answers = await outsider.ask("MODE #hid b");
  assertEquals(answers.length, 1);
  assertMatch(answers[0]!, / 442 outsider #hid /);
});

Deno.test("METADATA tells nobody outside whether there is a closed channel, or anyone in it", async () => {
  await using fixture = await IrcFixture.start();
  const operator = await fixture.guest("op");
  const outsider = await fixture.guest("outsider", { capabilities: "draft/metadata-3" });
  await operator.ask("JOIN #hid", "MODE #hid +s");
  for (const command of ["GET avatar", "LIST", "SYNC", "SUBS", "SET avatar :x", "CLEAR"]) {
    const [hidden] = await outsider.ask(`METADATA #HID ${command}`);
    const [missing] = await outsider.ask(`METADATA #NOT ${command}`);
    assertEquals(hidden?.replace("#HID", "#NOT"), missing);
  }
});

Deno.test("who may not speak in a channel says nothing by leaving it", async () => {
  await using fixture = await IrcFixture.start();
  const operator = await fixture.guest("op");
  const muted = await fixture.guest("muted");
  for (const peer of [operator, muted]) await peer.ask("JOIN #c");
  await operator.ask("MODE #c +b m:muted!*@*");
  await muted.ask("PART #c :heard all the same");
  assertMatch((await operator.sync()).at(-1)!, / PART #c$/);
  await operator.ask("MODE #c -b m:muted!*@*");
  await muted.ask("JOIN #c", "PART #c :bye");
  assertMatch((await operator.sync()).at(-1)!, / PART #c :bye$/);
});

Deno.test("no mask of a list can be taken for the last parameter of a line", async () => {
  await using fixture = await IrcFixture.start();
  const operator = await fixture.guest("op");
  await operator.ask("JOIN #c");
  assertMatch((await operator.ask("MODE #c +b ::x")).at(-1)!, / 696 op #c b \* :/);
  assertEquals(fixture.chat.room("#c").law.entries, []);
});

Deno.test("ranks, modes and bans hold on every wire after a restart", async () => {
  const storage = new MemoryStorage();
  {
    await using fixture = await IrcFixture.start({ storage });
    const ann = await fixture.member("ann");
    const bob = await fixture.member("bob");
    for (const peer of [ann, bob]) await peer.ask("JOIN #roses");
    await ann.ask("MODE #roses +oib bob a:paul", "MODE #roses +km sesame");
  }
  await using fixture = await IrcFixture.start({ storage: new MemoryStorage(storage.data) });
  const bob = await fixture.member("bob");
  const joined = (await bob.ask("JOIN #roses")).join("\n");
  assertMatch(joined, / 353 bob = #roses :@bob\n/);
  assertMatch((await bob.ask("MODE #roses"))[0]!, / 324 bob #roses \+imnk sesame$/);
  assertMatch((await bob.ask("MODE #roses b"))[0]!, / 367 bob #roses a:paul ann!/);
  const { session: paul } = await fixture.stranger("paul");
  const banned = await assertRejects(() => fixture.chat.join(paul, "#roses"), ChatError);
  assertEquals(
    banned.message,
    "You are banned from #roses. Ask ann, who owns #roses, to let you in.",
  );
  const mary = await fixture.member("mary");
  assertMatch((await mary.ask("JOIN #roses"))[0]!, / 473 mary #roses :#roses is for invited/);
  assertLines(await bob.ask("MODE #roses -i"), ["MODE #roses -i"]);
  assertMatch((await mary.ask("JOIN #roses"))[0]!, / 475 mary #roses :#roses has a key/);
  await mary.ask("JOIN #roses sesame");
  await bob.sync();
  const [refused] = await mary.ask("PRIVMSG #roses :hello");
  assertMatch(
    refused!,
    / 404 mary #roses :Only people with a voice may speak in #roses\. Ask ann, /,
  );
});

Deno.test("an owner stays one, whatever other operators do", async () => {
  await using fixture = await IrcFixture.start();
  const [ann, bob] = [await fixture.member("ann"), await fixture.member("bob")];
  for (const peer of [ann, bob]) await peer.ask("JOIN #roses");
  await ann.ask("MODE #roses +o bob");
  await bob.sync();
  for (const line of ["MODE #roses -o ann", "KICK #roses ann"]) {
    assertMatch((await bob.ask(line))[0]!, / 482 bob #roses :/);
  }
  assertLines(await ann.ask("MODE #roses -o ann"), ["MODE #roses -o ann"]);
  assertMatch((await ann.ask("MODE #roses +o ann"))[0]!, / 482 ann #roses :/);
});

Deno.test("what is changed on another wire is told as modes and kicks", async () => {
  await using fixture = await IrcFixture.start();
  const { session: paul } = await fixture.stranger("paul");
  await fixture.chat.join(paul, "#roses");
  const [ann, bob] = [await fixture.member("ann"), await fixture.guest("bob")];
  for (const peer of [ann, bob]) await peer.ask("JOIN #roses");
  await ann.sync();
  const user = await fixture.chat.user("ann");
  const { ruling } = fixture.chat;
  await ruling.change(paul, "#roses", [
    { kind: "role", role: "moderator", user, held: true },
    { kind: "rules", rules: { invited: true, roomKey: "sesame", peopleMax: 9 } },
    { kind: "entry", list: "mute", subject: { account: "joe" }, listed: true },
  ]);
  const told = ["MODE #roses +oiklb ann sesame 9 m:a:joe"];
  assertLines(await ann.sync(), told);
  assertLines(await bob.sync(), told);
  await ruling.remove(paul, "#roses", await fixture.chat.user("~bob"), "Enough");
  const lines = [await ann.sync(), await bob.sync()];
  for (const one of lines) {
    assertLines(one, ["KICK #roses bob :Enough"]);
    assertMatch(one[0]!, /^:paul!chat@member\.chat /);
  }
});

Deno.test("a ban of where a guest comes from holds after a restart", async () => {
  const storage = new MemoryStorage();
  const from = async (fixture: IrcFixture, nick: string, address: string) => {
    const peer = await fixture.guest(nick, { address });
    return { peer, answer: (await peer.ask("JOIN #roses"))[0]! };
  };
  {
    await using fixture = await IrcFixture.start({ storage });
    const ann = await fixture.member("ann");
    await ann.ask("JOIN #roses");
    await from(fixture, "zoe", "192.0.2.7");
    const host = / 302 ann :zoe=\+~zoe@(\S+)/.exec((await ann.ask("USERHOST zoe")).join("\n"))![1];
    await ann.ask(`MODE #roses +b *!*@${host}`);
  }
  await using fixture = await IrcFixture.start({ storage: new MemoryStorage(storage.data) });
  assertMatch((await from(fixture, "joe", "192.0.2.7")).answer, / 474 joe #roses /);
  assertLines([(await from(fixture, "pat", "192.0.2.8")).answer], ["JOIN #roses"]);
});
