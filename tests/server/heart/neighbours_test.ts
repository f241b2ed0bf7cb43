import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { parseRoomName } from "../../../protocol/names/names.ts";
import { sessionsPerAccountMax } from "../../../protocol/wire/limits.ts";
import type { Chat } from "../../../server/heart/chat.ts";
import { noOrigin } from "../../../server/storage/command_log.ts";
import { LocalWhispers } from "../../../server/storage/whispers.ts";
import { createAccount, createRoom } from "../../fixtures/changes.ts";
import { FakeTime } from "../../fixtures/fake_time.ts";
import { accountRecord, Heart, type Person, rejectsWith } from "../../fixtures/heart.ts";
import { newPassword } from "../../fixtures/new_password.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import { noConnection } from "../../fixtures/session_connection.ts";
import { CuttableWhispers, SharedLog, type SharedNode } from "../../fixtures/shared_log.ts";

/** Two servers over stores that hold the same. */
async function twoServers() {
  const all = new LocalWhispers();
  const open = async () => {
    const storage = new MemoryStorage();
    for (const name of ["jack", "jill"]) await createAccount(storage, accountRecord(name));
    const way = new CuttableWhispers(all);
    const heart = await Heart.open(storage, { whispers: way });
    await createRoom(storage, parseRoomName("#den"));
    return { heart, way };
  };
  const [here, there] = [await open(), await open()];
  const stop = () => Promise.all([here.heart.chat.stop(), there.heart.chat.stop()]);
  return { here, there, stop };
}

const onlineAt = ({ presence }: Chat) => Array.from(presence.users(), ({ name }) => name);
/** More than changes wait to be told, and more than it takes until a server that is silent is gone. */
const tickMs = 100;
const silenceMs = 9_000;
/** Servers say so often that they are there. */
const aliveMs = 2_000;
/** Longer than an account may have too many sessions. */
const surplusMs = 13_000;

Deno.test("people on another server are seen as those here, come and go", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const jack = await here.heart.enter("jack");
  const irc = await here.heart.enter("jack", false);
  await time.advance(tickMs);
  assertEquals(there.heart.news, ["jack connected #lobby"]);
  assertEquals(onlineAt(there.heart.chat), ["jack"]);
  assertEquals(there.heart.chat.lobby.people, 1);
  here.heart.chat.disconnect(jack.session);
  await time.advance(tickMs);
  here.heart.chat.disconnect(irc.session);
  await time.advance(tickMs);
  assertEquals(there.heart.news, [
    "jack connected #lobby",
    "jack left #lobby",
    "jack disconnected ",
  ]);
  assertEquals(there.heart.chat.lobby.people, 0);
  await stop();
});

Deno.test("a guest on another server is seen in its rooms, and under its new name", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const guest = here.heart.enterGuest("~ann");
  await time.advance(tickMs);
  await here.heart.chat.join(guest.session, "#den");
  await time.advance(tickMs);
  const user = { name: "~bea", nameKey: "~bea", account: false };
  here.heart.chat.rename(guest.session, user);
  await time.advance(tickMs);
  await here.heart.chat.leave(guest.session, "#den");
  await time.advance(tickMs);
  assertEquals(there.heart.news, [
    "~ann connected ",
    "~ann joined #den",
    "~ann renamed ~bea",
    "~bea left #den",
  ]);
  await stop();
});

Deno.test("who comes later hears of everyone, and nobody on a server that stops stays", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  there.way.cut = true;
  await here.heart.enter("jack");
  await time.advance(tickMs);
  there.way.cut = false;
  const late = await Heart.open(new MemoryStorage(), { whispers: there.way });
  await time.advance(tickMs);
  assertEquals(onlineAt(late.chat), ["jack"]);
  await here.heart.chat.stop();
  await time.advance(silenceMs);
  assertEquals(onlineAt(late.chat), []);
  await late.chat.stop();
  await stop();
});

Deno.test("people who go on elsewhere when their server stops are not seen to go; those who do not, and guests, are", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const jack = await here.heart.enter("jack");
  const jill = await here.heart.enter("jill");
  const guest = here.heart.enterGuest("~ann");
  await time.advance(tickMs);
  there.heart.news.splice(0);
  here.heart.chat.retire();
  for (const { session } of [jack, jill, guest]) here.heart.chat.disconnect(session);
  await time.advance(tickMs);
  assertEquals(there.heart.news.splice(0), ["~ann disconnected "]);
  await here.heart.chat.stop();
  await time.advance(1_000);
  await there.heart.enter("jack");
  await time.advance(silenceMs);
  assertEquals(there.heart.news, ["jill disconnected #lobby"]);
  assertEquals(onlineAt(there.heart.chat), ["jack"]);
  await stop();
});

