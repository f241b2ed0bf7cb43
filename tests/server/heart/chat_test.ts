import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { roomsPerAccountMax, sessionsPerAccountMax } from "../../../protocol/wire/limits.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { accountRecord, Heart, rejectsWith } from "../../fixtures/heart.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import { noConnection } from "../../fixtures/session_connection.ts";
import { createAccount } from "../../fixtures/changes.ts";

Deno.test("the lobby is made on the first start and found on the second", async () => {
  const { storage } = await Heart.open();
  const again = await Heart.open(new MemoryStorage(storage.data));
  assertEquals(storage.data.rooms.map((room) => room.name), ["#lobby"]);
  assertEquals(again.chat.lobby.name, "#lobby");
});

Deno.test("post() tells everyone in the room, the sender too, in the order of sequences", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const jill = await heart.enter("jill");
  await heart.post(jack, "#lobby", "one");
  await heart.post(jill, "#Lobby", "two");
  const expected = ["1 jack -> #lobby: one", "2 jill -> #lobby: two"];
  assertEquals(jack.told, expected);
  assertEquals(jill.told, expected);
});

Deno.test("sendPrivate() tells whether a program is there that can show what is sealed", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const jill = await heart.enter("jill");
  const to = jill.session.user;
  const send = async (kind: "text" | "sealed", id: string) => {
    const { online, readable } = await heart.chat.sendPrivate(jack.session, to, {
      id,
      kind,
      body: "x",
    });
    return [online, readable];
  };
  assertEquals(await send("sealed", "1"), [true, false]);
  assertEquals(await send("text", "2"), [true, true]);
  const native = heart.chat.connect(to, {
    deliver: () => {},
    followsAccount: true,
    opensSealed: true,
    connection: noConnection,
  });
  assertEquals(await send("sealed", "3"), [true, true]);
  heart.chat.disconnect(native);
  assertEquals(await send("sealed", "4"), [true, false]);
  heart.chat.disconnect(jill.session);
  assertEquals(await send("sealed", "5"), [false, false]);
  assertEquals(await send("text", "6"), [false, false]);
});

Deno.test("a room counts the people who are in it, whatever they come, go and are called by", async () => {
  const heart = await Heart.open();
  const observer = await heart.enter("observer");
  await heart.chat.join(observer.session, "#a");
  const sessions = [];
  const counts = () => {
    for (const room of heart.chat.rooms) {
      const { names } = heart.chat.reading.who(observer.session, room.name);
      assertEquals(room.people, names.length, `${room.name}: ${names}`);
    }
  };
  for (const name of ["jack", "jack", "jill"]) sessions.push((await heart.enter(name)).session);
  counts();
  const apart = (await heart.enter("joe", false)).session;
  const follows = (await heart.enter("joe")).session;
  counts();
  for (const session of [apart, sessions[0]!, sessions[2]!]) {
    await heart.chat.join(session, "#a");
    counts();
  }
  await heart.chat.join(apart, "#lobby");
  counts();
  const guest = heart.enterGuest("~guest").session;
  const other = heart.enterGuest("~other").session;
  for (const session of [guest, other]) {
    await heart.chat.join(session, "#a");
    await heart.chat.join(session, "#lobby");
    counts();
  }
  heart.chat.rename(other, { name: "~renamed", nameKey: "~renamed", account: false });
  counts();
  // Somebody who is there already signs in once more.
  await heart.chat.signIn(guest, sessions[0]!.user);
  counts();
  await heart.chat.leave(sessions[1]!, "#a");
  counts();
  await heart.chat.ruling.remove(observer.session, "#a", follows.user);
  counts();
  for (const session of [follows, guest, ...sessions, apart, other]) {
    heart.chat.disconnect(session);
    counts();
  }
  assertEquals([...heart.chat.rooms].map(({ people }) => people), [1, 1]);
});

