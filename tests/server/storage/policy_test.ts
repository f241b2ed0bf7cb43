/** Who may do what in a room: tables of every kind of person, rule and list. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type RoomRules, usualRules } from "../../../protocol/wire/room_rules.ts";
import {
  type Actor,
  mayEnter,
  mayGrant,
  mayInvite,
  mayRemove,
  mayRule,
  maySee,
  maySetTopic,
  maySpeak,
  opensByInviting,
  type Refusal,
  type RuledRoom,
} from "../../../server/storage/policy.ts";
import type { User } from "../../../server/heart/session.ts";
import type { ListEntry, RoleHolder } from "../../../server/storage/room_law.ts";

/** Everyone there is in these tests, by what they are in the room. */
const kinds = ["server", "owner", "moderator", "voiced", "member", "stranger", "guest"] as const;
type Kind = (typeof kinds)[number];

const roles: readonly RoleHolder[] = (["moderator", "owner", "voiced"] as const)
  .map((role) => ({ nameKey: role, name: role.toUpperCase(), roles: [role] }));

function userOf(kind: Kind): User {
  if (kind !== "guest") return { name: kind.toUpperCase(), nameKey: kind, account: true };
  return {
    name: "~Zoe",
    nameKey: "~zoe",
    account: false,
    origin: { username: "~zoe", host: "abc.guest.chat" },
  };
}

/** Strangers and guests are outside unless it is said otherwise, and so is who rules the server. */
function actorOf(kind: Kind, inside = !["server", "stranger", "guest"].includes(kind)): Actor {
  return { user: userOf(kind), inside, rulesServer: kind === "server" };
}

interface RoomOptions extends Partial<Omit<RuledRoom, "law">> {
  readonly rules?: Partial<RoomRules>;
  readonly entries?: readonly Pick<ListEntry, "list" | "subject">[];
  readonly holders?: readonly RoleHolder[];
}

function room({ rules, entries = [], holders = roles, ...options }: RoomOptions = {}): RuledRoom {
  return {
    name: "#one",
    isLobby: false,
    members: new Set(["owner", "moderator", "voiced", "member"]),
    invited: new Set(),
    people: 3,
    arriving: 0,
    awaited: new Set(),
    law: {
      roles: holders,
      rules: { ...usualRules, ...rules },
      entries: entries.map((entry) => ({ ...entry, by: "OWNER", timeMs: 0 })),
    },
    ...options,
  };
}

/** What each kind of person is refused for; "" where nothing is. */
type Outcomes = Readonly<Record<Kind, Refusal["reason"] | "">>;

function assertOutcomes(what: string, expected: Outcomes, decide: (kind: Kind) => Refusal | null) {
  for (const kind of kinds) {
    assertEquals(decide(kind)?.reason ?? "", expected[kind], `${what}: ${kind}`);
  }
}

/** The same for everyone but those who are named. */
function outcomes(all: Outcomes[Kind], others: Partial<Outcomes> = {}): Outcomes {
  return { ...Object.fromEntries(kinds.map((kind) => [kind, all])) as Outcomes, ...others };
}

const everyoneMask = { mask: "*!*@*" };
/** Only these people are kept out of a closed room. */
const outsiders = (reason: Refusal["reason"]) => outcomes("", { stranger: reason, guest: reason });