Deno.test("a server that is silent is gone with everyone on it, and back with everyone as soon as it is heard", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  await here.heart.enter("jack");
  await there.heart.enter("jill");
  await time.advance(tickMs);
  assertEquals(onlineAt(there.heart.chat), ["jack", "jill"]);
  there.way.cut = true;
  await time.advance(silenceMs);
  assertEquals([onlineAt(here.heart.chat), onlineAt(there.heart.chat)], [["jack"], ["jill"]]);
  there.way.cut = false;
  await time.advance(silenceMs);
  const everyone = ["jack", "jill"];
  assertEquals([onlineAt(here.heart.chat), onlineAt(there.heart.chat)], [everyone, everyone]);
  await stop();
});

Deno.test("a change that was not heard is asked for again", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const jack = await here.heart.enter("jack");
  await time.advance(tickMs);
  there.way.cut = true;
  here.heart.chat.disconnect(jack.session);
  await time.advance(tickMs);
  there.way.cut = false;
  assertEquals(onlineAt(there.heart.chat), ["jack"]);
  await here.heart.enter("jill");
  await time.advance(silenceMs);
  assertEquals(onlineAt(there.heart.chat), ["jill"]);
  await stop();
});

Deno.test("a session is ended, and its user invited, from another server", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const jack = await here.heart.enter("jack");
  const jill = await there.heart.enter("jill");
  const own = await there.heart.enter("jack");
  await time.advance(tickMs);
  const [user] = [await there.heart.chat.user("jack")];
  await there.heart.chat.join(jill.session, "#den");
  there.heart.chat.ruling.invite(jill.session, "#den", user);
  assertEquals(jack.told, ["invited #den by jill"]);
  const listed = there.heart.chat.accountSessions.list(own.session);
  assertEquals(listed.length, 2);
  there.heart.chat.accountSessions.end(own.session, listed.find((one) => !one.own)!.id);
  assertEquals([jack.session.revoked, jack.session.ended], [true, true]);
  await time.advance(tickMs);
  assertEquals(there.heart.chat.accountSessions.list(own.session).length, 1);
  await stop();
});

Deno.test("a session that is ended from another server ends also where that is not heard at first, and is not seen meanwhile", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const jack = await here.heart.enter("jack");
  const own = await there.heart.enter("jack");
  await time.advance(tickMs);
  const { accountSessions } = there.heart.chat;
  const [other] = accountSessions.others(own.session);
  here.way.cut = true;
  accountSessions.end(own.session, other!.id);
  await time.advance(tickMs);
  here.way.cut = false;
  assertEquals(jack.session.revoked, false);
  // All that it has is told anew meanwhile.
  const late = await Heart.open(new MemoryStorage(), { whispers: there.way });
  await time.advance(tickMs);
  assertEquals(accountSessions.list(own.session).length, 1);
  await time.advance(aliveMs);
  assertEquals([jack.session.revoked, jack.session.ended], [true, true]);
  await late.chat.stop();
  await stop();
});

Deno.test("a session that was ended while its server was away ends when that is back", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const jack = await here.heart.enter("jack");
  const own = await there.heart.enter("jack");
  await time.advance(tickMs);
  const { accountSessions } = there.heart.chat;
  const [other] = accountSessions.others(own.session);
  here.way.cut = true;
  accountSessions.end(own.session, other!.id);
  await time.advance(silenceMs);
  here.way.cut = false;
  await time.advance(silenceMs);
  assertEquals([jack.session.revoked, jack.session.ended], [true, true]);
  assertEquals(accountSessions.list(own.session).length, 1);
  await stop();
});

Deno.test("where the password is changed each server ends its own sessions, and the one that has asked stays", async () => {
  using time = new FakeTime();
  const { here, there, stop } = await twoServers();
  const asking = await here.heart.enter("jack");
  const other = await there.heart.enter("jack");
  await time.advance(tickMs);
  const { accountSessions } = there.heart.chat;
  assertEquals(accountSessions.others(other.session).length, 1);
  // The change comes to the other server by the log, where nobody has asked for it.
  const [elsewhere] = accountSessions.others(other.session);
  await newPassword(there.heart.storage, elsewhere!, { origin: noOrigin });
  assertEquals([asking.session.revoked, other.session.revoked], [false, true]);
  await stop();
});

