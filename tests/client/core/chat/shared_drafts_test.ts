import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { DraftServer, sealedDraft } from "../../../fixtures/draft_sessions.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

/** All that follows from a change is over by then. */
const quietMs = 20_000;
/** Nobody types any more by then. */
const pauseMs = 5_000;

const fromThePhone = { title: "#lobby", text: "from the phone" };

/** Sessions of those names, that have asked one another what they have. */
async function sessions(time: FakeTime, ...names: readonly string[]) {
  const server = new DraftServer(time);
  const opened = names.map((name) => server.open(name));
  await time.advance(quietMs);
  server.passed.length = 0;
  return { server, opened };
}

Deno.test("what is typed in one session is in the others a second later, and is told once", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone, page] } = await sessions(time, "desk", "phone", "page");
  using _server = server;
  for (const text of ["h", "he", "hel", "hell", "hello"]) {
    desk!.type(text);
    await time.advance(100);
  }
  assertEquals([phone!.input, page!.input], ["", ""]);
  await time.advance(600);
  assertEquals([phone!.input, page!.input], ["hello", "hello"]);
  await time.advance(quietMs);
  assertEquals(server.passed, ["desk #lobby: hello"]);
});

Deno.test("a draft that was sent, or deleted, is gone everywhere at once", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(pauseMs);
  phone!.type("");
  await time.advance(0);
  assertEquals([desk!.input, phone!.input], ["", ""]);
  await time.advance(quietMs);
  assertEquals(server.passed, ["desk #lobby: hello", "phone #lobby: "]);
});

Deno.test("whoever has just typed it does not keep what was sent elsewhere", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(1_100);
  phone!.type("");
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["", ""]);
});

Deno.test("a line that is typed and sent within a second is not told of at all", async () => {
  using time = new FakeTime();
  const { server, opened: [desk] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(500);
  desk!.type("");
  await time.advance(quietMs);
  assertEquals(server.passed, []);
});

Deno.test("nothing is taken from under somebody's fingers: it goes out, as the newer one", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("from");
  await time.advance(500);
  phone!.type("from the phone");
  await time.advance(100);
  desk!.type("from the desk");
  await time.advance(500);
  assertEquals(server.passed, ["desk #lobby: from the desk"]);
  assertEquals([desk!.input, phone!.input], ["from the desk", "from the phone"]);
  await time.advance(quietMs);
  assertEquals(desk!.input, phone!.input);
  assertEquals(server.passed.length < 12, true, server.passed.join("\n"));
});

Deno.test("a clock that is set back does not make anybody type for ever", async () => {
  using time = new FakeTime();
  let setBackMs = 0;
  const { server, opened: [desk] } = await sessions(time, "desk");
  using _server = server;
  const phone = server.open("phone", { nowMs: () => time.nowMs - setBackMs });
  await time.advance(quietMs);
  phone.type("from the phone");
  await time.advance(pauseMs);
  setBackMs = 3_600_000;
  desk!.type("from the desk");
  await time.advance(pauseMs);
  assertEquals(phone.input, "from the desk");
});

Deno.test("whoever takes back what nobody has seen has changed nothing: what is typed elsewhere comes", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  phone!.type("from the phone");
  await time.advance(100);
  desk!.type("by mistake");
  desk!.type("");
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["from the phone", "from the phone"]);
});

for (const [what, isOlder] of [["older", true], ["newer", false]] as const) {
  Deno.test(`whoever takes back what was typed has the ${what} draft that has come meanwhile`, async () => {
    using time = new FakeTime();
    const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
    using _server = server;
    if (isOlder) phone!.type("from the phone");
    else desk!.type("by mistake");
    await time.advance(600);
    if (isOlder) desk!.type("by mistake");
    else phone!.type("from the phone");
    // The draft of the phone is told before that of the desk, or comes to somebody who types.
    await time.advance(isOlder ? 500 : 300);
    if (!isOlder) desk!.drafts.take(sealedDraft({ ...fromThePhone, timeMs: time.nowMs }));
    await time.advance(0);
    assertEquals(desk!.input, "by mistake");
    desk!.type("");
    await time.advance(quietMs);
    assertEquals([desk!.input, phone!.input], ["from the phone", "from the phone"]);
  });
}

Deno.test("a draft that was sent elsewhere is not taken from whoever has just written more of it", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(pauseMs);
  phone!.type("hello you");
  desk!.type("");
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["hello you", "hello you"]);
});

