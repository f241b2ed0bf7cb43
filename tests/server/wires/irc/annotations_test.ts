/** Replies, edits and reactions over IRC: client-only tags +reply, +draft/react, +draft/unreact. */
import { assertEquals, assertMatch } from "@std/assert";
import type { Session } from "../../../../server/heart/session.ts";
import type { AnnotationKind } from "../../../../protocol/wire/post_kinds.ts";
import { assertLines, IrcFixture, type Peer, withoutSource } from "./irc_fixture.ts";

const capabilities = "message-tags echo-message batch draft/message-redaction";

function idIn(line: string | undefined): string {
  return /[@;]msgid=([^; ]+)/.exec(line!)![1]!;
}

/** The client-only tags of a line, sorted, and the line without all tags and its source. */
function parts(line: string): string {
  const tags = /^@(\S+) /.exec(line)?.[1]?.split(";") ?? [];
  return [...tags.filter((tag) => tag.startsWith("+")).sort(), withoutSource(line)].join(" ");
}

async function shownTo(peer: Peer): Promise<string[]> {
  return (await peer.sync()).map(parts);
}

interface Scene {
  readonly ann: Peer;
  readonly bob: Peer;
  /** Knows no tags. */
  readonly old: Peer;
  /** Of a message of Ann's. */
  readonly id: string;
}

async function scene(fixture: IrcFixture): Promise<Scene> {
  const ann = await fixture.member("ann", { capabilities });
  await ann.ask("JOIN #room");
  const bob = await fixture.member("bob", { capabilities });
  const old = await fixture.guest("old");
  for (const peer of [bob, old]) await peer.ask("JOIN #room");
  await ann.sync();
  const id = idIn((await ann.ask("PRIVMSG #room :roses?"))[0]);
  for (const peer of [ann, bob, old]) await peer.sync();
  return { ann, bob, old, id };
}

/** Somebody with the chat client says something about a post. */
function annotator(fixture: IrcFixture, session: Session) {
  let last = 0;
  return (kind: AnnotationKind, target: number, body = "") => {
    const about = { id: `a${++last}`, kind, target, body };
    return fixture.chat.annotate(session, { where: { room: "#room" }, ...about });
  };
}

function stored(fixture: IrcFixture) {
  return fixture.storage.data.posts.map(({ post }) => [post.kind, post.body, post.target ?? null]);
}

for (const tag of ["+reply", "+draft/reply"]) {
  Deno.test(`a message with ${tag} is kept as a reply, and told with both tags`, async () => {
    await using fixture = await IrcFixture.start();
    const { ann, bob, old, id } = await scene(fixture);
    const [echo] = await bob.ask(`@${tag}=${id};+typing=done PRIVMSG #room :tulips`);
    const expected = `+draft/reply=${id} +reply=${id} +typing=done PRIVMSG #room :tulips`;
    assertEquals(parts(echo!), expected);
    assertEquals(await shownTo(ann), [expected]);
    assertLines(await old.sync(), ["PRIVMSG #room :tulips"]);
    assertEquals(stored(fixture).at(-1), ["reply", "tulips", Number(id)]);
  });
}

Deno.test("a reply to what is not in the channel is a message like any other, in its turn", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob, id } = await scene(fixture);
  await ann.ask("JOIN #other");
  const elsewhere = idIn((await ann.ask("PRIVMSG #other :x"))[0]);
  const secret = idIn((await ann.ask("PRIVMSG old :x"))[0]);
  const ids = [elsewhere, secret, "12345", "999999999999999", "0", "n1-2", "9".repeat(400), ""];
  await bob.ask(
    ...ids.flatMap((other, at) => [
      `@+reply=${other} PRIVMSG #room :not here ${at}`,
      `PRIVMSG #room :after ${at}`,
    ]),
    `@+reply=${id} PRIVMSG #room :here`,
    "PRIVMSG #room :last",
  );
  assertEquals(stored(fixture).slice(-2 * ids.length - 2), [
    ...ids.flatMap((_, at) => [["text", `not here ${at}`, null], ["text", `after ${at}`, null]]),
    ["reply", "here", Number(id)],
    ["text", "last", null],
  ]);
});

