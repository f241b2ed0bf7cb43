/** What holds in a room while two things are under way at once: nobody wins by asking at the right moment. */
import { assertEquals } from "@std/assert";
import { roomEntriesMax, roomsPerAccountMax } from "../../../protocol/wire/limits.ts";
import { settled } from "../../fixtures/fake_time.ts";
import { makeAllowances } from "../../fixtures/allowances.ts";
import { Heart, type Person, rejectsWith } from "../../fixtures/heart.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";

async function setRules(heart: Heart, { session }: Person, rules: object) {
  await heart.chat.ruling.change(session, "#a", [{ kind: "rules", rules }]);
}

function roleChange(
  heart: Heart,
  by: Person,
  target: Person,
  held: boolean,
): Promise<unknown> {
  const { user } = target.session;
  const change = { kind: "role", role: "moderator", user, held } as const;
  return heart.chat.ruling.change(by.session, "#a", [change]);
}

/** The accounts that belong to a room, and those who are in it. */
function peopleIn(heart: Heart): { members: string[]; present: string[] } {
  const { members, sessions } = heart.chat.room("#a");
  return {
    members: [...members].sort(),
    present: [...sessions].map(({ user }) => user.name).sort(),
  };
}

async function open(...names: string[]): Promise<[Heart, ...Person[]]> {
  const heart = await Heart.open();
  const people: Person[] = [];
  for (const name of names) people.push(await heart.enter(name));
  await heart.chat.join(people[0]!.session, "#a");
  return [heart, ...people];
}

const onlyJack = { members: ["jack"], present: ["jack"] };

Deno.test("whoever enters while a ban of them is being stored is not in the room afterwards", async () => {
  for (const joinsFirst of [true, false]) {
    const [heart, jack, jill] = await open("jack", "jill");
    const actions = [
      () => heart.chat.join(jill!.session, "#a"),
      () => heart.chat.ruling.ban(jack!.session, "#a", jill!.session.user),
    ];
    if (!joinsFirst) actions.reverse();
    await Promise.allSettled(actions.map((action) => action()));
    assertEquals(peopleIn(heart), onlyJack, `${joinsFirst}`);
    await rejectsWith("forbidden", () => heart.chat.join(jill!.session, "#a"));
  }
});

Deno.test("whoever enters while the room is being closed is not in the room afterwards", async () => {
  for (const rules of [{ invited: true }, { roomKey: "sesame" }]) {
    const [heart, jack, jill] = await open("jack", "jill");
    await Promise.allSettled([
      setRules(heart, jack!, rules),
      heart.chat.join(jill!.session, "#a"),
    ]);
    assertEquals(peopleIn(heart), onlyJack);
  }
});

Deno.test("the last place is given to one of two guests who come at once", async () => {
  const [heart, jack] = await open("jack");
  await setRules(heart, jack!, { peopleMax: 2 });
  const guests = [heart.enterGuest("~zoe"), heart.enterGuest("~ann")];
  const joining = guests.map(({ session }) => heart.chat.join(session, "#a"));
  const outcomes = (await Promise.allSettled(joining)).map(({ status }) => status);
  assertEquals(outcomes, ["fulfilled", "rejected"]);
  assertEquals(heart.chat.room("#a").arriving, 0);
});

Deno.test("a guest's sign-in makes no account that is banned belong to the room", async () => {
  const [heart, jack, jill] = await open("jack", "jill");
  await heart.chat.ruling.ban(jack!.session, "#a", jill!.session.user);
  const guest = heart.enterGuest("~zoe");
  await heart.chat.join(guest.session, "#a");
  await heart.chat.signIn(guest.session, jill!.session.user);
  assertEquals(peopleIn(heart), onlyJack);
  assertEquals(guest.session.rooms.size, 0);
  assertEquals(guest.told.at(-1), "left #a");
});

Deno.test("a guest who is removed while signing in does not come to belong to the room", async () => {
  const [heart, jack, jill] = await open("jack", "jill");
  const guest = heart.enterGuest("~zoe");
  await heart.chat.join(guest.session, "#a");
  const release = heart.storage.hold("enter");
  const signingIn = heart.chat.signIn(guest.session, jill!.session.user);
  await settled();
  await heart.chat.ruling.remove(jack!.session, "#a", guest.session.user);
  release();
  await signingIn;
  assertEquals(peopleIn(heart), onlyJack);
});