for (const command of ["/password", " /pm jill secret", "/"]) {
  Deno.test(`a command is no draft: ${JSON.stringify(command)}`, async () => {
    using time = new FakeTime();
    const { server, opened: [desk] } = await sessions(time, "desk", "phone");
    using _server = server;
    desk!.type(command);
    await time.advance(quietMs);
    desk!.type("");
    await time.advance(quietMs);
    assertEquals(server.passed, []);
  });
}

Deno.test("what comes while a command is typed waits until that is over", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("/who");
  phone!.type("from the phone");
  await time.advance(pauseMs);
  assertEquals(desk!.input, "/who");
  desk!.type("");
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["from the phone", "from the phone"]);
});

Deno.test("what was written before a command makes way for what comes meanwhile", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("from the desk");
  desk!.type("/who");
  await time.advance(100);
  phone!.type("from the phone");
  await time.advance(1_100);
  desk!.type("");
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["from the phone", "from the phone"]);
});

Deno.test("a session that comes gets what the others have, from one of them", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(pauseMs);
  server.passed.length = 0;
  const laptop = server.open("laptop", { random: () => 0.9 });
  await time.advance(quietMs);
  desk!.drafts.stop();
  desk!.lose();
  server.passed.length = 0;
  const page = server.open("page");
  await time.advance(quietMs);
  assertEquals([phone!, laptop, page].map(({ input }) => input), ["hello", "hello", "hello"]);
  assertEquals(server.passed, ["page asks", "phone #lobby: hello"]);
  // What is there already is not shown again.
  assertEquals([phone!, laptop, page].map(({ shown }) => shown), [1, 1, 1]);
});

Deno.test("whoever is alone tells the server nothing, until another session comes", async () => {
  using time = new FakeTime();
  const { server, opened: [desk] } = await sessions(time, "desk");
  using _server = server;
  desk!.type("hello");
  await time.advance(quietMs);
  desk!.type("hello you");
  await time.advance(quietMs);
  assertEquals(server.passed, []);
  const phone = server.open("phone");
  await time.advance(quietMs);
  assertEquals(phone.input, "hello you");
  desk!.type("");
  await time.advance(quietMs);
  assertEquals(phone.input, "");
  phone.lose();
  desk!.type("b");
  await time.advance(quietMs);
  desk!.type("bye");
  await time.advance(quietMs);
  assertEquals(server.passed.slice(-1), ["desk #lobby: b"]);
  phone.comeBack();
  await time.advance(quietMs);
  assertEquals(phone.input, "bye");
});

Deno.test("whoever was alone tells what there is when the connection comes back", async () => {
  using time = new FakeTime();
  const { server, opened: [desk] } = await sessions(time, "desk");
  using _server = server;
  desk!.type("hello");
  await time.advance(quietMs);
  desk!.lose();
  const phone = server.open("phone");
  await time.advance(quietMs);
  desk!.comeBack();
  await time.advance(quietMs);
  assertEquals(phone.input, "hello");
});

Deno.test("of what two have typed without a connection the newer one wins", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.lose();
  phone!.lose();
  desk!.type("the older one");
  await time.advance(pauseMs);
  phone!.type("the newer one");
  await time.advance(pauseMs);
  desk!.comeBack();
  phone!.comeBack();
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["the newer one", "the newer one"]);
});

Deno.test("a draft that was sent elsewhere meanwhile does not come back with a connection", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(pauseMs);
  phone!.lose();
  desk!.type("");
  await time.advance(pauseMs);
  phone!.comeBack();
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["", ""]);
});

Deno.test("what was sent without a connection is gone elsewhere once there is one again", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(pauseMs);
  phone!.lose();
  phone!.type("");
  await time.advance(pauseMs);
  phone!.comeBack();
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["", ""]);
});

Deno.test("what nobody else has seen is not taken away by what was emptied elsewhere", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(pauseMs);
  phone!.lose();
  phone!.type("hello, and much more");
  await time.advance(pauseMs);
  desk!.type("");
  await time.advance(pauseMs);
  phone!.comeBack();
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["hello, and much more", "hello, and much more"]);
});

Deno.test("an old draft that a server gives once more changes nothing, nor does what does not open", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  const old = sealedDraft({ title: "#lobby", text: "old", timeMs: time.nowMs });
  desk!.drafts.take(old);
  await time.advance(pauseMs);
  assertEquals(desk!.input, "old");
  desk!.type("");
  await time.advance(pauseMs);
  for (const sealed of [old, "AAAA", ""]) desk!.drafts.take(sealed);
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["", ""]);
});