Deno.test("a post is told to nobody and not acknowledged before it is stored", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const release = heart.storage.hold();
  let acknowledged = false;
  const posting = heart.post(jack, "#lobby", "slow").then(() => acknowledged = true);
  await heart.chat.reading.who(jack.session);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([jack.told.length, acknowledged, heart.storage.data.posts.length], [0, false, 0]);
  release();
  await posting;
  assertEquals(jack.told, ["1 jack -> #lobby: slow"]);
});

Deno.test("a post that fails is told to nobody, and the error says nothing of files", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  for (const reason of ["full", "damaged", "failed"] as const) {
    heart.storage.failing.set("post", new StorageError(reason, '"/var/lib/chat.sqlite" broke'));
    const error = await rejectsWith("storage_failed", () => heart.post(jack, "#lobby", "x"));
    assert(!error.message.includes("sqlite"), error.message);
  }
  assertEquals(jack.told, []);
  heart.storage.failing.clear();
  assertEquals((await heart.post(jack, "#lobby", "x")).sequence, 1);
});

Deno.test("a post sent again under its id is acknowledged as before and told once", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const first = await heart.post(jack, "#lobby", "once", "same");
  assertEquals(await heart.post(jack, "#lobby", "once", "same"), first);
  assertEquals(jack.told, ["1 jack -> #lobby: once"]);
  await rejectsWith("id_reused", () => heart.post(jack, "#lobby", "different", "same"));
});

Deno.test("two senders may use the same id", async () => {
  const heart = await Heart.open();
  await heart.post(await heart.enter("jack"), "#lobby", "a", "same");
  assertEquals((await heart.post(await heart.enter("jill"), "#lobby", "b", "same")).sequence, 2);
});

Deno.test("post() refuses texts that may not be posted, rooms that are not, and rooms of others", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const jill = await heart.enter("jill");
  await heart.chat.join(jack.session, "#garden");
  await rejectsWith("bad_text", () => heart.post(jack, "#lobby", "\u001b[2J"));
  await rejectsWith("bad_text", () => heart.post(jack, "#lobby", "a" + "\u0301".repeat(10_000)));
  await rejectsWith("bad_text", () => heart.post(jack, "#lobby", ""));
  await rejectsWith("bad_name", () => heart.post(jack, "../etc/passwd", "x"));
  await rejectsWith("no_such_room", () => heart.post(jack, "#nowhere", "x"));
  await rejectsWith("not_in_room", () => heart.post(jill, "#garden", "x"));
  assertEquals(heart.storage.data.posts, []);
});

Deno.test("a private message reaches every session of both ends and nobody else", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const jackElsewhere = await heart.enter("jack");
  const jill = await heart.enter("jill");
  const eve = await heart.enter("eve");
  const to = await heart.chat.user("JILL");
  const message = { id: "1", kind: "text", body: "psst" } as const;
  const sent = await heart.chat.sendPrivate(jack.session, to, message);
  assertEquals(sent.online, true);
  for (const { told } of [jack, jackElsewhere, jill]) assertEquals(told, ["1 jack -> jill: psst"]);
  assertEquals(eve.told, []);
});

Deno.test("a message to oneself is told once to each session", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const to = await heart.chat.user("jack");
  await heart.chat.sendPrivate(jack.session, to, { id: "1", kind: "text", body: "note" });
  assertEquals(jack.told, ["1 jack -> jack: note"]);
});

Deno.test("a message to someone offline is stored, and found by both ends only", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const eve = await heart.enter("eve");
  await createAccount(heart.storage, accountRecord("jill"));
  const to = await heart.chat.user("jill");
  const message = { id: "1", kind: "text", body: "later" } as const;
  assertEquals((await heart.chat.sendPrivate(jack.session, to, message)).online, false);
  const jill = await heart.enter("jill");
  for (const [reader, count] of [[jack, 1], [jill, 1], [eve, 0]] as const) {
    assertEquals(
      (await heart.chat.reading.history(reader.session, { limit: 9 })).posts.length,
      count,
    );
    const page = await heart.chat.reading.history(reader.session, { with: "jill", limit: 9 });
    assertEquals(page.posts.length, reader === jack ? 1 : 0);
  }
});

