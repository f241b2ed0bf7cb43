/**
 * What concerns a few costs what a few cost, however many rooms, people and connections there are.
 *
 * @module
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { presenceIntervalMs } from "../../../protocol/wire/limits.ts";
import { parseRoomName } from "../../../protocol/names/names.ts";
import type { Chat } from "../../../server/heart/chat.ts";
import { usualLaw } from "../../../server/storage/room_law.ts";
import { keysOfEveryone } from "../../fixtures/accounts.ts";
import { FakeTime, settled } from "../../fixtures/fake_time.ts";
import { Heart } from "../../fixtures/heart.ts";
import { MemoryData, MemoryStorage } from "../../fixtures/memory_storage.ts";
import { noConnection } from "../../fixtures/session_connection.ts";
import { stepsOf } from "../../fixtures/steps.ts";
import { IrcFixture } from "./irc/irc_fixture.ts";
import { NativeFixture } from "./native/native_fixture.ts";

// Derived before any test takes the clock away: WebCrypto works in real time.
await keysOfEveryone();

const roomCount = 9_990;

/** As many as go through a handful of rooms, sessions and connections a few times. */
const fewSteps = 150;

/** A store with ten thousand rooms less a few, of which somebody belongs to three. */
function storeWithRooms(member: string): MemoryStorage {
  const data = new MemoryData();
  for (let id = 1; id <= roomCount; id++) {
    const { name, nameKey, skeleton } = parseRoomName(id === 1 ? "#lobby" : `#room${id}`);
    const members = id % 4_000 === 2 ? [member] : [];
    const law = { law: usualLaw, entries: 0 };
    data.rooms.push({
      id,
      name,
      nameKey,
      skeleton,
      topic: "",
      topicSetting: null,
      ...law,
      members,
    });
  }
  return new MemoryStorage(data);
}

/** A thousand people who are in the lobby and nowhere else. */
function crowd(chat: Chat): void {
  for (let index = 0; index < 1_000; index++) {
    const user = { name: `user${index}`, nameKey: `user${index}`, account: true };
    chat.connect(user, { followsAccount: true, deliver: () => {}, connection: noConnection });
  }
}

Deno.test("signing in goes through the rooms of the account, and not through ten thousand others", async () => {
  const heart = await Heart.open(storeWithRooms("jack"));
  crowd(heart.chat);
  let rooms: string[] = [];
  const steps = await stepsOf(async () => {
    const { session } = await heart.enter("jack");
    rooms = [...session.rooms].map(({ name }) => name);
    heart.chat.disconnect(session);
  });
  assertEquals(rooms, ["#lobby", "#room2", "#room4002", "#room8002"]);
  assertLess(steps, fewSteps);
  await heart.chat.stop();
});

Deno.test("an account's rooms are those that it has entered and not left, in the order of their making", async () => {
  const heart = await Heart.open(storeWithRooms("jack"));
  const jack = await heart.enter("jack");
  await heart.chat.join(jack.session, "#new");
  await heart.chat.join(jack.session, "#room4001");
  await heart.chat.leave(jack.session, "#room2");
  const rooms = heart.chat.roomsOf(jack.session.user).map(({ name }) => name);
  assertEquals(rooms, ["#lobby", "#room4001", "#room4002", "#room8002", "#new"]);
  await heart.chat.stop();
});

Deno.test("posts, topics, entering and leaving go through those who are in the room", async () => {
  const heart = await Heart.open(storeWithRooms("jack"));
  crowd(heart.chat);
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  await heart.chat.join(jill.session, "#room2");
  const steps = await stepsOf(async () => {
    await heart.chat.setTopic(jill.session, "#room2", "tea");
    await heart.post(jill, "#room2", "hello");
    await heart.chat.leave(jill.session, "#room2");
    await heart.chat.join(jill.session, "#room2");
    heart.chat.markRead(jill.session, 1);
  });
  assertEquals(jack.told, ["topic #room2 by jill: tea", "1 jill -> #room2: hello"]);
  assertLess(steps, fewSteps);
  await heart.chat.stop();
});

Deno.test("who enters a room is told to the chat clients there, without going through all connections", async () => {
  using time = new FakeTime();
  const startMs = time.nowMs;
  await using fixture = await NativeFixture.start({ accountNames: ["jack", "jill"] });
  const jack = await time.until(fixture.member("jack"));
  const jill = await time.until(fixture.member("jill"));
  await time.until(jack.ask("join", { room: "#garden" }));
  await time.advance(presenceIntervalMs);
  for (let index = 0; index < 1_000; index++) fixture.pipe();
  await settled();
  // Deadlines are looked at once a second, which goes through all connections: not now.
  await time.advance(1_000 - (time.nowMs - startMs) % 1_000);
  const steps = await stepsOf(async () => {
    await time.until(jill.ask("join", { room: "#garden" }));
    await time.advance(presenceIntervalMs);
  });
  const isJoin = (message: Record<string, unknown>) => message["event"] === "members";
  await jack.find(isJoin);
  assertEquals((await jack.find(isJoin))["joined"], ["jill"]);
  assertLess(steps, fewSteps);
});

Deno.test("an IRC client comes, speaks to operators and goes without going through everyone who is online", async () => {
  await using fixture = await IrcFixture.start({ storage: storeWithRooms("jack") });
  crowd(fixture.chat);
  const ann = await fixture.guest("ann");
  await ann.ask("MODE ann +iw");
  const steps = await stepsOf(async () => {
    const bob = await fixture.guest("bob");
    const [, operators] = await bob.ask("LUSERS");
    assert(operators !== undefined);
    await bob.ask("MODE bob +i", "QUIT").catch(() => {});
  });
  assertLess(steps, fewSteps);
  const lines = (await ann.ask("LUSERS")).join("\n");
  assert(lines.includes(" :There are 1000 users and 1 invisible on 1 server(s)"), lines);
  assert(/ 254 ann 9990 /.test(lines), lines);
});