Deno.test("whatever a server floods a session with, only so much waits", async () => {
  using time = new FakeTime();
  const { server, opened: [desk] } = await sessions(time, "desk");
  using _server = server;
  for (let count = 1; count <= 1_000; count++) {
    const text = String(count);
    desk!.drafts.take(sealedDraft({ title: "#lobby", text, timeMs: time.nowMs + count }));
  }
  await time.advance(0);
  assertEquals(desk!.input, "100");
  await time.advance(quietMs);
});

Deno.test("a conversation that is not there is passed over, and one that was closed takes nothing from others", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  for (const session of [desk!, phone!]) session.inputs.set("jill", "");
  desk!.type("psst", "jill");
  desk!.type("in a room of the desk's own", "#desk");
  await time.advance(pauseMs);
  phone!.inputs.delete("jill");
  phone!.note();
  await time.advance(pauseMs);
  assertEquals([...desk!.inputs].slice(1), [["jill", "psst"], [
    "#desk",
    "in a room of the desk's own",
  ]]);
  assertEquals([...phone!.inputs], [["#lobby", ""]]);
  for (const title of ["jill", "#desk"]) {
    phone!.inputs.set(title, "");
    phone!.note();
  }
  await time.advance(quietMs);
  assertEquals(desk!.inputs.get("jill"), "psst");
  // What came for a conversation that was not there is not known when it is.
  desk!.type("once more", "#desk");
  phone!.inputs.delete("#desk");
  await time.advance(pauseMs);
  phone!.inputs.set("#desk", "");
  phone!.note();
  await time.advance(quietMs);
  assertEquals(desk!.inputs.get("#desk"), "once more");
});

Deno.test("drafts of an earlier run are known by the time of their change: the newer one wins", async () => {
  using time = new FakeTime();
  const { server, opened: [desk] } = await sessions(time, "desk");
  using _server = server;
  desk!.type("of the desk");
  await time.advance(pauseMs);
  const timeMs = desk!.drafts.times["#lobby"]!;
  server.open("older page", {}, { text: "from before", timeMs: timeMs - 1 });
  await time.advance(quietMs);
  server.open("page of unknown age", {}, { text: "from before" });
  await time.advance(quietMs);
  assertEquals(server.sessions.map(({ input }) => input), Array(3).fill("of the desk"));
  desk!.type("");
  await time.advance(pauseMs);
  server.open("page that was closed before it was sent", {}, { text: "of the desk", timeMs });
  await time.advance(quietMs);
  assertEquals(server.sessions.map(({ input }) => input), Array(4).fill(""));
  const newerMs = desk!.drafts.times["#lobby"]! + 1;
  server.open("newer page", {}, { text: "from afterwards", timeMs: newerMs });
  await time.advance(quietMs);
  assertEquals(server.sessions.map(({ input }) => input), Array(5).fill("from afterwards"));
});

Deno.test("a server that is older is left alone until there is another connection", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  server.refusals = [new ChatError("unsupported", "Unknown.")];
  desk!.type("hello");
  await time.advance(pauseMs);
  desk!.type("hello again");
  await time.advance(quietMs);
  assertEquals([server.passed, server.refusals], [[], []]);
  desk!.comeBack();
  await time.advance(quietMs);
  assertEquals(phone!.input, "hello again");
});

Deno.test("what is refused for its rate is told later", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  server.refusals = [new ChatError("slow_down", "Wait.", { retryAfterMs: 4_000 })];
  desk!.type("hello");
  await time.advance(4_000);
  assertEquals(phone!.input, "");
  await time.advance(2_000);
  assertEquals(phone!.input, "hello");
});

Deno.test("a server that wants no pause gets one", async () => {
  using time = new FakeTime();
  const { server, opened: [desk] } = await sessions(time, "desk", "phone");
  using _server = server;
  const slowDown = new ChatError("slow_down", "Wait.", { retryAfterMs: 0 });
  server.refusals = Array.from({ length: 100 }, () => slowDown);
  desk!.type("hello");
  await time.advance(10_000);
  assertEquals(server.refusals.length, 90);
});