Deno.test("who may enter a room, by its rules, its lists and what the person is there", () => {
  const table: readonly (readonly [what: string, RoomOptions, Outcomes, roomKey?: string])[] = [
    ["open", {}, outcomes("")],
    ["invited only", { rules: { invited: true } }, outsiders("not_invited")],
    ["a key, none given", { rules: { roomKey: "sesame" } }, outsiders("wrong_key")],
    ["a key, a wrong one", { rules: { roomKey: "sesame" } }, outsiders("wrong_key"), "sesam"],
    ["a key, the right one", { rules: { roomKey: "sesame" } }, outcomes(""), "sesame"],
    ["full", { rules: { peopleMax: 3 } }, outsiders("full")],
    ["a place left", { rules: { peopleMax: 4 } }, outcomes("")],
    [
      "the last place is taken by who arrives",
      { rules: { peopleMax: 4 }, arriving: 1 },
      outsiders("full"),
    ],
    [
      "everyone is banned",
      { entries: [{ list: "ban", subject: everyoneMask }] },
      outsiders("banned"),
    ],
    [
      "an account is banned",
      { entries: [{ list: "ban", subject: { account: "stranger" } }] },
      outcomes("", { stranger: "banned" }),
    ],
    [
      "an account of a guest's name is banned",
      { entries: [{ list: "ban", subject: { account: "zoe" } }] },
      outcomes(""),
    ],
    [
      "a network is banned",
      { entries: [{ list: "ban", subject: { mask: "*!*@ABC.guest.chat" } }] },
      outcomes("", { guest: "banned" }),
    ],
    [
      "a nick is banned",
      { entries: [{ list: "ban", subject: { mask: "str?nger!*@*" } }] },
      outcomes("", { stranger: "banned" }),
    ],
    [
      "a mute keeps nobody out",
      { entries: [{ list: "mute", subject: everyoneMask }] },
      outcomes(""),
    ],
    [
      "banned and excepted",
      {
        entries: [
          { list: "ban", subject: everyoneMask },
          { list: "ban_exception", subject: { account: "stranger" } },
        ],
      },
      outcomes("", { guest: "banned" }),
    ],
    [
      "an exception from mutes is none from bans",
      {
        entries: [
          { list: "ban", subject: everyoneMask },
          { list: "mute_exception", subject: everyoneMask },
        ],
      },
      outsiders("banned"),
    ],
    [
      "invited only, and welcome",
      { rules: { invited: true }, entries: [{ list: "welcome", subject: { mask: "zoe!*@*" } }] },
      outcomes("", { stranger: "not_invited" }),
    ],
    [
      "being welcome opens no key",
      {
        rules: { invited: true, roomKey: "sesame" },
        entries: [{ list: "welcome", subject: everyoneMask }],
      },
      outsiders("wrong_key"),
    ],
    [
      "an invitation opens everything",
      {
        rules: { invited: true, roomKey: "sesame", peopleMax: 1 },
        entries: [{ list: "ban", subject: everyoneMask }],
        invited: new Set(["stranger", "~zoe"]),
      },
      outcomes(""),
    ],
    [
      "all accounts belong to the lobby",
      { rules: { invited: true }, isLobby: true, members: new Set(), holders: [] },
      outcomes("", { guest: "not_invited" }),
    ],
    [
      "whoever rules a room may come back to it",
      { rules: { invited: true }, members: new Set() },
      outcomes("not_invited", { server: "", owner: "", moderator: "" }),
    ],
  ];
  for (const [what, options, expected, roomKey] of table) {
    assertOutcomes(
      what,
      expected,
      (kind) => mayEnter(actorOf(kind, false), room(options), roomKey),
    );
  }
});

Deno.test("who may speak in a room, by its rules, its lists and what the person is there", () => {
  const outside = outcomes("outside", { owner: "", moderator: "", voiced: "", member: "" });
  const low = (reason: Refusal["reason"]) =>
    outcomes(reason, { server: "", owner: "", moderator: "", voiced: "" });
  const table: readonly (readonly [what: string, RoomOptions, Outcomes, inside?: boolean])[] = [
    ["usual", {}, outside],
    ["usual, everyone inside", {}, outcomes(""), true],
    ["open to outsiders", { rules: { outsiders: true } }, outcomes("")],
    ["only with a voice", { rules: { speakers: "voiced" } }, low("no_voice"), true],
    [
      "only with a voice, outsiders",
      { rules: { speakers: "voiced", outsiders: true } },
      low("no_voice"),
      false,
    ],
    ["banned", { entries: [{ list: "ban", subject: everyoneMask }] }, low("banned"), true],
    ["muted", { entries: [{ list: "mute", subject: everyoneMask }] }, low("muted"), true],
    [
      "muted by account",
      { entries: [{ list: "mute", subject: { account: "member" } }] },
      outcomes("", { member: "muted" }),
      true,
    ],
    [
      "muted and excepted",
      {
        entries: [
          { list: "mute", subject: everyoneMask },
          { list: "mute_exception", subject: { account: "member" } },
        ],
      },
      outcomes("", { stranger: "muted", guest: "muted" }),
      true,
    ],
    [
      "an exception from bans is none from mutes",
      {
        entries: [
          { list: "mute", subject: everyoneMask },
          { list: "ban_exception", subject: everyoneMask },
        ],
      },
      low("muted"),
      true,
    ],
    [
      "rules about entering silence nobody",
      { rules: { invited: true, roomKey: "k" } },
      outcomes(""),
      true,
    ],
  ];
  for (const [what, options, expected, inside] of table) {
    assertOutcomes(what, expected, (kind) => maySpeak(actorOf(kind, inside), room(options)));
  }
  assertOutcomes(
    "no questions",
    outcomes("questions"),
    (kind) => maySpeak(actorOf(kind, true), room({ rules: { questions: false } }), "question"),
  );
  assertEquals(maySpeak(actorOf("member"), room({ rules: { questions: false } })), null);
});

