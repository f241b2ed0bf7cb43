/** What an account has read over IRC, and what it is therefore shown again or not. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { settled } from "../../../../fixtures/fake_time.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import { MemoryStorage } from "../../../../fixtures/memory_storage.ts";
import { assertLines, IrcFixture, type Peer } from "../irc_fixture.ts";

let lastId = 0;

/** Someone of another wire, who writes. */
async function writer(fixture: IrcFixture) {
  const { session } = await fixture.stranger("paul");
  const send = async (kind: "text" | "sealed", body: string) => {
    const ann = await fixture.chat.user("ann");
    await fixture.chat.sendPrivate(session, ann, { id: `id${++lastId}`, kind, body });
  };
  return {
    session,
    write: (body: string) => send("text", body),
    seal: (body: string) => send("sealed", body),
    post: async (room: string, body: string) => {
      await fixture.chat.join(session, room);
      const { sequence } = await fixture.chat.post(session, {
        room,
        id: `id${++lastId}`,
        kind: "text",
        body,
      });
      return sequence;
    },
  };
}

/** The texts of the messages among lines, without times. */
function texts(lines: readonly string[]): string[] {
  return lines.filter((line) => / PRIVMSG /.test(line))
    .map((line) => line.replace(/^.* PRIVMSG \S+ :(?:\[[^\]]+\] )?/, ""));
}

/** The server starts anew on what the one before has stored. */
async function withServers(
  ...uses: ((fixture: IrcFixture) => Promise<void>)[]
): Promise<void> {
  const { data } = new MemoryStorage();
  for (const use of uses) {
    await using fixture = await IrcFixture.start({ storage: new MemoryStorage(data) });
    await fixture.account("ann");
    await use(fixture);
  }
}

/** What waited for a member, and was shown at sign-in. */
async function waiting(fixture: IrcFixture): Promise<[peer: Peer, shown: string[]]> {
  const ann = await fixture.member("ann");
  return [ann, texts(await ann.sync())];
}

Deno.test("private messages that were read do not come again after a restart: to who was connected, and after QUIT", async () => {
  await withServers(
    async (fixture) => {
      const { write } = await writer(fixture);
      // In no room, while the account belongs to one.
      const [ann] = await waiting(fixture);
      await fixture.chat.join((await fixture.stranger("ann")).session, "#den");
      await write("one");
      assertEquals(texts(await ann.sync()), ["one"]);
      // Nothing more is heard from ann: the server stops in good order, and what it wrote was read.
      await write("two");
      await settled();
    },
    async (fixture) => {
      const { write } = await writer(fixture);
      const [ann, shown] = await waiting(fixture);
      assertEquals(shown, []);
      await write("three");
      assertEquals(texts(await ann.sync()), ["three"]);
      await ann.send("QUIT");
      await ann.ended();
      await settled();
      await write("four");
    },
    async (fixture) => assertEquals((await waiting(fixture))[1], ["four"]),
    async (fixture) => assertEquals((await waiting(fixture))[1], []),
  );
});

Deno.test("what one client of an account has read is not shown to the next one", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("ann");
  const { write } = await writer(fixture);
  const [first] = await waiting(fixture);
  const [second] = await waiting(fixture);
  await write("one");
  assertEquals(texts(await first.sync()), ["one"]);
  assertEquals(texts(await second.sync()), ["one"]);
  assertEquals((await waiting(fixture))[1], []);
  await first.send("QUIT");
  await first.ended();
  assertEquals((await waiting(fixture))[1], []);
});

Deno.test("a client whose connection is dead has read nothing", async () => {
  await withServers(
    async (fixture) => {
      const { write } = await writer(fixture);
      const [ann] = await waiting(fixture);
      const resume = ann.socket.stallWrites();
      await write("into the void");
      await settled();
      await fixture.pass(141_000);
      resume();
    },
    async (fixture) => assertEquals((await waiting(fixture))[1], ["into the void"]),
  );
});

Deno.test("a silent client that got a private message is probed soon, and once", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("ann");
  const { write, post } = await writer(fixture);
  const [ann] = await waiting(fixture);
  await ann.ask("JOIN #lobby");
  await post("#lobby", "said");
  await fixture.pass(6_000);
  await write("one");
  await fixture.pass(1_000);
  await fixture.pass(1_000);
  const position = () => fixture.chat.readPositions.in("ann", 0);
  assertEquals(await position() ?? 0, 0);
  const lines = await ann.until(/PING/);
  assertEquals(texts(lines), ["said", "one"]);
  await ann.send("PONG :x");
  await settled();
  assertEquals(await position(), 2);
  assertLines(await ann.sync(), []);
});