Deno.test("an answer that is refused for its rate is given later", async () => {
  using time = new FakeTime();
  const { server, opened: [desk] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(pauseMs);
  server.sessions[1]!.lose();
  const page = server.open("page");
  await time.advance(10);
  server.refusals = [new ChatError("slow_down", "Wait.", { retryAfterMs: 4_000 })];
  await time.advance(3_000);
  assertEquals([page.input, server.refusals], ["", []]);
  await time.advance(3_000);
  assertEquals(page.input, "hello");
});

Deno.test("so many drafts are told at once, and so many are known", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  for (let number = 1; number <= 250; number++) {
    for (const session of [desk!, phone!]) session.inputs.set(`#${number}`, "");
  }
  for (let number = 1; number <= 60; number++) desk!.type("hello", `#${number}`);
  await time.advance(1_100);
  assertEquals(server.passed.length, 50);
  await time.advance(quietMs);
  assertEquals(server.passed.length, 60);
  for (let number = 61; number <= 250; number++) desk!.type("hello", `#${number}`);
  await time.advance(quietMs);
  assertEquals([server.passed.length, Object.keys(phone!.drafts.times).length], [200, 200]);
  // One that is empty makes room, once the others know.
  assertEquals(phone!.inputs.get("#201"), "");
  desk!.type("", "#7");
  await time.advance(pauseMs);
  desk!.note();
  await time.advance(quietMs);
  assertEquals(["#7", "#201", "#202"].map((title) => phone!.inputs.get(title)), ["", "hello", ""]);
});

Deno.test("without keys nothing is shared", async () => {
  using time = new FakeTime();
  const server = new DraftServer(time);
  using _server = server;
  const desk = server.open("desk", {
    owner: () => {
      throw new ChatError("cannot_open", "There are no keys.");
    },
  });
  desk.type("hello");
  await time.advance(quietMs);
  assertEquals(server.passed, []);
});

const dayMs = 24 * 3600_000;

Deno.test("a server that spells a conversation otherwise makes no other one of it", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("keep it");
  await time.advance(pauseMs);
  const old = sealedDraft({ title: "#LOBBY", text: "sell it", timeMs: 5 });
  for (let count = 0; count < 3; count++) {
    desk!.drafts.take(old);
    await time.advance(pauseMs);
  }
  assertEquals([...desk!.inputs], [["#lobby", "keep it"]]);
  assertEquals(phone!.input, "keep it");
  desk!.drafts.take(sealedDraft({ title: "#Lobby", text: "a newer one", timeMs: time.nowMs }));
  await time.advance(quietMs);
  assertEquals(desk!.input, "a newer one");
});

Deno.test("what was sent does not come back in a run that comes after, nor in a conversation that was closed meanwhile", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  for (const { inputs } of [desk!, phone!]) inputs.set("jill", "");
  desk!.type("I quit", "jill");
  await time.advance(pauseMs);
  const old = sealedDraft({ title: "jill", text: "I quit", timeMs: desk!.drafts.times["jill"]! });
  assertEquals(phone!.inputs.get("jill"), "I quit");
  desk!.type("", "jill");
  await time.advance(pauseMs);
  const page = server.open("page");
  page.inputs.set("jill", "");
  page.drafts.restore([], phone!.drafts.times);
  page.drafts.take(old);
  await time.advance(1);
  assertEquals(page.inputs.get("jill"), "");
  phone!.inputs.delete("jill");
  phone!.note();
  phone!.inputs.set("jill", "");
  phone!.note();
  phone!.drafts.take(old);
  await time.advance(1);
  assertEquals(phone!.inputs.get("jill"), "");
});

Deno.test("a draft that is older than a week, or more than a day ahead, is passed over", async () => {
  using time = new FakeTime();
  const server = new DraftServer(time);
  using _server = server;
  const nowMs = () => time.nowMs + 100 * dayMs;
  const desk = server.open("desk", { nowMs });
  const take = async (text: string, timeMs: number) => {
    desk.drafts.take(sealedDraft({ title: "#lobby", text, timeMs }));
    await time.advance(1);
  };
  for (const timeMs of [nowMs() - 7 * dayMs - 1, nowMs() + dayMs + 1_000, 8.64e15]) {
    await take("from far away", timeMs);
    assertEquals(desk.input, "");
  }
  await take("of this week", nowMs() - 7 * dayMs + 1_000);
  assertEquals(desk.input, "of this week");
  await take("by a clock that is ahead", nowMs() + dayMs);
  assertEquals(desk.input, "by a clock that is ahead");
});

