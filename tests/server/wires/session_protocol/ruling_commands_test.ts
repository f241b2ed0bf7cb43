/** The requests by which chat clients rule a room, and what is told of it. */
import { assertEquals, assertMatch } from "@std/assert";
import { maskBytesMax, removalReasonBytesMax } from "../../../../protocol/wire/limits.ts";
import type { EventType } from "../../../../protocol/wire/events.ts";
import { parseFromServer, parseReply } from "../../../../protocol/wire/messages.ts";
import { usualRules } from "../../../../protocol/wire/room_rules.ts";
import { codeOf, type Message, type Peer } from "../../../fixtures/peer.ts";
import { NativeFixture } from "../native/native_fixture.ts";

/** Jack owns #den, in which Jill is; Joe is elsewhere. */
async function start() {
  const fixture = await NativeFixture.start({ accountNames: ["jack", "jill", "joe"] });
  const [jack, jill, joe] = await Promise.all(
    ["jack", "jill", "joe"].map((name) => fixture.member(name)),
  ) as [Peer, Peer, Peer];
  await jack.ask("join", { room: "#den" });
  await jill.ask("join", { room: "#den" });
  return { fixture, jack, jill, joe, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}

/** The next event of a type, as a client reads it. */
async function told(peer: Peer, type: EventType): Promise<unknown> {
  const event = await peer.event(type);
  const parsed = parseFromServer(new TextEncoder().encode(JSON.stringify(event)));
  assertEquals(parsed !== null && "event" in parsed && parsed.event, type);
  const { event: _, ...content } = event;
  return content;
}

Deno.test("roles, rules and lists are changed, told to everyone in the room, and shown", async () => {
  await using house = await start();
  const { jack, jill, joe } = house;
  await jack.ask("set_role", { room: "#DEN", name: "JILL", role: "moderator", held: true });
  const roles = [{ name: "jill", role: "moderator", held: true }];
  const nothing = { roles: [], rules: {}, entries: [], own: false };
  for (const peer of [jack, jill]) {
    const own = peer === jack;
    assertEquals(await told(peer, "ruled"), { ...nothing, room: "#den", by: "jack", roles, own });
  }
  await jill.ask("set_rules", { room: "#den", rules: { roomKey: "sesame", listed: false } });
  const rules = { roomKey: "sesame", listed: false };
  assertEquals(await told(jack, "ruled"), { ...nothing, room: "#den", by: "jill", rules });
  await jill.ask("set_entry", { room: "#den", list: "mute", mask: "x!*@*", listed: true });
  const entries = [{ list: "mute", mask: "x!*@*", listed: true }];
  assertEquals(await told(jack, "ruled"), { ...nothing, room: "#den", by: "jill", entries });
  const reply = await jack.ask("rules", { room: "#den" });
  parseReply("rules", reply);
  assertEquals(reply["rules"], { ...usualRules, ...rules });
  assertEquals(reply["roles"], [
    { name: "jack", roles: ["owner"] },
    { name: "jill", roles: ["moderator"] },
  ]);
  const [entry] = reply["entries"] as Message[];
  assertEquals([entry!["list"], entry!["mask"], entry!["by"]], ["mute", "x!*@*", "jill"]);
  assertEquals(joe.waiting.filter(({ event }) => event === "ruled"), []);
});

Deno.test("a ban by name takes the account out, and says who did so; an older mask removes nobody", async () => {
  await using house = await start();
  const { jack, jill } = house;
  await jack.ask("set_entry", { room: "#den", list: "ban", mask: "jill!*@*", listed: true });
  assertEquals(jill.waiting.filter(({ event }) => event === "left"), []);
  await jack.ask("set_entry", { room: "#den", list: "ban", name: "jill", listed: true });
  assertEquals(await told(jill, "left"), { room: "#den", by: "jack", reason: "Banned" });
  assertMatch(JSON.stringify(await jill.ask("join", { room: "#den" })), /banned from #den/);
  for (const subject of [{ name: "jill" }, { mask: "jill!*@*" }]) {
    await jack.ask("set_entry", { room: "#den", list: "ban", ...subject, listed: false });
  }
  assertEquals(codeOf(await jill.ask("join", { room: "#den" })), undefined);
});

Deno.test("somebody is removed with a reason that is safe to show, and may come back", async () => {
  await using house = await start();
  const { jack, jill, joe } = house;
  const request = { room: "#den", name: "jill", reason: "enough \x1b[31m" };
  assertEquals(codeOf(await joe.ask("remove", request)), "not_in_room");
  assertEquals(codeOf(await jill.ask("remove", { ...request, name: "jack" })), "forbidden");
  await jack.ask("remove", request);
  const { by, reason } = await told(jill, "left") as Message;
  assertEquals([by, String(reason).includes("\x1b")], ["jack", false]);
  assertEquals(codeOf(await jill.ask("join", { room: "#den" })), undefined);
});

Deno.test("an invitation is told, and says whether it opened the room", async () => {
  await using house = await start();
  const { jack, jill, joe } = house;
  await jack.ask("set_rules", { room: "#den", rules: { invited: true } });
  const request = { room: "#den", name: "joe" };
  assertEquals(codeOf(await joe.ask("join", { room: "#den" })), "forbidden");
  assertEquals(codeOf(await jill.ask("invite", request)), "forbidden");
  const reply = await jack.ask("invite", request);
  assertEquals([reply["told"], reply["opened"]], [true, true]);
  assertEquals(await told(joe, "invited"), { room: "#den", by: "jack" });
  assertEquals(codeOf(await joe.ask("join", { room: "#den" })), undefined);
});

Deno.test("a closed room is in no list of others, and answers them no more than that it is there", async () => {
  await using house = await start();
  const { jack, jill, joe } = house;
  await jack.ask("set_rules", { room: "#den", rules: { listed: false } });
  const rooms = async (peer: Peer) =>
    ((await peer.ask("rooms"))["rooms"] as Message[]).map(({ name }) => name);
  assertEquals(await rooms(jill), ["#den", "#lobby"]);
  assertEquals(await rooms(joe), ["#lobby"]);
  const asked: Readonly<Record<string, Message>> = {
    rules: {},
    who: {},
    history: { limit: 1 },
    search: { words: "a", limit: 1 },
    set_rules: { rules: {} },
    topic: { topic: "" },
    leave: {},
  };
  for (const [type, content] of Object.entries(asked)) {
    const reply = await joe.ask(type, { room: "#den", ...content });
    if (type !== "set_rules") assertEquals(codeOf(reply), "not_in_room", type);
    assertEquals(JSON.stringify(reply).includes("jack"), false, type);
  }
});

Deno.test("what cannot be a rule, a role, a mask or a reason is refused, and changes nothing", async () => {
  await using house = await start();
  const { fixture, jack } = house;
  const before = fixture.chat.room("#den").law;
  const room = "#den";
  const bad: readonly (readonly [type: string, content: Message, code: string])[] = [
    ["set_rules", { rules: { roomKey: "two words" } }, "bad_message"],
    ["set_rules", { rules: { roomKey: "" } }, "bad_message"],
    ["set_rules", { rules: { roomKey: "a,b" } }, "bad_message"],
    ["set_rules", { rules: { roomKey: "k".repeat(33) } }, "bad_message"],
    ["set_rules", { rules: { peopleMax: 0 } }, "bad_message"],
    ["set_rules", { rules: { peopleMax: 1.5 } }, "bad_message"],
    ["set_rules", { rules: { invited: "yes" } }, "bad_message"],
    ["set_rules", { rules: { speakers: "nobody" } }, "bad_message"],
    ["set_rules", {}, "bad_message"],
    ["set_role", { name: "jill", role: "king", held: true }, "bad_message"],
    ["set_role", { name: "jill", role: "owner" }, "bad_message"],
    ["set_role", { name: "nobody-here", role: "voiced", held: true }, "no_such_user"],
    ["set_role", { name: "joe", role: "voiced", held: true }, "forbidden"],
    ["set_entry", { list: "ban", listed: true }, "bad_message"],
    ["set_entry", { list: "ban", name: "joe", mask: "x!*@*", listed: true }, "bad_message"],
    ["set_entry", { list: "banish", name: "joe", listed: true }, "bad_message"],
    ["set_entry", { list: "ban", mask: "joe", listed: true }, "bad_text"],
    ["set_entry", { list: "ban", mask: "a b!*@*", listed: true }, "bad_text"],
    ["set_entry", { list: "ban", mask: "a\x1b!*@*", listed: true }, "bad_text"],
    [
      "set_entry",
      { list: "ban", mask: `${"a".repeat(maskBytesMax)}!*@*`, listed: true },
      "bad_message",
    ],
    ["remove", { name: "joe" }, "forbidden"],
    ["remove", { name: "jill", reason: "x".repeat(removalReasonBytesMax + 1) }, "bad_message"],
    ["invite", { name: "jill" }, "forbidden"],
  ];
  for (const [type, content, code] of bad) {
    const reply = await jack.ask(type, { room, ...content });
    assertEquals(codeOf(reply), code, `${type} ${JSON.stringify(content)}`);
  }
  assertEquals(fixture.chat.room("#den").law, before);
});

Deno.test("rules that this server does not know are passed over", async () => {
  await using house = await start();
  const { fixture, jack } = house;
  const rules = { invited: true, colour: "red" };
  assertEquals(codeOf(await jack.ask("set_rules", { room: "#den", rules })), undefined);
  assertEquals(fixture.chat.room("#den").law.rules, { ...usualRules, invited: true });
});

Deno.test("what one changes with one session is told to the others of the account as not done by them", async () => {
  await using house = await start();
  const { jack } = house;
  const again = await house.fixture.member("jack");
  await again.ask("set_rules", { room: "#den", rules: { listed: false } });
  const event = { room: "#den", by: "jack", roles: [], rules: { listed: false }, entries: [] };
  assertEquals(await told(again, "ruled"), { ...event, own: true });
  assertEquals(await told(jack, "ruled"), { ...event, own: false });
});
