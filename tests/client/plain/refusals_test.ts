/** What is refused: the lines after it are what they were written as, and go nowhere else. */
import { assert, assertEquals } from "@std/assert";
import { PlainInterface } from "../../../client/plain/plain.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { ClientFixture } from "../core/client_fixture.ts";
import { makeAccountRecord } from "../../fixtures/accounts.ts";
import { pipe, Script, talk } from "./script.ts";
import { createAccount } from "../../fixtures/changes.ts";

const secret = "BM only for jill";
const leftOut = "(The next line was meant as the private message: it was skipped.)";
const pressEnter =
  "(The private message was not sent. Press Enter to go on; anything typed before that is discarded.)";

function bodies(fixture: ClientFixture): string[] {
  return fixture.native.storage.data.posts.map(({ post }) => post.body);
}

for (
  const [what, ...lines] of [
    ["that nobody has", "PM", "nobody"],
    ["that nobody can have", "PM", "../x"],
    ["that is given with PM", "PM nobody"],
    ["that is empty", "PM", ""],
  ] as const
) {
  Deno.test(`a script's PM to a name ${what}: its text is not broadcast, and the next operation is`, async () => {
    await using fixture = await ClientFixture.start(["jack"]);
    const { script, view } = await pipe(fixture, "jack", ...lines, secret, "BM for all");
    assertEquals(bodies(fixture), ["for all"]);
    assertEquals(script.answers.slice(-2), [leftOut, "Public message sent."]);
    assertEquals(view.failed, true);
  });
}

for (const isTerminal of [true, false]) {
  const where = isTerminal ? "on a terminal" : "in a script";
  Deno.test(`a PM that the server refuses ${where}: what follows is its text, and goes nowhere`, async () => {
    await using fixture = await ClientFixture.start(["jack", "jill"]);
    const script = new Script(["PM jill", secret, "CH #lobby"], isTerminal);
    const view = new PlainInterface(script);
    const test = await fixture.open("jack", { onEvent: view.onEvent });
    fixture.native.storage.failing.set("findAccount", new StorageError("full", "full"));
    await view.run(test.client);
    assertEquals(bodies(fixture), []);
    assert(script.answers[0]!.startsWith("server: "), script.answers[0]);
    assertEquals(script.answers.slice(1), [
      isTerminal ? pressEnter : leftOut,
      "End of history (0 messages).",
    ]);
  });
}

Deno.test("a PM whose text came with it takes no further line when it is refused", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script } = await pipe(fixture, "jack", "PM nobody psst", "WHO");
  assertEquals(script.answers, ['No user named "nobody".', "1 online:", "jack"]);
});

Deno.test("on a terminal an unknown name is asked for again; the text that came with PM stays for it", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const jill = await fixture.open("jill");
  await talk(fixture, "jack", "PM jil psst", "jill");
  await jill.until("live jack: psst");
  const { script } = await talk(fixture, "jack", "PM jil psst", "", "WHO");
  assertEquals(script.answers, [
    'No user named "jil".',
    "(Enter alone goes back.)",
    "Peer to message:",
    "Nothing was sent.",
    ...["2 online:", "jack", "jill"],
  ]);
});

Deno.test("what a script says instead of yes or no is no consent, and no operation", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  await createAccount(fixture.native.storage, await makeAccountRecord("irc"));
  for (const answer of ["BM for all", "y", "yes, please"]) {
    const { script, view } = await pipe(fixture, "jack", "PM irc psst", answer, "WHO");
    assertEquals(script.answers.slice(-4), [
      "(The answer was neither yes nor no.)",
      "Nothing was sent.",
      ...["1 online:", "jack"],
    ]);
    assertEquals(view.failed, true);
  }
  const person = await talk(fixture, "jack", "PM irc psst", "y", "no");
  assertEquals(person.script.answers.slice(-2), ['Type "yes" or "no".', "Nothing was sent."]);
  assertEquals(bodies(fixture), []);
  await pipe(fixture, "jack", "PM irc psst", "yes");
  assertEquals(bodies(fixture), ["psst"]);
});

Deno.test("passwords after one that was refused are not taken for operations, nor shown", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const wrongOld = await pipe(fixture, "jack", "PASSWD", "short", "BM s3cret one", "BM s3cret one");
  const shortNew = await pipe(fixture, "jack", "PASSWD", "a password", "BM 1", "BM 1", "WHO");
  for (const { script, view } of [wrongOld, shortNew]) {
    assert(!script.shown.some((line) => line.includes("s3cret") || line.includes("BM 1")));
    assertEquals(view.failed, true);
  }
  assertEquals(bodies(fixture), []);
  assertEquals(shortNew.script.answers.slice(-2), ["1 online:", "jack"]);
});

Deno.test("a script's JOIN without a room makes no room of its next operation", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script, view } = await pipe(fixture, "jack", "JOIN", "WHO", "JOIN", "#garden", "ROOMS");
  assertEquals(script.answers, [
    "Room to join:",
    '"WHO" is not a room name. A room name begins with "#": JOIN #room.',
    "Room to join:",
    "You have created #garden. BM goes there now.",
    "#garden (1 online, joined)",
    "#lobby (1 online, joined)",
  ]);
  assertEquals(view.failed, true);
});

Deno.test("what a script says after a room that it could not enter does not go to the lobby", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const nothing =
    "Nothing was done: you are not in the room that you chose before. JOIN #lobby goes back.";
  const { script } = await pipe(
    fixture,
    "jack",
    ...["JOIN #../x", "BM for that room", "BM", "BM for that room", "LEAVE", "JOIN #lobby"],
    "BM for all",
  );
  assertEquals(bodies(fixture), ["for all"]);
  assertEquals(script.answers.slice(1), [
    nothing,
    "Enter the public message:",
    nothing,
    nothing,
    "You have joined #lobby. BM goes there now.",
    "Public message sent.",
  ]);
});

Deno.test("whoever is taken out of the room while writing to it does not write to the lobby", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const elsewhere = await fixture.open("jack");
  const script = new Script(["JOIN garden", "BM"]);
  const view = new PlainInterface(script);
  const here = await fixture.open("jack", { onEvent: view.onEvent });
  const read = script.read.bind(script);
  const left = "**** You are not in #garden any more: BM goes to #lobby. ****";
  Object.assign(script, {
    read: async () => {
      if (script.shown.at(-1) !== "Enter the message for #garden:") return await read();
      await elsewhere.client.rooms.leave("#garden");
      await script.until(left);
      return "for the garden";
    },
  });
  await view.run(here.client);
  assertEquals(bodies(fixture), []);
  assertEquals(script.answers.slice(-2), [
    left,
    "server: You are not in that room. Join it first.",
  ]);
});

Deno.test("what the server says of an error cannot pass for a message of somebody", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script } = await talk(fixture, "jack", "LEAVE #nowhere");
  assertEquals(script.answers, ["server: There is no room with that name. Joining it creates it."]);
});