/** Two servers over one log, and a guest who has a connection that can give up its name. */
async function withGuests() {
  const log = await SharedLog.open(2);
  const [here, there] = log.nodes as [SharedNode, SharedNode];
  let given = 0;
  const enter = ({ heart }: SharedNode, name: string): Person => {
    const told: string[] = [];
    const user = { name, nameKey: name, account: false };
    const session: Person["session"] = heart.chat.connect(user, {
      deliver: (event) => void told.push(event.type),
      followsAccount: false,
      connection: {
        ...noConnection,
        giveUpName: () => {
          const other = `~guest${++given}`;
          heart.chat.rename(session, { name: other, nameKey: other, account: false });
        },
      },
    });
    return { session, told };
  };
  return { log, here, there, enter };
}

/** Who has a role in a room, on each server. */
function rolesOf({ nodes }: SharedLog, room: string): string[] {
  return nodes.map(({ heart }) =>
    heart.chat.room(room).law.roles.map(({ name, roles }) => `${name}: ${roles}`).join(", ")
  );
}

Deno.test("of two guests who take one name on two servers at once the first keeps it, and the other gets another one at once", async () => {
  using time = new FakeTime();
  const { log, here, there, enter } = await withGuests();
  const [first, second] = [enter(here, "~zoe"), enter(there, "~zoe")];
  // The same moment: then the servers' ids decide, the same on both.
  await time.advance(tickMs * 2);
  const names = [first, second].map(({ session }) => session.user.name);
  assertEquals(names.toSorted(), ["~guest1", "~zoe"]);
  for (const { heart } of log.nodes) assertEquals(onlineAt(heart.chat), ["~guest1", "~zoe"]);
  await log.stop();
});

Deno.test("servers that could not hear each other agree afterwards who was called so first", async () => {
  using time = new FakeTime();
  const { log, here, there, enter } = await withGuests();
  here.way.cut = there.way.cut = true;
  const first = enter(there, "~zoe");
  await time.advance(tickMs);
  const second = enter(here, "~zoe");
  second.session.namedMs++;
  await time.advance(silenceMs);
  here.way.cut = there.way.cut = false;
  await time.advance(silenceMs);
  assertEquals([first, second].map(({ session }) => session.user.name), ["~zoe", "~guest1"]);
  for (const { heart } of log.nodes) assertEquals(onlineAt(heart.chat), ["~guest1", "~zoe"]);
  await log.stop();
});

Deno.test("a guest's role is given from another server, known on all, goes along to another name, and ends when the guest leaves", async () => {
  using time = new FakeTime();
  const { log, here, there, enter } = await withGuests();
  const jack = await here.heart.enter("jack");
  await here.heart.chat.join(jack.session, "#a");
  const zoe = enter(there, "~zoe");
  await there.heart.chat.join(zoe.session, "#a");
  await time.advance(tickMs);
  const role = { kind: "role", role: "moderator", user: zoe.session.user, held: true } as const;
  await here.heart.chat.ruling.change(jack.session, "#a", [role]);
  assertEquals(rolesOf(log, "#a"), [
    "jack: owner, ~zoe: moderator",
    "jack: owner, ~zoe: moderator",
  ]);
  assertEquals(zoe.told, ["ruled"]);
  // A server that comes later is told of it, too.
  await log.start();
  await time.advance(tickMs);
  assertEquals(rolesOf(log, "#a")[2], "jack: owner, ~zoe: moderator");
  there.heart.chat.rename(zoe.session, { name: "~bea", nameKey: "~bea", account: false });
  await time.advance(tickMs);
  assertEquals(new Set(rolesOf(log, "#a")), new Set(["jack: owner, ~bea: moderator"]));
  // What she decides is decided for all.
  await there.heart.chat.ruling.change(zoe.session, "#a", [
    { kind: "rules", rules: { speakers: "voiced" } },
  ]);
  assertEquals(jack.told.at(-1), 'ruled #a by ~bea: {"speakers":"voiced"}');
  await there.heart.chat.leave(zoe.session, "#a");
  await time.advance(tickMs);
  assertEquals(new Set(rolesOf(log, "#a")), new Set(["jack: owner"]));
  await log.stop();
});

Deno.test("a guest is removed from a room by somebody on another server, and loses the role there", async () => {
  using time = new FakeTime();
  const { log, here, there, enter } = await withGuests();
  const jack = await here.heart.enter("jack");
  await here.heart.chat.join(jack.session, "#a");
  const zoe = enter(there, "~zoe");
  await there.heart.chat.join(zoe.session, "#a");
  await time.advance(tickMs);
  const { user } = zoe.session;
  const role = { kind: "role", role: "voiced", user, held: true } as const;
  await here.heart.chat.ruling.change(jack.session, "#a", [role]);
  await here.heart.chat.ruling.remove(jack.session, "#a", user, "Enough");
  assertEquals([zoe.told.at(-1), zoe.session.rooms.size], ["left", 0]);
  for (const { heart } of log.nodes) {
    assertEquals([heart.news.at(-1), heart.chat.room("#a").people], ["~zoe left #a", 1]);
  }
  await time.advance(tickMs);
  assertEquals(rolesOf(log, "#a"), ["jack: owner", "jack: owner"]);
  await log.stop();
});

