import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { accountRecord } from "../../../fixtures/heart.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";
import { assertLines, IrcFixture } from "./irc_fixture.ts";
import { createAccount } from "../../../fixtures/changes.ts";

let lastId = 0;

/** What another wire posts. */
function post(room: string, body: string, kind: "text" | "action" | "notice" = "text") {
  return { room, id: `post${++lastId}`, kind, body };
}

/** What another wire sends privately. */
function secret(kind: "text" | "sealed", body: string) {
  return { id: `post${++lastId}`, kind, body };
}

Deno.test("people of other wires are seen in their rooms: JOIN, NAMES, WHOIS, QUIT", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #lobby");
  const { session } = await fixture.stranger("paul");
  assertLines(await ann.sync(), ["JOIN #lobby"]);
  const names = await ann.ask("NAMES #lobby");
  assertMatch(names[0]!, / 353 ann = #lobby :(ann paul|paul ann)$/);
  const whois = (await ann.ask("WHOIS paul")).join("\n");
  assertStringIncludes(whois, "311 ann paul chat member.chat * :paul");
  assertStringIncludes(whois, "330 ann paul paul :is signed in as");
  await fixture.chat.join(session, "#room");
  fixture.chat.disconnect(session);
  assertLines(await ann.sync(), ["QUIT :Gone"]);
});

Deno.test("posts go both ways, durable before they are shown", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #lobby");
  const { session, events } = await fixture.stranger("paul");
  await ann.sync();
  await fixture.chat.post(session, post("#lobby", "hello"));
  assertLines(await ann.sync(), ["PRIVMSG #lobby :hello"]);
  const release = fixture.storage.hold();
  await ann.send("PRIVMSG #lobby :hi paul");
  await settled();
  assertEquals(events.filter(({ type }) => type === "post").length, 1);
  release();
  await ann.sync();
  const last = events.at(-1);
  assert(last?.type === "post");
  assertEquals([last.post.from, last.post.kind, last.post.body], ["~ann", "text", "hi paul"]);
});

Deno.test("actions and notices keep their manner over the wires", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #lobby");
  const { session, events } = await fixture.stranger("paul");
  await ann.sync();
  await fixture.chat.post(session, post("#lobby", "waves", "action"));
  await fixture.chat.post(session, post("#lobby", "beware", "notice"));
  assertLines(await ann.sync(), ["PRIVMSG #lobby :\x01ACTION waves\x01", "NOTICE #lobby :beware"]);
  await ann.ask("PRIVMSG #lobby :\x01ACTION bows\x01", "NOTICE #lobby :psst");
  const posts = events.filter((event) => event.type === "post").slice(-2);
  assertEquals(posts.map(({ post }) => [post.kind, post.body]), [["action", "bows"], [
    "notice",
    "psst",
  ]]);
});

Deno.test("formatting codes of IRC are left out of what is stored", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann", { capabilities: "echo-message" });
  await ann.ask("JOIN #lobby");
  const lines = await ann.ask("PRIVMSG #lobby :\x02bold\x02 \x0304,12red\x03 \x1ditalic\x0f 7");
  assertLines(lines, ["PRIVMSG #lobby :bold red italic 7"]);
});

Deno.test("other control characters are refused", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #lobby");
  const [line] = await ann.ask("PRIVMSG #lobby :a\x1b[31mb");
  assertMatch(line!, / 404 ann #lobby :A message cannot contain control characters/);
  assertEquals(fixture.storage.data.posts.length, 0);
});

Deno.test("a post of several lines becomes several messages, or one batch", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const capabilities = "batch message-tags draft/multiline";
  const bob = await fixture.guest("bob", { capabilities });
  for (const peer of [ann, bob]) await peer.ask("JOIN #lobby");
  const { session } = await fixture.stranger("paul");
  for (const peer of [ann, bob]) await peer.sync();
  await fixture.chat.post(session, post("#lobby", "one\n\ntwo"));
  assertLines(await ann.sync(), ["PRIVMSG #lobby :one", "PRIVMSG #lobby :two"]);
  assertLines(await bob.sync(), [
    "BATCH +1 draft/multiline #lobby",
    "PRIVMSG #lobby :one",
    "PRIVMSG #lobby :",
    "PRIVMSG #lobby :two",
    "BATCH -1",
  ]);
});

Deno.test("a long post is cut between words so that every line fits, and nothing is lost", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #lobby");
  const { session } = await fixture.stranger("paul");
  await ann.sync();
  for (const word of ["word ", "ä", "👩‍👩‍👧 "]) {
    const text = word.repeat(Math.floor(7_000 / new TextEncoder().encode(word).length)).trimEnd();
    await fixture.chat.post(session, post("#lobby", text));
    const lines = await ann.sync();
    for (const line of lines) assert(new TextEncoder().encode(line).length <= 510);
    assertEquals(lines.map((line) => line.split(" :").slice(1).join(" :")).join(""), text);
  }
});

