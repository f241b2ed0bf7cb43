/** How rooms are ruled: what is done, stored and told, on whatever wire. */
import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { invitationsMax, roomEntriesMax } from "../../../protocol/wire/limits.ts";
import { usualRules } from "../../../protocol/wire/room_rules.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { settled } from "../../fixtures/fake_time.ts";
import { Heart, type Person, rejectsWith, throwsWith } from "../../fixtures/heart.ts";
import { addMember, createRoom } from "../../fixtures/changes.ts";
import { newPassword } from "../../fixtures/new_password.ts";
import { makeAllowances } from "../../fixtures/allowances.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";

/** Who has which roles in a room, in words. */
function rolesIn(heart: Heart, room: string): string[] {
  return heart.chat.room(room).law.roles.map(({ name, roles }) => `${name}: ${roles.join("+")}`);
}

async function setRules(heart: Heart, { session }: Person, rules: object, room = "#a") {
  await heart.chat.ruling.change(session, room, [{ kind: "rules", rules }]);
}

async function setRole(
  heart: Heart,
  { session }: Person,
  role: "owner" | "moderator" | "voiced",
  target: Person,
  held = true,
) {
  const { user } = target.session;
  await heart.chat.ruling.change(session, "#a", [{ kind: "role", role, user, held }]);
}

Deno.test("who makes a room owns it, also after a restart; who enters it then does not", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("Jack"), await heart.enter("jill")];
  await heart.chat.join(jack.session, "#a");
  await heart.chat.join(jill.session, "#a");
  assertEquals(rolesIn(heart, "#a"), ["Jack: owner"]);
  await setRole(heart, jack, "moderator", jill);
  await setRules(heart, jack, { invited: true, roomKey: "sesame" });
  const again = await Heart.open(new MemoryStorage(heart.storage.data));
  assertEquals(rolesIn(again, "#a"), ["Jack: owner", "jill: moderator"]);
  assertEquals(again.chat.room("#a").law, heart.chat.room("#a").law);
});

Deno.test("of two who make one room at once, one owns it, and the other is asked for what its rules want", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  const release = heart.storage.hold("room");
  const both = Promise.all([jack, jill].map(({ session }) => heart.chat.join(session, "#a")));
  await settled();
  release();
  assertEquals((await both).map(({ created }) => created), [true, false]);
  assertEquals(rolesIn(heart, "#a"), ["jack: owner"]);
});

Deno.test("whoever enters a room that nobody owns and nobody else belongs to owns it", async () => {
  const storage = new MemoryStorage();
  await createRoom(storage, { name: "#a", nameKey: "#a", skeleton: "#a" });
  const id = await createRoom(storage, { name: "#b", nameKey: "#b", skeleton: "#b" });
  await addMember(storage, id, "old");
  const heart = await Heart.open(new MemoryStorage(storage.data));
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  for (const { session } of [jack, jill]) {
    await heart.chat.join(session, "#a");
    await heart.chat.join(session, "#b");
  }
  assertEquals(rolesIn(heart, "#a"), ["jack: owner"]);
  assertEquals(rolesIn(heart, "#b"), []);
  assertEquals(rolesIn(heart, "#lobby"), []);
});

/** Everything that keeps others out of a room. */
const closing = [
  { kind: "rules", rules: { invited: true, roomKey: "sesame", peopleMax: 1, speakers: "voiced" } },
  { kind: "entry", list: "ban", subject: { mask: "*!*@*" }, listed: true },
] as const;