Deno.test("who may not speak cannot reply or react", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob, id } = await scene(fixture);
  await ann.ask("MODE #room +b m:bob!*@*");
  await bob.sync();
  for (
    const line of [
      `@+reply=${id} PRIVMSG #room :x`,
      `@+draft/react=👍;+reply=${id} TAGMSG #room`,
      `@+draft/unreact=👍;+reply=${id} TAGMSG #room`,
    ]
  ) assertMatch((await bob.ask(line))[0]!, / 404 bob #room :You are muted/);
  assertEquals(stored(fixture).length, 1);
  assertEquals(await shownTo(ann), []);
});

Deno.test("a reply of several lines is one", async () => {
  await using fixture = await IrcFixture.start();
  const { bob, id } = await scene(fixture);
  await bob.ask("CAP REQ :draft/multiline");
  await bob.ask(
    `@+reply=${id} BATCH +b draft/multiline #room`,
    "@batch=b PRIVMSG #room :one",
    "@batch=b PRIVMSG #room :two",
    "BATCH -b",
  );
  assertEquals(stored(fixture).at(-1), ["reply", "one\ntwo", Number(id)]);
});

Deno.test("an action stays one, with the tag that it came with", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob, id } = await scene(fixture);
  await bob.ask(`@+reply=${id} PRIVMSG #room :\x01ACTION nods\x01`);
  assertEquals(stored(fixture).at(-1), ["action", "nods", null]);
  assertEquals(await shownTo(ann), [`+reply=${id} PRIVMSG #room :\x01ACTION nods\x01`]);
});

Deno.test("a reaction is kept, and told once, to those who can show it", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob, old, id } = await scene(fixture);
  const { events } = await fixture.stranger("paul");
  const expected = `+draft/react=👍 +draft/reply=${id} +reply=${id} TAGMSG #room`;
  assertEquals((await bob.ask(`@+draft/react=👍;+reply=${id} TAGMSG #room`)).map(parts), [
    expected,
  ]);
  assertEquals(await shownTo(ann), [expected]);
  assertEquals(await shownTo(old), []);
  assertEquals(stored(fixture).at(-1), ["reaction", "👍", Number(id)]);
  assertEquals(events.filter(({ type }) => type === "post"), []);
  const undone = `+draft/reply=${id} +draft/unreact=👍 +reply=${id} TAGMSG #room`;
  assertEquals((await bob.ask(`@+draft/unreact=👍;+reply=${id} TAGMSG #room`)).map(parts), [
    undone,
  ]);
  assertEquals(await shownTo(ann), [undone]);
  assertEquals(await shownTo(old), []);
  assertEquals(stored(fixture).slice(1), [["retracted", "", Number(id)], ["retraction", "", 2]]);
});

Deno.test("one takes back one's own reactions of that kind, all of them, and nobody else's", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob, id } = await scene(fixture);
  const sign = (peer: Peer, tag: string) => peer.ask(`@${tag};+reply=${id} TAGMSG #room`);
  await sign(ann, "+draft/react=👍");
  for (const emoji of ["👍", "👍", "🌹"]) await sign(bob, `+draft/react=${emoji}`);
  await sign(bob, "+draft/unreact=👍");
  const kinds = fixture.storage.data.posts.map(({ post }) =>
    `${post.from} ${post.kind} ${post.body}`
  );
  assertEquals(kinds.slice(1, 5), [
    "ann reaction 👍",
    "bob retracted ",
    "bob retracted ",
    "bob reaction 🌹",
  ]);
});