Deno.test("a clock that was far ahead keeps nobody from hearing of others, or from being heard, once it is right", async () => {
  using time = new FakeTime();
  let aheadMs = 1_000 * dayMs;
  const { server, opened: [phone] } = await sessions(time, "phone");
  using _server = server;
  const desk = server.open("desk", { nowMs: () => time.nowMs + aheadMs });
  await time.advance(pauseMs);
  desk.type("in the future");
  await time.advance(pauseMs);
  assertEquals(phone!.input, "");
  aheadMs = 0;
  desk.type("in the future!");
  await time.advance(pauseMs);
  assertEquals(phone!.input, "in the future!");
  const later = server.open("later");
  later.drafts.restore([{ title: "#lobby", written: "kept" }], { "#lobby": 8.64e15 });
  phone!.type("from the phone");
  await time.advance(quietMs);
  assertEquals([desk.input, later.input], ["from the phone", "from the phone"]);
});

Deno.test("what could be a command is taken from nobody, and not told where it was kept from before", async () => {
  using time = new FakeTime();
  const { server, opened: [desk] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("hello");
  await time.advance(pauseMs);
  for (const text of ["/quit", "  /trust jill", "\n/passwd"]) {
    desk!.drafts.take(sealedDraft({ title: "#lobby", text, timeMs: time.nowMs }));
  }
  server.open("page", {}, { text: "/nick bob", timeMs: time.nowMs });
  await time.advance(quietMs);
  assertEquals([desk!.input, ...server.passed], [
    "hello",
    "desk #lobby: hello",
    "page asks",
    "desk #lobby: hello",
  ]);
});

Deno.test("somebody who is called like a part of the language has drafts as anybody", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  for (const name of ["constructor", "__proto__"]) {
    for (const { inputs } of [desk!, phone!]) inputs.set(name, "");
    desk!.inputs.set(name, "kept");
    desk!.drafts.restore([{ title: name, written: "kept" }], {});
    desk!.type("hello", name);
    await time.advance(pauseMs);
    assertEquals(phone!.inputs.get(name), "hello");
  }
  const { times } = desk!.drafts;
  assertEquals(Object.keys(times).sort(), ["__proto__", "constructor"]);
});

Deno.test("of very many conversations so many times are known", async () => {
  using time = new FakeTime();
  const { server, opened: [desk] } = await sessions(time, "desk");
  using _server = server;
  for (let count = 0; count < 600; count++) {
    desk!.drafts.take(sealedDraft({ title: `#room ${count}`, text: "x", timeMs: time.nowMs }));
    await time.advance(1);
  }
  assertEquals(Object.keys(desk!.drafts.times).length, 500);
});

Deno.test("what was there before a line of before, and was sent elsewhere meanwhile, does not come back", async () => {
  using time = new FakeTime();
  const { server, opened: [desk, phone] } = await sessions(time, "desk", "phone");
  using _server = server;
  desk!.type("half a thought");
  await time.advance(pauseMs);
  desk!.hide();
  phone!.type("");
  await time.advance(pauseMs);
  desk!.type("half a thought");
  await time.advance(quietMs);
  assertEquals([desk!.input, phone!.input], ["", ""]);
});

Deno.test("whoever types what where, with and without a connection: in the end all have the same, and are quiet", async () => {
  const step = fc.record({
    who: fc.nat(2),
    what: fc.constantFrom("type", "empty", "command", "lose", "come back"),
    text: fc.string({ minLength: 1, maxLength: 3 }),
    afterMs: fc.constantFrom(0, 300, 1_500, 4_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      using time = new FakeTime();
      const { server, opened } = await sessions(time, "desk", "phone", "page");
      using _server = server;
      for (const { who, what, text, afterMs } of steps) {
        const session = opened[who]!;
        if (what === "type") session.type(text.replaceAll("/", "-"));
        else if (what === "empty") session.type("");
        else if (what === "command") session.type(`/${text}`);
        else if (what === "lose") session.lose();
        else session.comeBack();
        await time.advance(afterMs);
      }
      for (const session of opened) {
        if (session.input.startsWith("/")) session.type("");
        if (!session.isOnline) session.comeBack();
      }
      await time.advance(quietMs);
      const inputs = opened.map(({ input }) => input);
      assertEquals(inputs, Array(3).fill(inputs[0]), server.passed.join("\n"));
      const { length } = server.passed;
      await time.advance(quietMs);
      assertEquals(server.passed.slice(length), []);
    }),
    { numRuns: 200 },
  );
});