Deno.test("a room that a guest has closed is closed to nobody when everybody has gone, also after a restart", async () => {
  const heart = await Heart.open();
  const [zoe, jack] = [heart.enterGuest("~zoe"), await heart.enter("jack")];
  await heart.chat.join(zoe.session, "#a");
  await heart.chat.ruling.change(zoe.session, "#a", closing);
  await rejectsWith("forbidden", () => heart.chat.join(jack.session, "#a"));
  heart.chat.disconnect(zoe.session);
  const restarted = await Heart.open(new MemoryStorage(structuredClone(heart.storage.data)));
  const later = restarted.enterGuest("~ann");
  const there = [[heart, jack, "jack: owner"], [restarted, later, "~ann: moderator"]] as const;
  for (const [one, person, role] of there) {
    await one.chat.join(person.session, "#a");
    assertEquals(rolesIn(one, "#a"), [role]);
    const { rules, entries } = one.chat.room("#a").law;
    assertEquals([rules, entries], [usualRules, []], role);
    const stored = one.storage.data.rooms.find(({ name }) => name === "#a")!.law;
    assertEquals([stored.rules, stored.entries], [usualRules, []], role);
  }
});

Deno.test("a closed room stays closed as long as an account belongs to it or rules it, or anybody is there", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  const closed = () => rejectsWith("forbidden", () => heart.chat.join(jack.session, "#a"));
  const zoe = heart.enterGuest("~zoe");
  await heart.chat.join(zoe.session, "#a");
  const tom = heart.enterGuest("~tom");
  await heart.chat.join(tom.session, "#a");
  await heart.chat.join(jill.session, "#a");
  await setRole(heart, zoe, "voiced", jill);
  await heart.chat.ruling.change(zoe.session, "#a", closing);
  heart.chat.disconnect(zoe.session);
  await closed();
  await heart.chat.leave(jill.session, "#a");
  await closed();
  heart.chat.disconnect(tom.session);
  await heart.chat.join(jack.session, "#a");
  assertEquals(rolesIn(heart, "#a"), ["jack: owner"]);
  // What its owner has closed stays so without anybody in it.
  await heart.chat.ruling.change(jack.session, "#a", closing);
  await heart.chat.leave(jack.session, "#a");
  await rejectsWith("forbidden", () => heart.chat.join(jill.session, "#a"));
});

Deno.test("of two who enter a room that is nobody's at once, one has it, and the other is kept out", async () => {
  const heart = await Heart.open();
  const zoe = heart.enterGuest("~zoe");
  await heart.chat.join(zoe.session, "#a");
  await heart.chat.ruling.change(zoe.session, "#a", closing);
  heart.chat.disconnect(zoe.session);
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  const release = heart.storage.hold("enter");
  const first = heart.chat.join(jack.session, "#a");
  await settled();
  await rejectsWith("forbidden", () => heart.chat.join(jill.session, "#a"));
  release();
  await first;
  assertEquals(rolesIn(heart, "#a"), ["jack: owner"]);
});

Deno.test("a room that is not to be listed names nobody to whom it keeps out", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  await heart.chat.join(jack.session, "#a");
  const refusal = async () => {
    return (await rejectsWith("forbidden", () => heart.chat.join(jill.session, "#a"))).message;
  };
  await setRules(heart, jack, { invited: true });
  assertEquals(
    await refusal(),
    "#a is for invited people only. Ask jack, who owns #a, to invite you.",
  );
  await setRules(heart, jack, { listed: false });
  assertEquals(await refusal(), "#a is for invited people only. Ask somebody in it to invite you.");
});

Deno.test("a guest who is there can be given a role, which is not stored", async () => {
  const heart = await Heart.open();
  const [jack, zoe] = [await heart.enter("jack"), heart.enterGuest("~zoe")];
  await heart.chat.join(jack.session, "#a");
  await rejectsWith("forbidden", () => setRole(heart, jack, "moderator", zoe));
  await heart.chat.join(zoe.session, "#a");
  await setRole(heart, jack, "moderator", zoe);
  await rejectsWith("forbidden", () => setRole(heart, jack, "owner", zoe));
  assertEquals(rolesIn(heart, "#a"), ["jack: owner", "~zoe: moderator"]);
  const again = await Heart.open(new MemoryStorage(heart.storage.data));
  assertEquals(rolesIn(again, "#a"), ["jack: owner"]);
});