Deno.test("who may set a topic, change rules, and see a room", () => {
  const inside = outcomes("", { stranger: "outside", guest: "outside" });
  assertOutcomes("topic", inside, (kind) => maySetTopic(actorOf(kind), room()));
  assertOutcomes(
    "topic, by moderators",
    { ...inside, voiced: "not_moderator", member: "not_moderator" },
    (kind) => maySetTopic(actorOf(kind), room({ rules: { topic: "moderators" } })),
  );
  assertOutcomes(
    "rules",
    { ...inside, voiced: "not_moderator", member: "not_moderator" },
    (kind) => mayRule(actorOf(kind), room()),
  );
  assertOutcomes(
    "rules, from outside",
    outcomes("outside", { server: "" }),
    (kind) => mayRule(actorOf(kind, false), room()),
  );
  const closed: readonly Partial<RoomRules>[] = [
    { invited: true },
    { roomKey: "k" },
    { listed: false },
  ];
  for (const kind of kinds) {
    assert(maySee(actorOf(kind), room()), kind);
    for (const rules of closed) {
      const belongs = kind !== "stranger" && kind !== "guest";
      assertEquals(maySee(actorOf(kind, false), room({ rules })), belongs, kind);
      assert(maySee(actorOf(kind, true), room({ rules })), kind);
    }
  }
});

Deno.test("who may remove whom: nobody but operators of the server removes an owner", () => {
  const refusals: Outcomes = {
    server: "",
    owner: "",
    moderator: "",
    voiced: "not_moderator",
    member: "not_moderator",
    stranger: "outside",
    guest: "outside",
  };
  for (const target of kinds) {
    const expected = target === "owner"
      ? { ...refusals, moderator: "not_owner" as const }
      : refusals;
    assertOutcomes(
      `removing ${target}`,
      expected,
      (kind) => mayRemove(actorOf(kind), room(), { user: userOf(target), belongs: true }),
    );
  }
  const absent = { user: userOf("stranger"), belongs: false };
  assertEquals(mayRemove(actorOf("owner"), room(), absent)?.reason, "target_outside");
  const second = room({ holders: [...roles, { nameKey: "member", name: "M", roles: ["owner"] }] });
  const owner = { user: userOf("owner"), belongs: true };
  assertEquals(mayRemove(actorOf("member"), second, owner)?.reason, "not_owner");
});

Deno.test("who may give and take which role", () => {
  const low = { voiced: "not_moderator", member: "not_moderator" } as const;
  const far = { stranger: "outside", guest: "outside" } as const;
  const byModerators = { ...outcomes(""), ...low, ...far };
  const byOwners: Outcomes = {
    ...outcomes("not_owner"),
    ...far,
    server: "",
    owner: "",
  };
  const target = { user: userOf("stranger"), belongs: true };
  for (const held of [true, false]) {
    for (const role of ["moderator", "voiced"] as const) {
      assertOutcomes(
        `${held} ${role}`,
        byModerators,
        (kind) =>
          // A stranger's own role is the stranger's to give up.
          kind === "stranger"
            ? mayGrant(actorOf(kind), room(), { ...target, role, held: true })
            : mayGrant(actorOf(kind), room(), { ...target, role, held }),
      );
    }
    assertOutcomes(
      `${held} owner`,
      byOwners,
      (kind) => mayGrant(actorOf(kind), room(), { ...target, role: "owner", held }),
    );
  }
  const absent = { user: userOf("stranger"), belongs: false };
  const grant = { ...absent, role: "moderator" } as const;
  assertEquals(
    mayGrant(actorOf("owner"), room(), { ...grant, held: true })?.reason,
    "target_outside",
  );
  assertEquals(mayGrant(actorOf("owner"), room(), { ...grant, held: false }), null);
  const guest = { user: userOf("guest"), belongs: true, role: "owner", held: true } as const;
  assertEquals(mayGrant(actorOf("owner"), room(), guest)?.reason, "guest");
  for (const kind of ["owner", "moderator", "voiced"] as const) {
    const own = { user: userOf(kind), belongs: true, role: kind };
    assertEquals(mayGrant(actorOf(kind), room(), { ...own, held: false }), null, kind);
  }
});