Deno.test("the body of a sealed message is opaque: it is not checked", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const to = await heart.chat.user("jack");
  const sealed = { id: "1", kind: "sealed", body: "\u001b" } as const;
  await heart.chat.sendPrivate(jack.session, to, sealed);
  const text = { id: "2", kind: "text", body: "\u001b" } as const;
  await rejectsWith("bad_text", () => heart.chat.sendPrivate(jack.session, to, text));
});

Deno.test("a room is made, joined by all of the account's sessions, and left by all of them", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const elsewhere = await heart.enter("jack");
  assert((await heart.chat.join(jack.session, "#Garden")).created);
  assert(!(await heart.chat.join(jack.session, "#garden")).created);
  assertEquals([jack.told, elsewhere.told], [[], ["joined #Garden"]]);
  await heart.chat.leave(elsewhere.session, "#GARDEN");
  assertEquals([jack.told, elsewhere.told], [["left #Garden"], ["joined #Garden"]]);
  assertEquals(heart.news, ["jack connected #lobby", "jack joined #Garden", "jack left #Garden"]);
  await rejectsWith("not_in_room", () => heart.chat.leave(jack.session, "#garden"));
  await rejectsWith("forbidden", () => heart.chat.leave(jack.session, "#lobby"));
});

Deno.test("membership outlives sessions and restarts; leaving does too", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  await heart.chat.join(jack.session, "#a");
  await heart.chat.join(jack.session, "#b");
  await heart.chat.leave(jack.session, "#a");
  const later = await Heart.open(new MemoryStorage(heart.storage.data));
  const again = await later.enter("jack");
  assertEquals([...again.session.rooms].map((room) => room.name), ["#lobby", "#b"]);
});

Deno.test("of two who make a room at once, one makes it and the other enters it", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const jill = await heart.enter("jill");
  const both = await Promise.all([
    heart.chat.join(jack.session, "#garden"),
    heart.chat.join(jill.session, "#garden"),
  ]);
  assertEquals(both[0].room, both[1].room);
  assertEquals(both[0].room.sessions.size, 2);
  assertEquals(heart.storage.data.rooms.length, 2);
});

Deno.test("a room whose name looks like another's is refused", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  await heart.chat.join(jack.session, "#paypal");
  await rejectsWith("room_taken", () => heart.chat.join(jack.session, "#paypa1"));
});

Deno.test("an account is in no more rooms than the cap", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  for (let count = 1; count < roomsPerAccountMax; count++) {
    await heart.chat.join(jack.session, `#room-${count}`);
  }
  await rejectsWith("too_many", () => heart.chat.join(jack.session, "#another"));
});

Deno.test("a failing store leaves rooms and members as they were", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const jill = await heart.enter("jill");
  await heart.chat.join(jack.session, "#garden");
  const broken = new StorageError("failed", "broken");
  for (const method of ["enter", "membership", "topic", "room"] as const) {
    heart.storage.failing.set(method, broken);
  }
  await rejectsWith("storage_failed", () => heart.chat.join(jill.session, "#garden"));
  await rejectsWith("storage_failed", () => heart.chat.join(jill.session, "#other"));
  await rejectsWith("storage_failed", () => heart.chat.leave(jack.session, "#garden"));
  await rejectsWith("storage_failed", () => heart.chat.setTopic(jack.session, "#garden", "x"));
  const room = heart.chat.room("#garden");
  assertEquals([...room.sessions], [jack.session]);
  assertEquals([[...room.members], room.topic], [["jack"], ""]);
});

Deno.test("a session that ends while it joins is in no room, and nobody hears of it", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const release = heart.storage.hold();
  const joining = heart.chat.join(jack.session, "#garden");
  heart.chat.disconnect(jack.session);
  release();
  const { room } = await joining;
  assertEquals(room.sessions.size, 0);
  assertEquals(heart.news, ["jack connected #lobby", "jack disconnected #lobby"]);
});