Deno.test("roles of a guest end when the guest leaves, and go along to an account and to another name", async () => {
  const heart = await Heart.open();
  const guest = heart.enterGuest("~zoe");
  await heart.chat.join(guest.session, "#a");
  assertEquals(rolesIn(heart, "#a"), ["~zoe: moderator"]);
  assertEquals(heart.storage.data.rooms.find(({ name }) => name === "#a")!.law.roles, []);
  heart.chat.rename(guest.session, { name: "~zoo", nameKey: "~zoo", account: false });
  assertEquals(rolesIn(heart, "#a"), ["~zoo: moderator"]);
  await heart.chat.leave(guest.session, "#a");
  assertEquals(rolesIn(heart, "#a"), []);
  await heart.chat.join(guest.session, "#a");
  const jack = await heart.enter("jack");
  await heart.chat.signIn(guest.session, jack.session.user);
  // Alone there, jack owns it.
  const own = ["jack: moderator+owner"];
  assertEquals(rolesIn(heart, "#a"), own);
  const again = await Heart.open(new MemoryStorage(heart.storage.data));
  assertEquals(rolesIn(again, "#a"), own);
  const other = heart.enterGuest("~ann");
  await heart.chat.join(other.session, "#c");
  heart.chat.disconnect(other.session);
  assertEquals(rolesIn(heart, "#c"), []);
});

Deno.test("changes are told to everyone in the room, in one event; what is so already is not told", async () => {
  const heart = await Heart.open();
  const [jack, jill, joe] = [
    await heart.enter("jack"),
    await heart.enter("jill"),
    await heart.enter("joe"),
  ];
  for (const { session } of [jack, jill]) await heart.chat.join(session, "#a");
  await heart.chat.ruling.change(jack.session, "#a", [
    { kind: "role", role: "voiced", user: jill.session.user, held: true },
    { kind: "rules", rules: { listed: false } },
    { kind: "rules", rules: { listed: false } },
    { kind: "entry", list: "mute", subject: { mask: "x!*@*" }, listed: true },
  ]);
  const told = 'ruled #a by jack: +voiced jill, {"listed":false}, +mute mask x!*@*';
  assertEquals([jack.told.at(-1), jill.told.at(-1)], [told, told]);
  assertEquals(joe.told, []);
  const count = jill.told.length;
  await setRules(heart, jack, { listed: false });
  await setRole(heart, jack, "voiced", jill);
  assertEquals(jill.told.length, count);
  assertEquals(heart.storage.calls.get("rule"), 1);
});

Deno.test("changes are made together or not at all", async () => {
  const heart = await Heart.open();
  const [jack, jill, joe] = [
    await heart.enter("jack"),
    await heart.enter("jill"),
    await heart.enter("joe"),
  ];
  for (const { session } of [jack, jill]) await heart.chat.join(session, "#a");
  const before = heart.chat.room("#a").law;
  const refused = heart.chat.ruling.change(jack.session, "#a", [
    { kind: "rules", rules: { invited: true } },
    { kind: "role", role: "moderator", user: joe.session.user, held: true },
  ]);
  assertEquals((await assertRejects(() => refused, ChatError)).message, "joe is not in #a.");
  heart.storage.failing.set("rule", new StorageError("full", "full"));
  await rejectsWith("storage_failed", () => setRules(heart, jack, { invited: true }));
  assertEquals(heart.chat.room("#a").law, before);
  assertEquals(jill.told, []);
});

Deno.test("a closed room is neither listed, nor shown, nor readable, nor searchable for others", async () => {
  for (const rules of [{ invited: true }, { roomKey: "sesame" }, { listed: false }]) {
    const heart = await Heart.open();
    const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
    await heart.chat.join(jack.session, "#a");
    await heart.post(jack, "#a", "our secret");
    await setRules(heart, jack, rules);
    const listed = (person: Person) =>
      heart.chat.listRooms(person.session).rooms.map(({ name }) => name);
    const { reading, ruling } = heart.chat;
    assertEquals(listed(jack), ["#a", "#lobby"]);
    assertEquals(listed(jill), ["#lobby"]);
    await rejectsWith("not_in_room", () => reading.history(jill.session, { room: "#a", limit: 9 }));
    const search = { words: "secret", limit: 9 };
    await rejectsWith("not_in_room", () => reading.search(jill.session, { ...search, room: "#a" }));
    assertEquals((await reading.search(jill.session, search)).posts, []);
    assertEquals((await reading.history(jill.session, { limit: 9 })).posts, []);
    throwsWith("not_in_room", () => ruling.show(jill.session, "#a"));
    throwsWith("not_in_room", () => reading.who(jill.session, "#a"));
    assertEquals((await reading.search(jack.session, search)).posts.length, 1);
  }
});