Deno.test("a reaction that cannot be kept is told to IRC clients as it came", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob, id } = await scene(fixture);
  for (
    const tags of [
      "+draft/react=👍",
      "+draft/react=👍;+reply=12345",
      "+draft/react=👍;+reply=n1-1",
      `+draft/react=two\\swords;+reply=${id}`,
      `+draft/react=${"x".repeat(3000)};+reply=${id}`,
      `+draft/unreact=👍;+reply=${id}`,
      `+draft/unreact=👍;+reply=12345`,
    ]
  ) {
    await bob.ask(`@${tags} TAGMSG #room`);
    assertEquals(await shownTo(ann), [`${tags.replaceAll(";", " ")} TAGMSG #room`]);
  }
  assertEquals(stored(fixture).length, 1);
});

Deno.test("reactions count among what may be said in a time", async () => {
  // Coming into the channel is the first of three.
  await using fixture = await IrcFixture.start({ postsAtOnce: 3 });
  const { bob, id } = await scene(fixture);
  const lines: string[] = [];
  for (let index = 0; index < 4; index++) {
    lines.push(...await bob.ask(`@+draft/react=${index};+reply=${id} TAGMSG #room`));
  }
  assertMatch(lines.at(-1)!, / 404 bob #room :/);
  assertEquals(stored(fixture).filter(([kind]) => kind === "reaction").length, 2);
});

Deno.test("what the chat client says about a message is told by tags and lines", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, old, id } = await scene(fixture);
  const { session } = await fixture.stranger("paul");
  await fixture.chat.join(session, "#room");
  const about = annotator(fixture, session);
  await fixture.chat.post(session, { room: "#room", id: "p", kind: "text", body: "tulps" });
  for (const peer of [ann, old]) await peer.sync();
  const own = 2;
  await about("reply", Number(id), "no");
  await about("edit", own, "tulips");
  const reaction = await about("reaction", Number(id), "🌹");
  await about("retraction", reaction.sequence);
  assertEquals(await shownTo(ann), [
    `+draft/reply=${id} +reply=${id} PRIVMSG #room :no`,
    `+draft/reply=${own} +reply=${own} PRIVMSG #room :(edited) tulips`,
    `+draft/react=🌹 +draft/reply=${id} +reply=${id} TAGMSG #room`,
    `+draft/reply=${id} +draft/unreact=🌹 +reply=${id} TAGMSG #room`,
  ]);
  assertEquals(await shownTo(old), ["PRIVMSG #room :no", "PRIVMSG #room :(edited) tulips"]);
});

Deno.test("the reaction of somebody else that an operator takes away is told by REDACT", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob, id } = await scene(fixture);
  await bob.ask(`@+draft/react=👍;+reply=${id} TAGMSG #room`);
  const reaction = idIn((await ann.sync()).at(-1));
  assertEquals((await ann.ask(`REDACT #room ${reaction}`)).map(parts), [
    `REDACT #room ${reaction}`,
  ]);
  assertEquals(await shownTo(bob), [`REDACT #room ${reaction}`]);
});

Deno.test("history has replies and edits; reactions only for those who want events; pages are full", async () => {
  await using fixture = await IrcFixture.start();
  const { ann, bob, id } = await scene(fixture);
  await ann.ask(`@+reply=${id} PRIVMSG #room :mine`);
  for (let index = 0; index < 120; index++) {
    await bob.ask(`@+draft/react=${index};+reply=${id} TAGMSG #room`);
  }
  await ann.ask("CAP REQ :draft/chathistory");
  const page = async (command: string) =>
    (await ann.ask(`CHATHISTORY ${command}`)).slice(1, -1).map(parts);
  const reply = `+draft/reply=${id} +reply=${id} PRIVMSG #room :mine`;
  await ann.sync();
  assertEquals(await page("LATEST #room * 2"), ["PRIVMSG #room :roses?", reply]);
  await bob.ask("PRIVMSG #room :end");
  await ann.sync();
  assertEquals(await page("LATEST #room * 2"), [reply, "PRIVMSG #room :end"]);
  assertEquals(await page(`AFTER #room msgid=${id} 2`), [reply, "PRIVMSG #room :end"]);
  await ann.ask("CAP REQ :draft/event-playback");
  assertEquals((await page("LATEST #room * 2")).map((line) => line.split(" ")[0]), [
    "+draft/react=119",
    "PRIVMSG",
  ]);
});