Deno.test("a topic is set by who is in the room, and told to everyone there", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const jill = await heart.enter("jill");
  await heart.chat.setTopic(jack.session, "#lobby", "tea");
  assertEquals(jill.told, ["topic #lobby by jack: tea"]);
  await heart.chat.join(jack.session, "#garden");
  await rejectsWith("not_in_room", () => heart.chat.setTopic(jill.session, "#garden", "x"));
  await rejectsWith("bad_text", () => heart.chat.setTopic(jack.session, "#lobby", "a\nb"));
});

Deno.test("user() knows accounts in any spelling, present or not, and nobody else", async () => {
  const heart = await Heart.open();
  await createAccount(heart.storage, accountRecord("Jill"));
  assertEquals((await heart.chat.user("JILL")).name, "Jill");
  await rejectsWith("no_such_user", () => heart.chat.user("nobody"));
  await rejectsWith("no_such_user", () => heart.chat.user("~nobody"));
  await rejectsWith("bad_name", () => heart.chat.user("../x"));
  heart.storage.failing.set("findAccount", new StorageError("failed", "broken"));
  await rejectsWith("storage_failed", () => heart.chat.user("Jill"));
});

Deno.test("a read position never goes back, nor beyond what was posted", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  for (const body of ["1", "2", "3"]) await heart.post(jack, "#lobby", body);
  heart.chat.markRead(jack.session, 2);
  heart.chat.markRead(jack.session, 1);
  assertEquals(await heart.chat.readPosition("jack"), 2);
  heart.chat.markRead(jack.session, 99);
  assertEquals(await heart.chat.readPosition("jack"), 3);
  await heart.chat.stop();
  assertEquals(heart.storage.data.readPositions.get("jack"), 3);
});

Deno.test("what one session has read is told to the others of its account, once, and to nobody else", async () => {
  const heart = await Heart.open();
  const here = await heart.enter("jack");
  const there = await heart.enter("jack");
  const jill = await heart.enter("jill");
  for (const body of ["1", "2"]) await heart.post(jill, "#lobby", body);
  const reads = ({ told }: typeof here) => told.filter((text) => text.startsWith("read"));
  heart.chat.markRead(here.session, 1);
  heart.chat.markRead(there.session, 1);
  heart.chat.markRead(there.session, 99);
  heart.chat.markRead(here.session, 2);
  assertEquals([here, there, jill].map(reads), [["read 2"], ["read 1"], []]);
  await heart.chat.stop();
});

Deno.test("a guest takes another name in the rooms that it is in", async () => {
  const heart = await Heart.open();
  const guest = heart.enterGuest("~pat");
  await heart.chat.join(guest.session, "#lobby");
  heart.news.length = 0;
  heart.chat.rename(guest.session, { name: "~sam", nameKey: "~sam", account: false });
  assertEquals(heart.news, ["~pat disconnected #lobby", "~sam connected #lobby"]);
  assertEquals((await heart.chat.user("~sam")).account, false);
  await rejectsWith("no_such_user", () => heart.chat.user("~pat"));
  await heart.post(guest, "#lobby", "still here");
  assertEquals(guest.told, ["1 ~sam -> #lobby: still here"]);
});

Deno.test("a guest who signs in stays in the rooms, and the account belongs to them from then on", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const guest = heart.enterGuest("~pat");
  await heart.chat.join(guest.session, "#a");
  heart.news.length = 0;
  await heart.chat.signIn(guest.session, jack.session.user);
  assertEquals(heart.news, ["~pat disconnected #a", "jack joined #a"]);
  assertEquals([...heart.chat.room("#a").members], ["jack"]);
  assertEquals(guest.session.user.name, "jack");
});