Deno.test("a page of rooms is full also where closed ones lie between", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  for (const room of ["#a", "#b", "#c"]) await heart.chat.join(jack.session, room);
  await setRules(heart, jack, { listed: false }, "#b");
  const names = heart.chat.listRooms(jill.session, "#a").rooms.map(({ name }) => name);
  assertEquals(names, ["#c", "#lobby"]);
});

Deno.test("the key and the lists of a room are shown to people in it only", async () => {
  const heart = await Heart.open(new MemoryStorage(), { operator: "pat" });
  const [jack, jill, pat] = [
    await heart.enter("jack"),
    await heart.enter("jill"),
    await heart.enter("pat"),
  ];
  await heart.chat.join(jack.session, "#a");
  const subject = { account: "joe" };
  await heart.chat.ruling.change(jack.session, "#a", [
    { kind: "entry", list: "ban", subject, listed: true },
  ]);
  const { ruling } = heart.chat;
  assertEquals(ruling.show(jill.session, "#a").entries, []);
  assertEquals(ruling.show(jack.session, "#a").entries.map((entry) => entry.subject), [subject]);
  await setRules(heart, jack, { roomKey: "sesame" });
  assertEquals(ruling.show(jack.session, "#a").rules.roomKey, "sesame");
  assertEquals(ruling.show(pat.session, "#a").rules.roomKey, "sesame");
});

Deno.test("an invitation opens a room once, and only a moderator's does", async () => {
  const heart = await Heart.open();
  const [jack, jill, joe] = [
    await heart.enter("jack"),
    await heart.enter("jill"),
    await heart.enter("joe"),
  ];
  for (const { session } of [jack, jill]) await heart.chat.join(session, "#a");
  await setRules(heart, jack, { roomKey: "sesame" });
  const { ruling } = heart.chat;
  const { user } = joe.session;
  assertEquals(ruling.invite(jill.session, "#a", user), { told: true, opened: false });
  await rejectsWith("forbidden", () => heart.chat.join(joe.session, "#a"));
  assertEquals(ruling.invite(jack.session, "#a", user), { told: true, opened: true });
  assertEquals(joe.told, ["invited #a by jill", "invited #a by jack"]);
  await heart.chat.join(joe.session, "#a");
  throwsWith("forbidden", () => ruling.invite(jack.session, "#a", user));
  await heart.chat.leave(joe.session, "#a");
  await rejectsWith("forbidden", () => heart.chat.join(joe.session, "#a"));
  await heart.chat.join(joe.session, "#a", { roomKey: "sesame" });
});

Deno.test("an invitation of a guest is not for the next guest of that name", async () => {
  const heart = await Heart.open();
  const [jack, zoe] = [await heart.enter("jack"), heart.enterGuest("~zoe")];
  await heart.chat.join(jack.session, "#a");
  await setRules(heart, jack, { invited: true });
  heart.chat.ruling.invite(jack.session, "#a", zoe.session.user);
  heart.chat.disconnect(zoe.session);
  const other = heart.enterGuest("~zoe");
  await rejectsWith("forbidden", () => heart.chat.join(other.session, "#a"));
  heart.chat.ruling.invite(jack.session, "#a", other.session.user);
  heart.chat.rename(other.session, { name: "~zoo", nameKey: "~zoo", account: false });
  const third = heart.enterGuest("~zoe");
  await rejectsWith("forbidden", () => heart.chat.join(third.session, "#a"));
});