Deno.test("who may invite, and whose invitation opens a room", () => {
  const target = { user: userOf("stranger"), belongs: false };
  const anyone = outcomes("", { stranger: "outside", guest: "outside" });
  assertOutcomes("open", anyone, (kind) => mayInvite(actorOf(kind), room(), target));
  assertOutcomes(
    "invited only",
    { ...anyone, voiced: "not_moderator", member: "not_moderator" },
    (kind) => mayInvite(actorOf(kind), room({ rules: { invited: true } }), target),
  );
  for (const kind of kinds) {
    const opens = ["server", "owner", "moderator"].includes(kind);
    assertEquals(opensByInviting(actorOf(kind), room()), opens, kind);
  }
});

Deno.test("a refusal says who could help: owners, else moderators, else operators of the server", () => {
  const invited = { invited: true };
  const messageOf = (holders: readonly RoleHolder[]) =>
    mayEnter(actorOf("stranger"), room({ rules: invited, holders }))!.message;
  const jill: RoleHolder = { nameKey: "jill", name: "Jill", roles: ["owner"] };
  const ann: RoleHolder = { nameKey: "ann", name: "Ann", roles: ["moderator"] };
  assertEquals(
    messageOf([ann, jill]),
    "#one is for invited people only. Ask Jill, who owns #one, to invite you.",
  );
  assertStringIncludes(messageOf([ann]), "Ask Ann, who moderates #one, to invite you.");
  const paul: RoleHolder = { nameKey: "paul", name: "Paul", roles: ["moderator", "voiced"] };
  assertStringIncludes(
    messageOf([ann, paul]),
    "Ask Ann or Paul, who moderate #one, to invite you.",
  );
  const owners = [jill, { ...paul, roles: ["owner"] as const }];
  assertStringIncludes(messageOf(owners), "Ask Jill or Paul, who own #one, to invite you.");
  assertStringIncludes(messageOf([]), "Ask an operator of the server to invite you.");
  // What only an owner may do is not asked of moderators.
  const unowned = room({ holders: [{ nameKey: "moderator", name: "M", roles: ["moderator"] }] });
  const grant = { user: userOf("member"), belongs: true, role: "owner", held: true } as const;
  assertStringIncludes(
    mayGrant(actorOf("moderator"), unowned, grant)!.message,
    "Ask an operator of the server for it.",
  );
});

Deno.test("no refusal tells a room's key", () => {
  const closed = room({ rules: { roomKey: "sesame" } });
  for (const key of [undefined, "", "wrong", "sesame ", "Sesame"]) {
    const refusal = mayEnter(actorOf("stranger"), closed, key)!;
    assertEquals(refusal.reason, "wrong_key");
    assert(!refusal.message.includes("sesame"));
  }
});

Deno.test("who may not speak in a room says nothing by its topic either", () => {
  for (const [list, reason] of [["ban", "banned"], ["mute", "muted"]] as const) {
    const ruled = room({ entries: [{ list, subject: everyoneMask }] });
    const silenced = outcomes("", { member: reason, stranger: reason, guest: reason });
    assertOutcomes(list, silenced, (kind) => maySetTopic(actorOf(kind, true), ruled));
    const excepted = room({
      entries: [
        { list, subject: everyoneMask },
        { list: `${list}_exception`, subject: everyoneMask },
      ],
    });
    assertOutcomes(list, outcomes(""), (kind) => maySetTopic(actorOf(kind, true), excepted));
  }
});

Deno.test("lists are gone through once for each person, not for each post", () => {
  let lookedAt = 0;
  const subject = { mask: "jack!*@*" };
  const ruled = room({ entries: [{ list: "mute", subject }] });
  const entry = Object.defineProperty({ ...ruled.law.entries[0]! }, "list", {
    get: () => {
      lookedAt++;
      return "mute";
    },
  });
  const muting = { ...ruled, law: { ...ruled.law, entries: [entry] } };
  const speaks = (user: User, where = muting) =>
    maySpeak({ user, inside: true, rulesServer: false }, where) === null;
  const [jack, joe] = ["jack", "joe"].map((name) => ({ name, nameKey: name, account: true }));
  assertEquals([speaks(jack!), speaks(joe!)], [false, true]);
  const before = lookedAt;
  assertEquals([speaks(jack!), speaks(joe!)], [false, true]);
  assertEquals(lookedAt, before);
  assertEquals(speaks(jack!, { ...ruled, law: { ...ruled.law, entries: [] } }), true);
  assertEquals(speaks({ ...joe!, name: "jack" }), false);
});