Deno.test("a channel shows a member only what is new since the account last read there", async () => {
  await withServers(
    async (fixture) => {
      const { post } = await writer(fixture);
      await post("#den", "before ann");
      const [ann] = await waiting(fixture);
      assertEquals(texts(await ann.ask("JOIN #den")), ["before ann"]);
      assertEquals(texts(await ann.ask("PART #den", "JOIN #den")), []);
      await post("#den", "live");
      assertEquals(texts(await ann.sync()), ["live"]);
      await ann.ask("PART #den");
      await post("#den", "while away");
      assertEquals(texts(await ann.ask("JOIN #den")), ["while away"]);
    },
    async (fixture) => {
      const { post } = await writer(fixture);
      await post("#den", "after the restart");
      const [ann] = await waiting(fixture);
      assertEquals(texts(await ann.ask("JOIN #den")), ["after the restart"]);
      const able = await fixture.member("ann", { capabilities: "draft/chathistory" });
      assertEquals(texts(await able.ask("JOIN #den")), []);
      assertEquals(texts(await able.ask("CHATHISTORY LATEST #den * 2")), [
        "while away",
        "after the restart",
      ]);
    },
  );
});

Deno.test("what was read with the chat client is not shown again on IRC", async () => {
  await using fixture = await IrcFixture.start();
  const { session } = await fixture.stranger("ann");
  await fixture.chat.join(session, "#den");
  const { post, write } = await writer(fixture);
  await write("private");
  const read = await post("#den", "read");
  await post("#den", "unread");
  fixture.chat.markRead(session, read);
  const [ann, shown] = await waiting(fixture);
  assertEquals(shown, []);
  assertEquals(texts(await ann.ask("JOIN #den")), ["unread"]);
});

Deno.test("of more than 50 new lines a channel shows the newest, and the chat client still has all", async () => {
  await using fixture = await IrcFixture.start();
  const { session } = await fixture.stranger("ann");
  const { post } = await writer(fixture);
  for (let index = 0; index < 60; index++) await post("#lobby", `line ${index}`);
  fixture.chat.disconnect(session);
  const [ann] = await waiting(fixture);
  const shown = texts(await ann.ask("JOIN #lobby"));
  assertEquals([shown.length, shown[0], shown.at(-1)], [50, "line 10", "line 59"]);
  await ann.send("QUIT");
  await ann.ended();
  await settled();
  assertEquals(await fixture.chat.readPosition("ann"), 0);
});

Deno.test("who was in all rooms has read everything, while being there, unless something was sealed", async () => {
  await withServers(
    async (fixture) => {
      const { post } = await writer(fixture);
      const [ann] = await waiting(fixture);
      await ann.ask("JOIN #lobby");
      const sequence = await post("#lobby", "said");
      await fixture.pass(31_000);
      await ann.sync();
      assertEquals(await fixture.chat.readPosition("ann"), sequence);
    },
    async (fixture) => {
      const { seal, post } = await writer(fixture);
      const before = await fixture.chat.readPosition("ann");
      await seal("opaque");
      const ann = await fixture.member("ann");
      assertMatch((await ann.sync())[0]!, /NOTICE ann :End-to-end encrypted private messages/);
      await ann.ask("JOIN #lobby");
      await post("#lobby", "said");
      await ann.send("QUIT");
      await ann.ended();
      await settled();
      // Not announced again; and still not read.
      const again = await fixture.member("ann");
      assertLines(await again.sync(), []);
      await again.ask("JOIN #lobby");
      await post("#lobby", "said");
      await again.send("QUIT");
      await again.ended();
      await settled();
      assertEquals(await fixture.chat.readPosition("ann"), before);
    },
  );
});

Deno.test("a guest who signs in gets the private messages that wait for the account", async () => {
  await withServers(
    async (fixture) => {
      const { write } = await writer(fixture);
      await write("waits");
      const guest = await fixture.guest("visitor", { capabilities: "sasl" });
      const plain = btoa(`\0ann\0password of ann`);
      const lines = await guest.ask("AUTHENTICATE PLAIN", `AUTHENTICATE ${plain}`);
      assertEquals(texts(lines), ["waits"]);
    },
    async (fixture) => assertEquals((await waiting(fixture))[1], []),
  );
});

Deno.test("private messages that could not be shown at sign-in are shown at the next one", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("ann");
  const { write } = await writer(fixture);
  await write("waits");
  fixture.storage.failing.set("history", new StorageError("damaged", "damaged"));
  const [ann, shown] = await waiting(fixture);
  assertEquals(shown, []);
  await write("live");
  assertEquals(texts(await ann.sync()), ["live"]);
  fixture.storage.failing.clear();
  assertEquals((await waiting(fixture))[1], ["waits", "live"]);
});

Deno.test("more private messages than one page are shown page by page, none twice", async () => {
  await using fixture = await IrcFixture.start();
  await fixture.account("ann");
  const { write } = await writer(fixture);
  for (let index = 0; index < 250; index++) await write(`m${index}`);
  const all: string[] = [];
  for (let round = 0; round < 3; round++) all.push(...(await waiting(fixture))[1]);
  assert(all.length === 250, String(all.length));
  assertEquals(all, Array.from({ length: 250 }, (_, index) => `m${index}`));
});
