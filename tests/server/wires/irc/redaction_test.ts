/** What is taken back over IRC: REDACT (https://ircv3.net/specs/extensions/message-redaction). */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertLines, IrcFixture, type Peer, withoutSource } from "./irc_fixture.ts";

const capabilities = "message-tags echo-message batch labeled-response draft/message-redaction";

/** The id of the message in a line. */
function idIn(line: string | undefined): string {
  return /[@;]msgid=([^; ]+)/.exec(line!)![1]!;
}

/** What somebody says to a target; gives its id. */
async function said(peer: Peer, target: string, text: string): Promise<string> {
  return idIn((await peer.ask(`PRIVMSG ${target} :${text}`))[0]);
}

/** The owner of a channel and a member of it. */
async function pair(fixture: IrcFixture): Promise<{ ann: Peer; bob: Peer }> {
  const ann = await fixture.member("ann", { capabilities });
  await ann.ask("JOIN #room");
  const bob = await fixture.member("bob", { capabilities });
  await bob.ask("JOIN #room");
  await ann.sync();
  return { ann, bob };
}

Deno.test("one's own message is taken back, and both are told by REDACT", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  const id = await said(bob, "#room", "Hello everyone");
  await ann.sync();
  const echo = await bob.ask(`REDACT #room ${id}`);
  assertLines(echo, [`REDACT #room ${id}`]);
  assertMatch(echo[0]!, / :bob!\S+ REDACT /);
  assertLines(await ann.sync(), [`REDACT #room ${id}`]);
  assertEquals(fixture.storage.data.posts.map(({ post }) => post.body), ["", ""]);
});

Deno.test("an operator of the channel takes back what somebody else has said, and says why", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  const id = await said(bob, "#room", "Hi Ann");
  await ann.sync();
  assertLines(await ann.ask(`REDACT #room ${id} :spam and so on`), [
    `REDACT #room ${id} :spam and so on`,
  ]);
  assertLines(await bob.sync(), [`REDACT #room ${id} :spam and so on`]);
});

Deno.test("nobody else takes it back, and nobody is told that somebody has tried", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  const id = await said(ann, "#room", "Another message");
  await bob.sync();
  const [line] = await bob.ask(`REDACT #room ${id}`);
  assertMatch(withoutSource(line!), new RegExp(`^FAIL REDACT REDACT_FORBIDDEN #room ${id} :`));
  assertLines(await ann.sync(), []);
  assertEquals(fixture.storage.data.posts.at(-1)!.post.body, "Another message");
});

Deno.test("a labelled REDACT is answered by its echo, with the label", async () => {
  await using fixture = await IrcFixture.start();
  const { ann } = await pair(fixture);
  const id = await said(ann, "#room", "Oops");
  const [line] = await ann.ask(`@label=x REDACT #room ${id} :wrong channel`);
  assertMatch(line!, /^@label=x[ ;]/);
  assertEquals(withoutSource(line!), `REDACT #room ${id} :wrong channel`);
});

Deno.test("what is not kept cannot be taken back", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  const id = idIn((await ann.ask("@+draft/react=👍 TAGMSG #room"))[0]);
  assertLines(await bob.sync(), ["TAGMSG #room"]);
  const [line] = await ann.ask(`REDACT #room ${id}`);
  assertMatch(withoutSource(line!), new RegExp(`^FAIL REDACT UNKNOWN_MSGID #room ${id} :`));
  assertLines(await bob.sync(), []);
});

Deno.test("clients without the capability are not told, and cannot ask", async () => {
  await using fixture = await IrcFixture.start();
  const { ann } = await pair(fixture);
  const kim = await fixture.guest("kim", { capabilities: "message-tags echo-message" });
  await kim.ask("JOIN #room");
  await ann.sync();
  const id = await said(ann, "#room", "Test message");
  await kim.sync();
  assertLines(await ann.ask(`REDACT #room ${id}`), [`REDACT #room ${id}`]);
  assertLines(await kim.sync(), []);
  const [line] = await kim.ask(`REDACT #room ${await said(kim, "#room", "mine")}`);
  assertMatch(line!, / 421 kim REDACT /);
});

Deno.test("who expects no echo gets none", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  const id = await said(ann, "#room", "once");
  await ann.ask("CAP REQ :-echo-message");
  assertLines(await ann.ask(`REDACT #room ${id}`), []);
  assertEquals((await bob.sync()).length, 2);
});

Deno.test("a private message is taken back at both ends, by its sender only", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  const eve = await fixture.member("eve", { capabilities });
  const id = await said(ann, "bob", "Private message");
  await bob.sync();
  assertMatch(withoutSource((await bob.ask(`REDACT ann ${id}`))[0]!), /REDACT_FORBIDDEN ann \d+ :/);
  for (const target of ["ann", "bob", "eve", "#lobby"]) {
    if (target === "#lobby") await eve.ask("JOIN #lobby");
    const [line] = await eve.ask(`REDACT ${target} ${id}`);
    assertMatch(withoutSource(line!), new RegExp(`UNKNOWN_MSGID ${target} ${id} :`));
  }
  await ann.sync();
  assertLines(await ann.ask(`REDACT bob ${id}`), [`REDACT bob ${id}`]);
  assertLines(await bob.sync(), [`REDACT bob ${id}`]);
  assertEquals(fixture.storage.data.posts[0]!.post.kind, "retracted");
});

