/** What must have one winner where it is wanted on two servers at once: each of them has asked before it knew of the other. */
import { assertEquals } from "@std/assert";
import type { RoomRules } from "../../../protocol/wire/room_rules.ts";
import { RefusedError } from "../../../server/heart/refused.ts";
import { FakeTime, settled } from "../../fixtures/fake_time.ts";
import type { Person } from "../../fixtures/heart.ts";
import { SharedLog, type SharedNode } from "../../fixtures/shared_log.ts";

/** More than what changed waits to be told to other servers. */
const tickMs = 100;
/** More than it takes until a server that is silent is gone. */
const silenceMs = 7_000;

/** Two servers; jack, on the first one, has made the room `#a`. */
async function withOwner(time: FakeTime) {
  const log = await SharedLog.open(2);
  const [here, there] = log.nodes as [SharedNode, SharedNode];
  const jack = await here.heart.enter("jack");
  await here.heart.chat.join(jack.session, "#a");
  await time.advance(tickMs);
  return { log, here, there, jack };
}

function setRules({ heart }: SharedNode, { session }: Person, rules: Partial<RoomRules>) {
  return heart.chat.ruling.change(session, "#a", [{ kind: "rules", rules }]);
}

function setRole({ heart }: SharedNode, by: Person, target: Person, held: boolean) {
  const { user } = target.session;
  const change = { kind: "role", role: "moderator", user, held } as const;
  return heart.chat.ruling.change(by.session, "#a", [change]);
}

/** Does all of it while no server gets anything of the log; gives what became of each, in words. */
async function together(
  log: SharedLog,
  actions: readonly (() => Promise<unknown>)[],
): Promise<string[]> {
  const release = log.hold();
  const all = Promise.allSettled(actions.map((action) => action()));
  await settled();
  release();
  return (await all).map((one) => {
    if (one.status === "fulfilled") return "done";
    return one.reason instanceof RefusedError ? one.reason.message : String(one.reason);
  });
}

/** Who belongs to `#a` on each server. */
function membersOf({ nodes }: SharedLog): string[][] {
  return nodes.map(({ heart }) => [...heart.chat.room("#a").members].sort());
}

function assertSame(log: SharedLog): void {
  const [first, ...others] = log.stored();
  for (const other of others) assertEquals(other, first);
}

Deno.test("the last place of a room is given once, whichever servers the two who want it are on", async () => {
  using time = new FakeTime();
  for (const guests of [[], ["jill"], ["joe"], ["jill", "joe"]]) {
    const { log, here, there, jack } = await withOwner(time);
    await setRules(here, jack, { peopleMax: 2 });
    const come = async ({ heart }: SharedNode, name: string) =>
      guests.includes(name) ? heart.enterGuest(`~${name}`) : await heart.enter(name);
    const [jill, joe] = [await come(here, "jill"), await come(there, "joe")];
    await time.advance(tickMs);
    const outcomes = await together(log, [
      () => here.heart.chat.join(jill.session, "#a"),
      () => there.heart.chat.join(joe.session, "#a"),
    ]);
    assertEquals(outcomes, ["done", "#a is full. Ask jack, who owns #a, to invite you."]);
    await time.advance(tickMs);
    assertEquals(log.nodes.map(({ heart }) => heart.chat.room("#a").people), [2, 2]);
    assertSame(log);
    await log.stop();
  }
});

Deno.test("who was let in on another server counts before that server has told of it", async () => {
  using time = new FakeTime();
  const { log, here, there, jack } = await withOwner(time);
  await setRules(here, jack, { peopleMax: 2 });
  const guests = [here.heart.enterGuest("~jill"), there.heart.enterGuest("~joe")] as const;
  await time.advance(tickMs);
  await here.heart.chat.join(guests[0].session, "#a");
  // The other server has followed the log, and was told nothing yet.
  const outcomes = await together(log, [() => there.heart.chat.join(guests[1].session, "#a")]);
  assertEquals(outcomes, ["#a is full. Ask jack, who owns #a, to invite you."]);
  here.heart.chat.disconnect(guests[0].session);
  await time.advance(silenceMs);
  await there.heart.chat.join(guests[1].session, "#a");
  await log.stop();
});