Deno.test("a guest who takes another name while a room is made is in it by that name", async () => {
  const heart = await Heart.open();
  const { session } = heart.enterGuest("~zoe");
  const release = heart.storage.hold("room");
  const joining = heart.chat.join(session, "#a");
  await settled();
  heart.chat.rename(session, { name: "~zoo", nameKey: "~zoo", account: false });
  release();
  await joining;
  assertEquals([...session.rooms].map(({ name }) => name), ["#a"]);
  assertEquals(rolesIn(heart, "#a"), ["~zoo: moderator"]);
});

Deno.test("keys of rooms cannot be guessed fast, and members need none", async () => {
  let nowMs = 0;
  const allowances = makeAllowances({}, () => nowMs);
  const heart = await Heart.open(new MemoryStorage(), { allowances });
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  const other = await heart.enter("jack", false);
  await heart.chat.join(jack.session, "#a");
  await setRules(heart, jack, { roomKey: "sesame" });
  const attempt = ({ session }: Person, roomKey: string) =>
    heart.chat.join(session, "#a", { roomKey });
  for (let at = 0; at < 10; at++) await rejectsWith("forbidden", () => attempt(jill, `key${at}`));
  // Not even the right one is looked at any more.
  const error = await rejectsWith("slow_down", () => attempt(jill, "sesame"));
  await attempt(other, "wrong");
  nowMs += error.retryAfterMs!;
  await attempt(jill, "sesame");
});

Deno.test("of too many invitations that wait, the oldest is forgotten", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  await heart.chat.join(jack.session, "#a");
  for (let at = 0; at <= invitationsMax; at++) {
    const name = `user${at}`;
    heart.chat.ruling.invite(jack.session, "#a", { name, nameKey: name, account: true });
  }
  const { invited } = heart.chat.room("#a");
  assertEquals([invited.size, invited.has("user0"), invited.has("user1")], [
    invitationsMax,
    false,
    true,
  ]);
});

Deno.test("a ban removes who is there, and keeps them out until it is taken back", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  for (const { session } of [jack, jill]) await heart.chat.join(session, "#a");
  await setRole(heart, jack, "moderator", jill);
  await heart.chat.ruling.ban(jack.session, "#a", jill.session.user);
  assertEquals(jill.told.at(-1), "left #a by jack: Banned");
  assertEquals(rolesIn(heart, "#a"), ["jack: owner"]);
  const error = await rejectsWith("forbidden", () => heart.chat.join(jill.session, "#a"));
  assertEquals(error.message, "You are banned from #a. Ask jack, who owns #a, to let you in.");
  await rejectsWith(
    "not_in_room",
    () => heart.chat.ruling.ban(jill.session, "#a", jack.session.user),
  );
  await heart.chat.ruling.change(jack.session, "#a", [
    { kind: "entry", list: "ban", subject: { account: "jill" }, listed: false },
  ]);
  await heart.chat.join(jill.session, "#a");
});

Deno.test("whoever is banned or removed is not let in by an invitation from before", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  await heart.chat.join(jack.session, "#a");
  const { ruling } = heart.chat;
  ruling.invite(jack.session, "#a", jill.session.user);
  await ruling.ban(jack.session, "#a", jill.session.user);
  await rejectsWith("forbidden", () => heart.chat.join(jill.session, "#a"));
  ruling.invite(jack.session, "#a", jill.session.user);
  await heart.chat.join(jill.session, "#a");
});

Deno.test("a ban of a guest is about everyone who comes from where the guest does", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  await heart.chat.join(jack.session, "#a");
  const guest = (name: string, host: string) => {
    const person = heart.enterGuest(name);
    heart.chat.rename(person.session, {
      ...person.session.user,
      origin: { username: "~x", host },
    });
    return person;
  };
  const zoe = guest("~zoe", "one.guest.chat");
  await heart.chat.join(zoe.session, "#a");
  await heart.chat.ruling.ban(jack.session, "#a", zoe.session.user);
  assertEquals(zoe.session.rooms.size, 0);
  await rejectsWith("forbidden", () => heart.chat.join(zoe.session, "#a"));
  const again = guest("~ann", "one.guest.chat");
  await rejectsWith("forbidden", () => heart.chat.join(again.session, "#a"));
  await heart.chat.join(guest("~pat", "two.guest.chat").session, "#a");
});