Deno.test("private messages go both ways", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.member("ann");
  const { session, events } = await fixture.stranger("paul");
  const user = await fixture.chat.user("ann");
  await fixture.chat.sendPrivate(session, user, secret("text", "psst"));
  assertLines(await ann.sync(), ["PRIVMSG ann :psst"]);
  await ann.ask("PRIVMSG paul :what?");
  const last = events.at(-1);
  assert(last?.type === "post");
  assertEquals([last.post.from, last.post.to, last.post.kind], ["ann", "paul", "text"]);
});

Deno.test("a guest can be written to from other wires by the name ~nick", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const { session } = await fixture.stranger("paul");
  const user = await fixture.chat.user("~ann");
  await fixture.chat.sendPrivate(session, user, secret("text", "hello guest"));
  assertLines(await ann.sync(), ["PRIVMSG ann :hello guest"]);
});

Deno.test("a message that is sealed is announced and not shown", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.member("ann");
  const { session } = await fixture.stranger("paul");
  const user = await fixture.chat.user("ann");
  await fixture.chat.sendPrivate(session, user, secret("sealed", "opaque opaque"));
  const lines = await ann.sync();
  assertEquals(lines.length, 1);
  assertMatch(lines[0]!, /^:irc\.test NOTICE ann :paul has sent you .* end-to-end encrypted/);
  const history = await ann.ask("CHATHISTORY LATEST paul * 10");
  assert(![...lines, ...history].join().includes("opaque"));
});

Deno.test("sealed messages that came meanwhile are announced at sign-in", async () => {
  const storage = new MemoryStorage();
  await using fixture = await IrcFixture.start({ storage });
  await fixture.account("ann");
  const { session } = await fixture.stranger("paul");
  const user = await fixture.chat.user("ann");
  await fixture.chat.sendPrivate(session, user, secret("sealed", "opaque"));
  await fixture.chat.sendPrivate(session, user, secret("text", "readable"));
  const ann = await fixture.member("ann");
  const lines = await ann.sync();
  assertMatch(lines[0]!, /NOTICE ann :End-to-end encrypted private messages .* from paul\./);
  assertMatch(
    lines[1]!,
    /^:paul!chat@member\.chat PRIVMSG ann :\[2027-01-15 \d\d:\d\d\] readable$/,
  );
  const again = await fixture.member("ann");
  assertLines(await again.sync(), []);
});

Deno.test("a message to someone who is away is kept, and its sender told so", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("paul");
  const ann = await fixture.member("ann");
  assertLines(await ann.ask("PRIVMSG paul :later"), [
    "301 ann paul :is not here: the message is kept and shown at the next sign-in",
  ]);
  assertLines(await ann.ask("PRIVMSG nobody :later"), ["401 ann nobody :No such nick or channel"]);
  const paul = await fixture.member("paul");
  assertMatch((await paul.sync())[0]!, /:ann!\S+ PRIVMSG paul :\[.*\] later$/);
});