Deno.test("who enters while a rule or a ban is on its way from another server is refused by it, and was never inside", async () => {
  using time = new FakeTime();
  const ban = { kind: "entry", list: "ban", subject: { account: "jill" }, listed: true } as const;
  const closed = [
    { kind: "rules", rules: { invited: true } },
    { kind: "rules", rules: { roomKey: "sesame" } },
    { kind: "rules", rules: { peopleMax: 1 } },
    ban,
  ] as const;
  const texts = [
    "#a is for invited people only. Ask jack, who owns #a, to invite you.",
    "#a has a key, which has to be given to enter. Ask jack, who owns #a, for it.",
    "#a is full. Ask jack, who owns #a, to invite you.",
    "You are banned from #a. Ask jack, who owns #a, to let you in.",
  ];
  for (const [at, change] of closed.entries()) {
    const { log, here, there, jack } = await withOwner(time);
    const jill = await there.heart.enter("jill");
    await time.advance(tickMs);
    const outcomes = await together(log, [
      () => here.heart.chat.ruling.change(jack.session, "#a", [change]),
      () => there.heart.chat.join(jill.session, "#a"),
    ]);
    assertEquals(outcomes, ["done", texts[at]]);
    assertEquals(membersOf(log), [["jack"], ["jack"]]);
    for (const { heart } of log.nodes) {
      assertEquals(heart.news.filter((news) => news === "jill joined #a"), []);
    }
    assertSame(log);
    await log.stop();
  }
});

Deno.test("who enters before a ban of theirs has its place is taken out by it", async () => {
  using time = new FakeTime();
  const { log, here, there, jack } = await withOwner(time);
  const [jill, guest] = [await there.heart.enter("jill"), there.heart.enterGuest("~zoe")];
  await time.advance(tickMs);
  const { user } = guest.session;
  const outcomes = await together(log, [
    () => there.heart.chat.join(jill.session, "#a"),
    () => there.heart.chat.join(guest.session, "#a"),
    () => here.heart.chat.ruling.ban(jack.session, "#a", jill.session.user),
    () => here.heart.chat.ruling.ban(jack.session, "#a", user),
  ]);
  assertEquals(outcomes, ["done", "done", "done", "done"]);
  assertEquals(membersOf(log), [["jack"], ["jack"]]);
  assertEquals(there.heart.chat.room("#a").people, 1);
  assertEquals(guest.told.at(-1), "left #a by jack: Banned");
  await time.advance(tickMs);
  assertEquals(here.heart.chat.room("#a").people, 1);
  await log.stop();
});

Deno.test("whoever is deposed on one server can do nothing any more on another", async () => {
  using time = new FakeTime();
  const { log, here, there, jack } = await withOwner(time);
  const [jill, joe] = [await there.heart.enter("jill"), await there.heart.enter("joe")];
  for (const { session } of [jill, joe]) await there.heart.chat.join(session, "#a");
  await setRole(here, jack, jill, true);
  await setRules(here, jack, { topic: "moderators" });
  const deposed = "You are not a moderator of #a. Ask jack, who owns #a, for help.";
  const outcomes = await together(log, [
    () => setRole(here, jack, jill, false),
    () => setRole(there, jill, joe, true),
    () => there.heart.chat.setTopic(jill.session, "#a", "tea"),
    () => there.heart.chat.ruling.remove(jill.session, "#a", joe.session.user),
    () => there.heart.chat.ruling.ban(jill.session, "#a", joe.session.user),
  ]);
  assertEquals(outcomes, [
    "done",
    deposed,
    "Only moderators may set the topic of #a. Ask jack, who owns #a, to set it.",
    deposed,
    deposed,
  ]);
  for (const { heart } of log.nodes) {
    const { law, topic, members } = heart.chat.room("#a");
    assertEquals(law.roles.map(({ name }) => name), ["jack"]);
    assertEquals([topic, members.size, law.entries.length], ["", 3, 0]);
  }
  assertSame(log);
  await log.stop();
});

Deno.test("a removal takes somebody out with all roles on all servers, or does nothing", async () => {
  using time = new FakeTime();
  const { log, here, there, jack } = await withOwner(time);
  const jill = await there.heart.enter("jill");
  await there.heart.chat.join(jill.session, "#a");
  await setRole(here, jack, jill, true);
  const outcomes = await together(log, [
    () => here.heart.chat.ruling.remove(jack.session, "#a", jill.session.user, "Enough"),
    () => setRules(there, jill, { invited: true }),
    () => here.heart.chat.ruling.remove(jack.session, "#a", jill.session.user),
  ]);
  const outside = "You are not in that room. Join it first.";
  assertEquals(outcomes, ["done", outside, "jill is not in #a."]);
  assertEquals(jill.told.slice(-2), [
    "ruled #a by jack: -moderator jill",
    "left #a by jack: Enough",
  ]);
  assertEquals(membersOf(log), [["jack"], ["jack"]]);
  assertSame(log);
  await log.stop();
});