Deno.test("an account has no more sessions on all servers together than it may, also where two come at once", async () => {
  using time = new FakeTime();
  const { log, here, there } = await withGuests();
  const people: Person[] = [];
  for (let at = 0; at < sessionsPerAccountMax - 1; at++) {
    people.push(await [here, there][at % 2]!.heart.enter("jack"));
  }
  await time.advance(tickMs);
  // Neither server knows of the other's.
  people.push(await here.heart.enter("jack"), await there.heart.enter("jack"));
  await time.advance(surplusMs);
  assertEquals(people.filter(({ session }) => session.revoked).length, 1);
  for (const { heart } of log.nodes) {
    assertEquals(heart.chat.presence.sessions("jack").size, sessionsPerAccountMax);
    await rejectsWith("too_many", () => heart.enter("jack"));
  }
  await log.stop();
});

/** Three servers, the first of which has two thirds of the sessions that an account may have. */
async function withManySessions() {
  const { log, here, there } = await withGuests();
  const third = await log.start();
  const enter = async ({ heart }: SharedNode, count: number) => {
    const people: Person[] = [];
    for (let at = 0; at < count; at++) people.push(await heart.enter("jack"));
    return people;
  };
  const count = Math.ceil(sessionsPerAccountMax * 2 / 3);
  await enter(here, count);
  return { log, here, there, third, enter, count };
}

Deno.test("however many sessions of an account move from a server that stops, they come in elsewhere at once, and stay", async () => {
  using time = new FakeTime();
  const { log, here, there, third, enter, count } = await withManySessions();
  await time.advance(tickMs);
  here.heart.chat.retire();
  const moved = await enter(there, count);
  await here.heart.chat.stop();
  await time.advance(surplusMs);
  assertEquals(moved.filter(({ session }) => session.ended).length, 0);
  assertEquals(third.heart.chat.presence.sessions("jack").size, count);
  await log.stop();
});

Deno.test("sessions that have moved from a server that has died are not ended because those there still count", async () => {
  using time = new FakeTime();
  const { log, here, there, third, enter, count } = await withManySessions();
  await time.advance(tickMs);
  here.way.cut = true;
  const free = sessionsPerAccountMax - count;
  const moved = [...await enter(there, free), ...await enter(third, free)];
  await time.advance(surplusMs * 2);
  assertEquals(moved.filter(({ session }) => session.ended).length, 0);
  for (const { heart } of [there, third]) {
    assertEquals(heart.chat.presence.sessions("jack").size, 2 * free);
  }
  await log.stop();
});

Deno.test("what people say of themselves is told to other servers, also to one that comes later", async () => {
  using time = new FakeTime();
  const { log, here, there } = await withGuests();
  const jack = await here.heart.enter("jack");
  const profile = { realname: "Jack", away: "tea", modes: "B", metadata: [["a", "b"]] } as const;
  const told: unknown[] = [];
  there.heart.chat.presence.watchProfiles(({ user, profile }) => told.push([user.name, profile]));
  await time.advance(tickMs);
  here.heart.chat.describe(jack.session, profile);
  await time.advance(tickMs);
  assertEquals(told, [["jack", profile]]);
  const late = await log.start();
  await time.advance(tickMs);
  const [session] = late.heart.chat.presence.sessions("jack");
  assertEquals(session?.profile, profile);
  await log.stop();
});

Deno.test("however many sessions there are, and whatever they say of themselves, they are told in pieces that fit", async () => {
  using time = new FakeTime();
  const { log, here, there, enter } = await withGuests();
  const lengths: number[] = [];
  log.whispers.hear((whisper) => lengths.push(Buffer.byteLength(JSON.stringify(whisper))));
  const value = "語".repeat(100);
  const metadata = Array.from({ length: 20 }, (_, at) => [`key${at}`, value] as const);
  for (let at = 0; at < 300; at++) {
    const { session } = enter(here, `~guest-${at}`);
    here.heart.chat.describe(session, { realname: value, away: null, modes: "", metadata });
  }
  await time.advance(tickMs);
  assertEquals(there.heart.chat.presence.size, 300);
  const late = await log.start();
  await time.advance(tickMs);
  assertEquals(late.heart.chat.presence.size, 300);
  assertEquals(Math.max(...lengths) < 250_000, true);
  await log.stop();
});