Deno.test("an owner cannot be banned by moderators", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  for (const { session } of [jack, jill]) await heart.chat.join(session, "#a");
  await setRole(heart, jack, "moderator", jill);
  await rejectsWith(
    "forbidden",
    () => heart.chat.ruling.ban(jill.session, "#a", jack.session.user),
  );
  assertEquals(heart.chat.room("#a").law.entries, []);
});

Deno.test("lists of a room hold so much and no more, and a full one can be made shorter", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  await heart.chat.join(jack.session, "#a");
  const entry = (at: number, listed = true) =>
    ({ kind: "entry", list: "ban", subject: { account: `user${at}` }, listed }) as const;
  const all = Array.from({ length: roomEntriesMax }, (_, at) => entry(at));
  await heart.chat.ruling.change(jack.session, "#a", all);
  const add = (at: number) => heart.chat.ruling.change(jack.session, "#a", [entry(at)]);
  await rejectsWith("too_many", () => add(roomEntriesMax));
  await heart.chat.ruling.change(jack.session, "#a", [entry(0, false)]);
  await add(roomEntriesMax);
});

Deno.test("the last place of a room is given once, also while the disk is waited for", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  await heart.chat.join(jack.session, "#a");
  await setRules(heart, jack, { peopleMax: 2 });
  const others = [await heart.enter("jill"), await heart.enter("joe")];
  const release = heart.storage.hold("enter");
  const joining = Promise.allSettled(others.map(({ session }) => heart.chat.join(session, "#a")));
  await settled();
  release();
  assertEquals((await joining).map(({ status }) => status), ["fulfilled", "rejected"]);
});

Deno.test("operators of the server rule every room, the lobby too, which nobody can own", async () => {
  const heart = await Heart.open(new MemoryStorage(), { operator: "pat" });
  const [jack, pat] = [await heart.enter("jack"), await heart.enter("pat")];
  await heart.chat.join(jack.session, "#a");
  await setRules(heart, pat, { invited: true });
  await setRules(heart, pat, { speakers: "voiced" }, "#lobby");
  const error = await rejectsWith("forbidden", () => heart.post(jack, "#lobby", "hello"));
  assertEquals(
    error.message,
    "Only people with a voice may speak in #lobby. Ask an operator of the server for one.",
  );
  await heart.post(pat, "#lobby", "hello");
  const owner = { kind: "role", role: "owner", user: pat.session.user, held: true } as const;
  await rejectsWith("forbidden", () => heart.chat.ruling.change(pat.session, "#lobby", [owner]));
  await setRole(heart, pat, "owner", jack, false);
  await setRole(heart, pat, "moderator", jack);
  assertEquals(rolesIn(heart, "#a"), ["jack: moderator"]);
});

Deno.test("with a new password nobody rules the server by the old one", async () => {
  const heart = await Heart.open(new MemoryStorage(), { operator: "pat" });
  const [own, other] = [await heart.enter("pat"), await heart.enter("pat")];
  const guest = heart.enterGuest("~zoe");
  heart.chat.operators.add(guest.session);
  await newPassword(heart.storage, own.session, { keepSessions: true });
  const ruling = [own, other, guest].map(({ session }) => session.rulesServer);
  assertEquals(ruling, [true, false, false]);
});

Deno.test("an owner who gives up the room leaves it to its moderators", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  for (const { session } of [jack, jill]) await heart.chat.join(session, "#a");
  await setRole(heart, jack, "owner", jill);
  await setRole(heart, jack, "owner", jack, false);
  assertEquals(rolesIn(heart, "#a"), ["jill: owner"]);
  await rejectsWith("forbidden", () => setRole(heart, jack, "owner", jack));
  await rejectsWith("forbidden", () => setRules(heart, jack, { invited: true }));
});