Deno.test("a guest whose sign-in cannot be stored stays a guest", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const guest = heart.enterGuest("~pat");
  await heart.chat.join(guest.session, "#a");
  heart.storage.failing.set("enter", new StorageError("full", "no room"));
  await rejectsWith("storage_failed", () => heart.chat.signIn(guest.session, jack.session.user));
  assertEquals(guest.session.user.name, "~pat");
});

Deno.test("removing a user takes all their sessions out of a room, but leaves those who follow the account in the lobby", async () => {
  const heart = await Heart.open(new MemoryStorage(), { operator: "pat" });
  const { session: operator } = await heart.enter("pat");
  const jack = await heart.enter("jack");
  const other = await heart.enter("jack", false);
  await heart.chat.join(jack.session, "#a");
  await heart.chat.join(other.session, "#a");
  await heart.chat.join(other.session, "#lobby");
  heart.news.length = 0;
  await heart.chat.ruling.remove(operator, "#a", jack.session.user, "Enough");
  const left = "left #a by pat: Enough";
  assertEquals([jack.told.at(-1), other.told.at(-1)], [left, left]);
  assertEquals([...heart.chat.room("#a").members], []);
  await heart.chat.ruling.remove(operator, "#lobby", jack.session.user);
  assertEquals(jack.session.rooms.has(heart.chat.lobby), true);
  assertEquals(other.session.rooms.has(heart.chat.lobby), false);
  assertEquals(heart.news, ["jack left #a"]);
});

Deno.test("a post from outside is taken only where the room's rules allow it", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  await heart.chat.join(jack.session, "#a");
  const jill = await heart.enter("jill");
  await rejectsWith("not_in_room", () => heart.post(jill, "#a", "no"));
  const rules = { outsiders: true };
  await heart.chat.ruling.change(jack.session, "#a", [{ kind: "rules", rules }]);
  await heart.post(jill, "#a", "yes");
  assertEquals(jack.told.at(-1), "1 jill -> #a: yes");
  assertEquals(jill.told, []);
});

Deno.test("isAccountName() finds names and what looks like them", async () => {
  const heart = await Heart.open();
  await heart.enter("paul");
  const isTaken = (nameKey: string, skeleton: string) =>
    heart.chat.isAccountName({ nameKey, skeleton });
  assertEquals(await isTaken("paul", "other"), true);
  assertEquals(await isTaken("other", accountRecord("paul").skeleton), true);
  assertEquals(await isTaken("other", "other"), false);
});

Deno.test("an account has so many sessions at once, and the next one may come when one has gone", async () => {
  const heart = await Heart.open();
  const sessions = [];
  for (let at = 0; at < sessionsPerAccountMax; at++) sessions.push(await heart.enter("jack"));
  const error = await assertRejects(() => heart.enter("jack"), ChatError, "Close one of these");
  assertEquals([error.code, error.retryAfterMs], ["too_many", 30_000]);
  await heart.enter("jill");
  const guest = heart.enterGuest("~joe");
  const jack = sessions[0]!.session.user;
  await assertRejects(
    () => heart.chat.signIn(guest.session, jack),
    ChatError,
    "Close one of these",
  );
  assertEquals(guest.session.user.name, "~joe");
  heart.chat.disconnect(sessions[0]!.session);
  await heart.enter("jack");
});

Deno.test("of guests who sign in to one account at once, no more come in than there is room for", async () => {
  const heart = await Heart.open();
  const { session } = await heart.enter("jack");
  for (let at = 2; at < sessionsPerAccountMax; at++) await heart.enter("jack");
  await heart.chat.join(session, "#roses");
  const guests = [heart.enterGuest("~joe"), heart.enterGuest("~jim")];
  for (const guest of guests) await heart.chat.join(guest.session, "#roses");
  const results = await Promise.allSettled(
    guests.map((guest) => heart.chat.signIn(guest.session, session.user)),
  );
  assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected"]);
  assertEquals(heart.chat.presence.sessions("jack").size, sessionsPerAccountMax);
  assertEquals(guests[1]!.session.user.name, "~jim");
});
