import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { newPassword } from "../../../fixtures/new_password.ts";
import { assertLines, IrcFixture, passwordOf } from "./irc_fixture.ts";

const changed =
  "The password of this account was changed. Start again and sign in with the new one.";

Deno.test("a new password ends the IRC clients of the account, which are told why", async () => {
  await using fixture = await IrcFixture.start();
  const ann = await fixture.guest("ann");
  const paul = await fixture.member("paul");
  await paul.ask("JOIN #room");
  await ann.ask("JOIN #room");
  const { session } = await fixture.stranger("paul");
  await newPassword(fixture.storage, session);
  assertEquals((await paul.ended()).at(-1), `:irc.test ERROR :Closing link: ${changed}`);
  // The other session is in the room, too.
  assertEquals(await ann.sync(), []);
  assertEquals(fixture.visibleLog, []);
});

Deno.test("an IRC client that reads nothing gets nothing more once its session has been ended", async () => {
  await using fixture = await IrcFixture.start();
  const paul = await fixture.member("paul");
  await paul.ask("JOIN #lobby");
  const { session } = await fixture.stranger("paul");
  const release = paul.socket.stallWrites();
  const [own] = fixture.chat.accountSessions.list(session);
  fixture.chat.accountSessions.end(session, own!.id);
  const post = { room: "#lobby", id: "a", kind: "text", body: "not for the thief" } as const;
  await fixture.chat.post(session, post);
  await paul.send("PRIVMSG #lobby :still here").catch(() => {});
  release();
  const lines = (await paul.ended()).join("\n");
  assertStringIncludes(lines, "ended from another session of your account");
  assertEquals(lines.includes("not for the thief"), false);
  assertEquals(fixture.storage.data.posts.map(({ post }) => post.body), ["not for the thief"]);
  assertEquals(fixture.chat.presence.sessions("paul").size, 1);
});

Deno.test("a client that has signed in but not registered does not get in after the password was changed", async () => {
  await using fixture = await IrcFixture.start();
  const { session } = await fixture.stranger("paul");
  const thief = fixture.connect();
  await thief.send(
    "CAP REQ :sasl",
    "NICK paul",
    "USER paul 0 * :Paul",
    "AUTHENTICATE PLAIN",
    `AUTHENTICATE ${encodeBase64(`\0paul\0${passwordOf("paul")}`)}`,
  );
  await thief.until(/ 903 /);
  await newPassword(fixture.storage, session);
  await thief.send("CAP END");
  assertMatch(
    (await thief.ended()).at(-1)!,
    /ERROR :Closing link: The password has just been changed/,
  );
  assertEquals(fixture.chat.presence.sessions("paul").size, 1);
});

Deno.test("nobody stays an operator by a password that holds no more", async () => {
  await using fixture = await IrcFixture.start({ operator: "boss" });
  const { session } = await fixture.stranger("boss");
  const thief = await fixture.guest("thief");
  await thief.ask(`OPER boss :${passwordOf("boss")}`);
  await newPassword(fixture.storage, (await fixture.stranger("paul")).session);
  assertEquals(await thief.sync(), []);
  await newPassword(fixture.storage, session);
  assertLines(await thief.sync(), ["MODE thief -o"]);
  assertMatch((await thief.ask("KILL boss :bye"))[0]!, / 481 /);
});

Deno.test("nobody becomes an operator by a password that is replaced while it is checked", async () => {
  await using fixture = await IrcFixture.start({ operator: "boss" });
  const { storage } = fixture;
  const { session } = await fixture.stranger("boss");
  const thief = await fixture.guest("thief");
  const before = storage.calls.get("findAccount") ?? 0;
  await thief.send(`OPER boss :${passwordOf("boss")}`);
  await storage.called("findAccount", before + 1);
  await newPassword(storage, session);
  assertMatch((await thief.until(/ 381 | 464 /)).at(-1)!, / 464 /);
  assertMatch((await thief.ask("KILL boss :bye")).at(-1)!, / 481 /);
});