Deno.test("an invitation does not outlast a ban or a removal that comes after it", async () => {
  const [heart, jack, jill] = await open("jack", "jill");
  const { ruling } = heart.chat;
  await setRules(heart, jack!, { invited: true });
  ruling.invite(jack!.session, "#a", jill!.session.user);
  await ruling.ban(jack!.session, "#a", jill!.session.user);
  await rejectsWith("forbidden", () => heart.chat.join(jill!.session, "#a"));
  const guest = heart.enterGuest("~zoe");
  ruling.invite(jack!.session, "#a", guest.session.user);
  const subject = { mask: "zoe!*@*" };
  await ruling.change(jack!.session, "#a", [
    { kind: "entry", list: "ban", subject, listed: true },
  ]);
  await rejectsWith("forbidden", () => heart.chat.join(guest.session, "#a"));
});

Deno.test("an invitation of somebody who belongs to the room opens nothing later", async () => {
  const [heart, jack, jill] = await open("jack", "jill");
  const { ruling } = heart.chat;
  await heart.chat.join(jill!.session, "#a");
  await setRules(heart, jack!, { invited: true });
  const { user } = jill!.session;
  heart.chat.disconnect(jill!.session);
  ruling.invite(jack!.session, "#a", user);
  const again = await heart.enter("jill");
  await ruling.remove(jack!.session, "#a", user);
  await rejectsWith("forbidden", () => heart.chat.join(again.session, "#a"));
});

Deno.test("a moderator who is being deposed makes no other one", async () => {
  const [heart, jack, jill, joe] = await open("jack", "jill", "joe");
  for (const { session } of [jill!, joe!]) await heart.chat.join(session, "#a");
  await roleChange(heart, jack!, jill!, true);
  await Promise.allSettled([
    roleChange(heart, jack!, jill!, false),
    roleChange(heart, jill!, joe!, true),
  ]);
  const roles = heart.chat.room("#a").law.roles.map(({ name, roles }) => `${name}: ${roles}`);
  assertEquals(roles, ["jack: owner"]);
});

Deno.test("lists hold no more than they may where many entries are made at once", async () => {
  const [heart, jack] = await open("jack");
  const entries = (from: number) =>
    Array.from({ length: 60 }, (_, at) => ({
      kind: "entry",
      list: "ban",
      subject: { account: `user${from + at}` },
      listed: true,
    } as const));
  await Promise.allSettled(
    [0, 100, 200, 300].map((from) => heart.chat.ruling.change(jack!.session, "#a", entries(from))),
  );
  assertEquals(heart.chat.room("#a").law.entries.length <= roomEntriesMax, true);
});

Deno.test("an account belongs to no more rooms than it may, however its clients enter them", async () => {
  const heart = await Heart.open(new MemoryStorage(), { allowances: makeAllowances() });
  const own = await heart.enter("jack", false);
  const other = await heart.enter("jack", false);
  for (let at = 0; at < roomsPerAccountMax; at++) {
    await heart.chat.join(own.session, `#own${at}`);
  }
  await rejectsWith("too_many", () => heart.chat.join(other.session, "#more"));
  await heart.chat.join(other.session, "#own0");
  const guest = heart.enterGuest("~zoe");
  await heart.chat.join(guest.session, "#guests");
  await heart.chat.signIn(guest.session, own.session.user);
  assertEquals(heart.chat.roomsOf(own.session.user).length - 1, roomsPerAccountMax);
});

Deno.test("a ban that removes somebody is done as a whole, or refused", async () => {
  const allowances = makeAllowances({ posts: { perSecond: 1, burst: 2 } });
  const heart = await Heart.open(new MemoryStorage(), { allowances });
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  for (const { session } of [jack, jill]) await heart.chat.join(session, "#a");
  await heart.chat.ruling.ban(jack.session, "#a", jill.session.user);
  assertEquals(peopleIn(heart), onlyJack);
});

Deno.test("what is read when its turn comes is only what may be read then", async () => {
  const [heart, jack, jill] = await open("jack", "jill");
  await heart.chat.join(jill!.session, "#a");
  const release = heart.storage.hold("history");
  const pages = Array.from(
    { length: 3 },
    () => heart.chat.reading.history(jill!.session, { limit: 9 }),
  );
  await settled();
  await heart.chat.ruling.remove(jack!.session, "#a", jill!.session.user);
  await heart.post(jack!, "#a", "our secret");
  release();
  const last = (await Promise.all(pages)).at(-1)!;
  assertEquals(last.posts, []);
});