Deno.test("a room that nobody owns is claimed by one of two who enter it on two servers at once", async () => {
  using time = new FakeTime();
  const { log, here, there, jack } = await withOwner(time);
  const owner = { kind: "role", role: "owner", user: jack.session.user, held: false } as const;
  await here.heart.chat.ruling.change(jack.session, "#a", [owner]);
  await here.heart.chat.leave(jack.session, "#a");
  const [jill, joe] = [await here.heart.enter("jill"), await there.heart.enter("joe")];
  await time.advance(tickMs);
  const outcomes = await together(log, [
    () => here.heart.chat.join(jill.session, "#a"),
    () => there.heart.chat.join(joe.session, "#a"),
  ]);
  assertEquals(outcomes, ["done", "done"]);
  for (const { heart } of log.nodes) {
    assertEquals(heart.chat.room("#a").law.roles.length <= 1, true);
  }
  assertSame(log);
  await log.stop();
});

Deno.test("a room's lists hold no more than they may where entries are made on two servers at once", async () => {
  using time = new FakeTime();
  const { log, here, there, jack } = await withOwner(time);
  const again = await there.heart.enter("jack");
  await time.advance(tickMs);
  const ban = (person: Person, { heart }: SharedNode, from: number) => () =>
    heart.chat.ruling.change(
      person.session,
      "#a",
      Array.from({ length: 60 }, (_, at) => ({
        kind: "entry",
        list: "ban",
        subject: { account: `user${from + at}` },
        listed: true,
      } as const)),
    );
  const outcomes = await together(log, [ban(jack, here, 0), ban(again, there, 100)]);
  assertEquals(outcomes, ["done", "ChatError: A room's lists hold 100 entries at most."]);
  assertSame(log);
  await log.stop();
});

Deno.test("an invitation lets in also where the room is closed meanwhile, and not past a ban that came after it", async () => {
  using time = new FakeTime();
  const { log, here, there, jack } = await withOwner(time);
  const [jill, joe] = [await there.heart.enter("jill"), await there.heart.enter("joe")];
  await time.advance(tickMs);
  for (const { session } of [jill, joe]) {
    here.heart.chat.ruling.invite(jack.session, "#a", session.user);
  }
  const closed = await together(log, [
    () => setRules(here, jack, { invited: true }),
    () => there.heart.chat.join(jill.session, "#a"),
  ]);
  assertEquals(closed, ["done", "done"]);
  const banned = await together(log, [
    () => here.heart.chat.ruling.ban(jack.session, "#a", joe.session.user),
    () => there.heart.chat.join(joe.session, "#a"),
  ]);
  assertEquals(banned, ["done", "You are banned from #a. Ask jack, who owns #a, to let you in."]);
  assertEquals(membersOf(log), [["jack", "jill"], ["jack", "jill"]]);
  await log.stop();
});

Deno.test("of two guests who enter an empty room on two servers at once the first one in the log moderates it", async () => {
  using time = new FakeTime();
  const { log, here, there, jack } = await withOwner(time);
  const owner = { kind: "role", role: "owner", user: jack.session.user, held: false } as const;
  await here.heart.chat.ruling.change(jack.session, "#a", [owner]);
  await here.heart.chat.leave(jack.session, "#a");
  const guests = [here.heart.enterGuest("~zoe"), there.heart.enterGuest("~joe")] as const;
  await together(log, [
    () => here.heart.chat.join(guests[0].session, "#a"),
    () => there.heart.chat.join(guests[1].session, "#a"),
  ]);
  await time.advance(tickMs);
  for (const { heart } of log.nodes) {
    assertEquals(heart.chat.room("#a").law.roles.map(({ name }) => name), ["~zoe"]);
  }
  await here.heart.chat.leave(guests[0].session, "#a");
  await there.heart.chat.leave(guests[1].session, "#a");
  await time.advance(tickMs);
  await there.heart.chat.join(guests[1].session, "#a");
  await time.advance(tickMs);
  for (const { heart } of log.nodes) {
    assertEquals(heart.chat.room("#a").law.roles.map(({ name }) => name), ["~joe"]);
  }
  await log.stop();
});