Deno.test("ids that name nothing here are unknown, however they look", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  await bob.ask("JOIN #other");
  const elsewhere = await said(bob, "#other", "elsewhere");
  const huge = "9".repeat(300);
  for (const id of [elsewhere, "nonexistent123", "0", "-1", "1e3", "999999999999999", huge, "'"]) {
    const [line] = await ann.ask(`REDACT #room ${id}`);
    assertMatch(line!, / FAIL REDACT UNKNOWN_MSGID #room \S+ :/);
    assert(new TextEncoder().encode(line).length <= 510);
  }
  assertMatch((await ann.ask("REDACT #room : "))[0]!, / FAIL REDACT UNKNOWN_MSGID #room \* :/);
  assertMatch((await ann.ask("REDACT #room"))[0]!, / 461 ann REDACT /);
  const twice = await said(ann, "#room", "twice");
  await ann.ask(`REDACT #room ${twice}`);
  assertMatch((await ann.ask(`REDACT #room ${twice}`))[0]!, / FAIL REDACT UNKNOWN_MSGID /);
});

Deno.test("where one is not, nothing is taken back, and it does not matter whether it is there", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  await bob.ask("JOIN #secret", "MODE #secret +s");
  const id = await said(bob, "#secret", "hidden");
  for (const target of ["#secret", "#nowhere", "nobody", "@#room", "*"]) {
    for (const msgid of [id, "somemsgid"]) {
      const [line] = await ann.ask(`REDACT ${target} ${msgid}`);
      assertMatch(withoutSource(line!), /^FAIL REDACT INVALID_TARGET \S+ :/);
      assert(line!.includes(` INVALID_TARGET ${target} :`), line);
    }
  }
});

Deno.test("who is banned takes back what they have said, and who was taken out of the channel does not", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  const id = await said(bob, "#room", "sorry");
  const second = await said(bob, "#room", "and that");
  await ann.ask("MODE #room +b bob!*@*");
  await bob.sync();
  assertLines(await bob.ask(`REDACT #room ${id}`), [`REDACT #room ${id}`]);
  await ann.ask("KICK #room bob");
  await bob.sync();
  assertMatch((await bob.ask(`REDACT #room ${second}`))[0]!, / INVALID_TARGET #room :/);
});

Deno.test("a guest takes back nothing that an earlier guest of that name has said", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.member("ann", { capabilities }).then((ann) => ann.ask("JOIN #room"));
  const first = await fixture.guest("kim", { capabilities });
  await first.ask("JOIN #room");
  const id = await said(first, "#room", "of the first");
  await first.send("QUIT");
  await first.ended();
  const second = await fixture.guest("kim", { capabilities });
  await second.ask("JOIN #room");
  assertMatch((await second.ask(`REDACT #room ${id}`))[0]!, / REDACT_FORBIDDEN #room /);
  const own = await said(second, "#room", "of the second");
  assertLines(await second.ask(`REDACT #room ${own}`), [`REDACT #room ${own}`]);
});

Deno.test("what is taken back counts among what may be said in a time", async () => {
  await using fixture = await IrcFixture.start({ postsAtOnce: 3 });
  const { ann } = await pair(fixture);
  const id = await said(ann, "#room", "one");
  await said(ann, "#room", "two");
  const [line] = await ann.ask(`REDACT #room ${id}`);
  assertMatch(line!, / 400 ann REDACT :/);
  assertEquals(fixture.storage.data.posts.length, 2);
});

Deno.test("a reason is harmless, and short enough for a line", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  const id = await said(ann, "#room", "one");
  await bob.sync();
  await ann.ask(`REDACT #room ${id} :\x1b[31m${"ä".repeat(220)}`);
  const [line] = await bob.sync();
  assert(!line!.includes("\x1b"));
  assertMatch(withoutSource(line!), /^REDACT #room \d+ :␛\[31mä+$/);
  assert(new TextEncoder().encode(line).length <= 510);
});

Deno.test("what the chat client takes back is told by REDACT", async () => {
  await using fixture = await IrcFixture.start();
  const { ann } = await pair(fixture);
  const { session } = await fixture.stranger("paul");
  await fixture.chat.join(session, "#room");
  await fixture.chat.post(session, { room: "#room", id: "p1", kind: "text", body: "hm" });
  const id = idIn((await ann.sync()).at(-1));
  const about = { id: "p2", kind: "retraction", target: Number(id), body: "" } as const;
  await fixture.chat.annotate(session, { where: { room: "#room" }, ...about });
  assertLines(await ann.sync(), [`REDACT #room ${id}`]);
});

Deno.test("what was taken back is not in the history; who wants events is shown the REDACT", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob } = await pair(fixture);
  await said(ann, "#room", "stays");
  const id = await said(ann, "#room", "This message will be redacted");
  await bob.sync();
  await bob.ask("CAP REQ :draft/chathistory");
  const page = async () =>
    (await bob.ask("CHATHISTORY LATEST #room * 2")).slice(1, -1).map(withoutSource);
  assertEquals(await page(), [
    "PRIVMSG #room :stays",
    "PRIVMSG #room :This message will be redacted",
  ]);
  await ann.ask(`REDACT #room ${id}`);
  await bob.sync();
  assertEquals(await page(), ["PRIVMSG #room :stays"]);
  await bob.ask("CAP REQ :draft/event-playback");
  assertEquals(await page(), ["PRIVMSG #room :stays", `REDACT #room ${id}`]);
});

Deno.test("a member who comes back is shown nothing of what was taken back meanwhile", async () => {
  await using fixture = await IrcFixture.start();
  const { ann } = await pair(fixture);
  const id = await said(ann, "#room", "gone");
  await ann.ask(`REDACT #room ${id}`);
  const jim = await fixture.member("jim");
  assertEquals((await jim.ask("JOIN #room")).filter((line) => / (PRIVMSG|REDACT) /.test(line)), []);
});
