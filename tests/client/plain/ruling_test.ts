import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PlainInterface } from "../../../client/plain/plain.ts";
import { ClientFixture } from "../core/client_fixture.ts";
import { pipe, Script, talk } from "./script.ts";

const toGarden = ["JOIN #garden"];
const inGarden = "You have joined #garden. BM goes there now.";
const madeGarden = "You have created #garden. BM goes there now.";

/** What was said after the room was entered. */
function answersOf({ script }: { script: Script }): string[] {
  const at = script.answers.findIndex((line) => [inGarden, madeGarden].includes(line));
  return script.answers.slice(at + 1);
}

Deno.test("whoever makes a room rules it: roles, bans and removals are done and told", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill", "joe"]);
  const [jill, joe] = [await fixture.open("jill"), await fixture.open("joe")];
  const jack = new Script([...toGarden]);
  const view = new PlainInterface(jack);
  const owner = await fixture.open("jack", { onEvent: view.onEvent });
  await view.run(owner.client);
  for (const { client } of [jill, joe]) await client.rooms.join("#garden");
  const script = await pipe(
    fixture,
    "jack",
    ...toGarden,
    ...[
      "OP jill",
      "VOICE",
      "@joe",
      "DEVOICE joe",
      "DEOP jill",
      "KICK joe Please cool down.",
      "BAN joe",
      "UNBAN joe",
    ],
  );
  assertEquals(script.view.failed, false);
  assertEquals(answersOf(script), [
    "jill is now a moderator of #garden.",
    "Which user:",
    "joe now has a voice in #garden.",
    "joe no longer has a voice in #garden.",
    "jill is no longer a moderator of #garden.",
    "joe was removed from #garden.",
    "joe is banned from #garden.",
    "joe is no longer banned from #garden.",
  ]);
  await jill.until("ruled");
  await joe.until("left");
  const left = joe.events.find(({ type }) => type === "left");
  assertEquals(left, { type: "left", room: "#garden", by: "jack", reason: "Please cool down." });
});

Deno.test("RULES shows what holds in a room, each rule as it is typed, and sets one", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const script = await pipe(
    fixture,
    "jack",
    ...[
      ...toGarden,
      "RULES entry invited",
      "RULES limit 20",
      "RULES #garden key sesame",
      "BAN *!*@*.example",
      "RULES",
    ],
  );
  assertEquals(script.view.failed, false);
  assertEquals(answersOf(script), [
    "#garden: only people who are invited can enter.",
    "#garden: at most 20 people can be there at once.",
    '#garden: the key to enter is "sesame".',
    "*!*@*.example is banned from #garden.",
    "The rules of #garden. To set one, type RULES speak voiced, for example.",
    "entry invited: only people who are invited can enter.",
    'key sesame: the key to enter is "sesame".',
    "limit 20: at most 20 people can be there at once.",
    "speak everyone: everyone in it can speak.",
    "topic everyone: everyone in it can set the topic.",
    "listed yes: everyone sees it in the list of rooms.",
    "outside no: only people in it can post to it.",
    "questions yes: IRC programs can ask one another questions.",
    "Owners: jack.",
    "Banned: *!*@*.example.",
  ]);
});

Deno.test("a rule that is none, or a value that it cannot have, is answered with what may be typed", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script, view } = await pipe(
    fixture,
    "jack",
    ...[
      ...toGarden,
      "RULES speak jill",
      "RULES limit 0",
      "RULES entry",
      "RULES toString x",
      "RULES key a b",
    ],
  );
  assert(view.failed);
  const said = answersOf({ script });
  assertEquals(said.slice(0, 3), [
    "Usage: RULES speak everyone|voiced",
    "Usage: RULES limit NUMBER|-",
    "Usage: RULES entry open|invited",
  ]);
  assertStringIncludes(said[3]!, "Usage: RULES entry open|invited; key KEY|-; limit NUMBER|-;");
  assertEquals(said[4], "Usage: RULES key KEY|-");
});

Deno.test("a refusal is the server's, and says who could help", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const jill = await fixture.open("jill");
  await jill.client.rooms.join("#garden");
  const { script, view } = await pipe(
    fixture,
    "jack",
    ...[...toGarden, "OP jack", "KICK jill", "RULES entry invited", "BAN nobody"],
  );
  assert(view.failed);
  const said = answersOf({ script });
  assertEquals(said.length, 4);
  for (const line of said.slice(0, 3)) assert(/^server: .*jill/.test(line), line);
});