Deno.test("what was said in a channel is shown to members who enter it, and not to guests", async () => {
  await using fixture = await IrcFixture.start();
  const { session } = await fixture.stranger("paul");
  await fixture.chat.post(session, post("#lobby", "before"));
  const ann = await fixture.member("ann");
  const shown = await ann.ask("JOIN #lobby");
  assertMatch(shown.at(-1)!, /^:paul!\S+ PRIVMSG #lobby :\[2027-01-15 \d\d:\d\d\] before$/);
  const guest = await fixture.guest("guest");
  assert(!(await guest.ask("JOIN #lobby")).join().includes("before"));
  const able = await fixture.member("bea", { capabilities: "draft/chathistory batch server-time" });
  assert(!(await able.ask("JOIN #lobby")).join().includes("before"));
  const lines = await able.ask("CHATHISTORY LATEST #lobby * 10");
  assertMatch(lines[1]!, /^@batch=1;time=2027-01-15T\S+Z :paul!\S+ PRIVMSG #lobby :before$/);
});

Deno.test("what a guest said is never shown as said by the account of that name", async () => {
  await using fixture = await IrcFixture.start();
  const guest = await fixture.guest("paul");
  await guest.ask("JOIN #lobby", "PRIVMSG #lobby :I am a guest");
  await guest.send("QUIT");
  await guest.ended();
  const ann = await fixture.member("ann");
  assertMatch((await ann.ask("JOIN #lobby")).at(-1)!, /^:~paul!guest@guest\.chat PRIVMSG /);
});

Deno.test("PART leaves the room with all of the account's clients; QUIT does not", async () => {
  await using fixture = await IrcFixture.start();
  const { events } = await fixture.stranger("paul");
  const paul = await fixture.member("paul");
  await paul.ask("JOIN #room");
  assert(events.some(({ type }) => type === "joined"));
  await paul.ask("PART #room");
  assert(events.some(({ type }) => type === "left"));
  await paul.ask("JOIN #room");
  await paul.send("QUIT");
  await paul.ended();
  await settled();
  assertEquals([...fixture.chat.room("#room").members], ["paul"]);
  assertEquals(fixture.chat.room("#room").sessions.size, 1);
});

Deno.test("the lobby can be left by an IRC client, not by the account", async () => {
  await using fixture = await IrcFixture.start();
  const { session } = await fixture.stranger("paul");
  const paul = await fixture.member("paul");
  await paul.ask("JOIN #lobby");
  assertLines(await paul.ask("PART #lobby"), ["PART #lobby"]);
  assert(session.rooms.has(fixture.chat.lobby));
});

Deno.test("a topic that is set on another wire is told", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #lobby");
  const { session } = await fixture.stranger("paul");
  await ann.sync();
  await fixture.chat.setTopic(session, "#lobby", "New topic");
  assertLines(await ann.sync(), ["TOPIC #lobby :New topic"]);
  const bob = await fixture.guest("bob");
  const lines = (await bob.ask("JOIN #lobby")).join("\n");
  assertStringIncludes(lines, " 332 bob #lobby :New topic");
  assertMatch(lines, / 333 bob #lobby paul!\S+ \d+$/m);
});

Deno.test("someone of another wire can be kicked out of a channel, but not out of the lobby", async () => {
  await using fixture = await IrcFixture.start({ operator: "root" });
  const ann = await fixture.guest("ann");
  await ann.ask("JOIN #room");
  const { session, events } = await fixture.stranger("paul");
  await fixture.chat.join(session, "#room");
  await ann.sync();
  assertLines(await ann.ask("KICK #room paul :enough"), ["KICK #room paul :enough"]);
  assertEquals(events.at(-1)?.type, "left");
  assertEquals(session.rooms.has(fixture.chat.room("#room")), false);
  const root = await fixture.member("root");
  await root.ask("JOIN #lobby", "OPER root :password of root");
  assertMatch((await root.ask("KICK #lobby paul")).at(-1)!, / 400 root KICK #lobby paul :/);
});

Deno.test("where the disk fails, the sender is told and nobody is shown anything", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const bob = await fixture.guest("bob");
  for (const peer of [ann, bob]) await peer.ask("JOIN #lobby");
  await ann.sync();
  fixture.storage.failing.set("post", new ChatError("storage_failed", "The disk is full."));
  assertLines(await ann.ask("PRIVMSG #lobby :lost?"), ["404 ann #lobby :The disk is full."]);
  assertLines(await bob.sync(), []);
});

/** Keeps all keyed hashes waiting until the returned function is called. */
function holdHashing(): () => void {
  const { sign } = crypto.subtle;
  const { promise, resolve } = Promise.withResolvers<void>();
  crypto.subtle.sign = async (...values) => {
    await promise;
    return await sign.apply(crypto.subtle, values);
  };
  return () => {
    crypto.subtle.sign = sign;
    resolve();
  };
}

Deno.test("a guest cannot come by a name whose account came while the guest was let in", async () => {
  await using fixture = await IrcFixture.start();
  const release = holdHashing();
  const guest = fixture.connect();
  try {
    await guest.send("NICK bob", "USER bob 0 * :bob");
    await settled();
    await createAccount(fixture.storage, accountRecord("bob"));
    await fixture.stranger("bob");
  } finally {
    release();
  }
  const watcher = await fixture.guest("watcher");
  await watcher.ask("JOIN #lobby");
  assertMatch((await guest.next())!, / 433 bob bob :This nick/);
  assertEquals((await watcher.ask("WHOIS bob")).filter((line) => / 330 /.test(line)).length, 1);
});

Deno.test("a guest who takes a nick while it becomes an account's gets another one", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann", {
    secure: true,
    capabilities: "draft/account-registration",
  });
  const mallory = await fixture.guest("mallory");
  const release = fixture.storage.hold("account");
  await ann.send("REGISTER bob * long-enough");
  await settled();
  await mallory.ask("NICK bob");
  release();
  await ann.until(/ REGISTER SUCCESS bob /);
  const seen = (await mallory.sync()).join("\n");
  assertMatch(seen, /:bob!\S+ NICK :Guest-\d+/);
  assertEquals((await mallory.ask("WHOIS bob")).filter((line) => / 330 /.test(line)).length, 1);
});