Deno.test("a room is handed on: OWNER makes another owner, DISOWN ends one's own, and then others decide", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const jill = await fixture.open("jill");
  await talk(fixture, "jack", ...toGarden);
  await jill.client.rooms.join("#garden");
  const { script, view } = await pipe(
    fixture,
    "jack",
    ...toGarden,
    "OWNER jill",
    "DISOWN jack",
    "OP jack",
  );
  assertEquals(answersOf({ script }).slice(0, 2), [
    "jill is now an owner of #garden.",
    "jack is no longer an owner of #garden.",
  ]);
  assert(view.failed);
  assertStringIncludes(answersOf({ script })[2]!, "Ask jill, who owns #garden,");
  const { roles } = await jill.client.rooms.rules("#garden");
  assertEquals(roles, [{ name: "jill", roles: ["owner"] }]);
});

Deno.test("a closed room is entered with its key, or by an invitation", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill", "joe"]);
  const jill = await fixture.open("jill");
  await jill.client.rooms.join("#garden");
  await jill.client.rooms.setRules("#garden", { roomKey: "sesame" });
  const { script } = await talk(fixture, "jack", "JOIN #garden", "JOIN #garden sesame");
  assertStringIncludes(script.answers[0]!, "server: ");
  assertEquals(script.answers[1], inGarden);
  await jill.client.rooms.setRules("#garden", { roomKey: null, invited: true });
  const joe = await fixture.open("joe");
  const invited = await jill.client.rooms.invite("#garden", "joe");
  assertEquals(invited, { told: true, opened: true });
  await joe.until("invited");
  assertEquals((await joe.client.rooms.join("#garden")).created, false);
});

Deno.test("INVITE says whether the other one was told, and a name with words behind it is no key", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill", "joe"]);
  await fixture.open("jill");
  const { script } = await talk(
    fixture,
    "jack",
    ...toGarden,
    "INVITE jill",
    "INVITE joe",
    "JOIN my room",
  );
  assertEquals(answersOf({ script }).slice(0, 2), [
    "You have invited jill to #garden. jill can enter now, whatever the rules are.",
    "You have invited joe to #garden. joe is not there to see it. joe can enter now, whatever the rules are.",
  ]);
  assertEquals(
    (await (await fixture.open("joe")).client.rooms.list()).some(({ name }) => name === "#my"),
    false,
  );
});

Deno.test("what others change is told, oneself as you; a removal says by whom and why, and where BM goes", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const jill = await fixture.open("jill");
  await jill.client.rooms.join("#garden");
  const script = new Script(toGarden);
  const view = new PlainInterface(script);
  const { client } = await fixture.open("jack", { onEvent: view.onEvent });
  await view.run(client);
  const { rooms } = jill.client;
  await rooms.setRole("#garden", "jack", "moderator", true);
  await rooms.setRole("#garden", "jack", "voiced", true);
  await rooms.setRules("#garden", { speakers: "voiced", peopleMax: null });
  await rooms.setEntry("#garden", "mute", { mask: "x!*@*" }, true);
  await rooms.remove("#garden", "jack", "a\n**** b");
  await script.until("**** You are now a moderator of #garden (set by jill) ****");
  await script.until("**** You now have a voice in #garden (set by jill) ****");
  await script.until(
    "**** #garden: only moderators and people with a voice can speak (set by jill) ****",
  );
  await script.until("**** x!*@* is silenced in #garden (set by jill) ****");
  await script.until(
    "**** jill has removed you from #garden (a ⏎ **** b): BM goes to #lobby. ****",
  );
});

Deno.test("HELP names the commands that end others beside those", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const { script } = await talk(fixture, "jack", "HELP");
  const help = script.answers;
  assert(help.includes("OP       Makes a user a moderator; DEOP ends that."));
  assert(!help.some((line) => line.startsWith("DEOP")));
});

Deno.test("what one changes in a room elsewhere is told here, and what one changes here only once", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const script = new Script(["JOIN #garden", "RULES topic moderators"]);
  const view = new PlainInterface(script);
  const here = await fixture.open("jack", { onEvent: view.onEvent });
  await view.run(here.client);
  const elsewhere = await fixture.open("jack");
  await elsewhere.client.rooms.setRules("#garden", { speakers: "voiced" });
  await here.client.ping();
  const rules = script.answers.filter((line) => line.includes("can"));
  assertEquals(rules, [
    "#garden: only moderators can set the topic.",
    "**** #garden: only moderators and people with a voice can speak (set by you, elsewhere) ****",
  ]);
});
