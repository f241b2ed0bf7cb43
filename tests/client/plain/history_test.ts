import { assert, assertEquals, assertMatch } from "@std/assert";
import { addAccounts } from "../../fixtures/accounts.ts";
import { ClientFixture } from "../core/client_fixture.ts";
import { talk } from "./script.ts";

async function startWithPosts(count: number): Promise<ClientFixture> {
  const fixture = await ClientFixture.start(["jack"]);
  const jack = await fixture.open("jack");
  for (let index = 1; index <= count; index++) await jack.client.post("#lobby", `post ${index}`);
  jack.client.markRead();
  await jack.client.close(1_000);
  return fixture;
}

/** The numbers of the posts that were shown. */
function shownIn(lines: readonly string[]): number[] {
  return lines.flatMap((line) => {
    const found = /<jack> post (\d+)$/.exec(line);
    return found === null ? [] : [Number(found[1])];
  });
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

Deno.test("CH shows one line a post, oldest first, and how many there were", async () => {
  await using fixture = await startWithPosts(2);
  const { script } = await talk(fixture, "jack", "CH");
  assertMatch(script.answers[0]!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d #lobby <jack> post 1$/);
  assertEquals(script.answers.slice(2), ["End of history (2 messages)."]);
});

Deno.test("CH shows the newest 50, or as many as are wanted, over several pages", async () => {
  await using fixture = await startWithPosts(250);
  const usual = await talk(fixture, "jack", "CH");
  assertEquals(shownIn(usual.script.answers), range(201, 250));
  assertEquals(usual.script.answers[0], "(There is more: CH 100 shows it.)");
  const more = await talk(fixture, "jack", "CH 230");
  assertEquals(shownIn(more.script.answers), range(21, 250));
  const all = await talk(fixture, "jack", "CH 9999");
  assertEquals(shownIn(all.script.answers), range(1, 250));
  assertEquals(all.script.answers.at(-1), "End of history (250 messages).");
});

Deno.test("CH shows everything that was missed, however much, and then it counts as read", async () => {
  await using fixture = await startWithPosts(0);
  await addAccounts(fixture.native.storage, ["jill"]);
  const jack = await fixture.open("jack");
  for (let index = 1; index <= 180; index++) await jack.client.post("#lobby", `post ${index}`);
  const first = await talk(fixture, "jill", "CH");
  assertEquals(
    first.script.answers[0],
    "You have missed 180 messages: CH shows them.",
  );
  assertEquals(shownIn(first.script.answers), range(1, 180));
  await first.test.client.close(1_000);
  const second = await talk(fixture, "jill", "CH");
  assertEquals(shownIn(second.script.answers), range(131, 180));
});

Deno.test("what was missed is shown by the first CH without a number; a number is obeyed", async () => {
  await using fixture = await startWithPosts(0);
  await addAccounts(fixture.native.storage, ["jill"]);
  const jack = await fixture.open("jack");
  for (let index = 1; index <= 60; index++) await jack.client.post("#lobby", `post ${index}`);
  const { script } = await talk(fixture, "jill", "CH #lobby", "CH 3", "CH", "CH");
  assertEquals(shownIn(script.answers), [
    ...range(11, 60),
    ...range(58, 60),
    ...range(1, 60),
    ...range(11, 60),
  ]);
  assert(script.answers.includes("(There is more: CH 6 shows it.)"));
});

Deno.test("what a number left out does not count as read", async () => {
  await using fixture = await startWithPosts(0);
  await addAccounts(fixture.native.storage, ["jill"]);
  const jack = await fixture.open("jack");
  for (let index = 1; index <= 60; index++) await jack.client.post("#lobby", `post ${index}`);
  const first = await talk(fixture, "jill", "CH 3");
  await first.test.client.close(1_000);
  const second = await talk(fixture, "jill", "CH 60");
  assertEquals(second.script.answers[0], "You have missed 60 messages: CH shows them.");
  await second.test.client.close(1_000);
  const third = await talk(fixture, "jill");
  assertEquals(third.script.answers, []);
});

Deno.test("CH of a room or of a conversation takes a number, too, and anything else is answered", async () => {
  await using fixture = await startWithPosts(9);
  await addAccounts(fixture.native.storage, ["jill", "7"]);
  const { script } = await talk(
    fixture,
    "jack",
    ...["CH #lobby 2", "PM jill one", "PM jill two", "CH jill 1", "CH 7 7", "CH #lobby two"],
  );
  assertEquals(shownIn(script.answers), [8, 9]);
  assertEquals(script.answers[0], "(There is more: CH #lobby 4 shows it.)");
  const after = script.answers.slice(
    script.answers.indexOf("Private message stored; jill will get it at the next sign-in.") + 1,
  );
  assertEquals(after.filter((line) => !/PM jack -> jill two$|^Private message/.test(line)), [
    "(There is more: CH jill 2 shows it.)",
    "End of history (1 message).",
    "End of history (0 messages).",
    "Usage: CH, CH 500, CH #room, CH NAME, CH #room 500 or CH NAME 500.",
  ]);
});

Deno.test("at sign-in it is said how much others have written, and not what one wrote oneself", async () => {
  await using fixture = await startWithPosts(0);
  await addAccounts(fixture.native.storage, ["jill"]);
  const jack = await fixture.open("jack");
  const elsewhere = await fixture.open("jill");
  // It has shown nothing yet.
  elsewhere.client.markReadUpTo(0);
  await jack.client.post("#lobby", "one");
  await jack.client.sendPrivate("jill", "two");
  await elsewhere.client.post("#lobby", "my own");
  const { script } = await talk(fixture, "jill");
  assertEquals(script.answers, ["You have missed 2 messages: CH shows them."]);
  for (let index = 1; index <= 1_000; index++) await jack.client.post("#lobby", `${index}`);
  const more = await talk(fixture, "jill");
  assertEquals(more.script.answers, ["You have missed more than 1,000 messages: CH shows them."]);
});

Deno.test("CH of somebody who does not exist says so, of somebody without messages it is empty", async () => {
  await using fixture = await startWithPosts(0);
  await addAccounts(fixture.native.storage, ["jill"]);
  const { script } = await talk(fixture, "jack", "CH nobody", "CH \u001b[2J", "CH JILL");
  assertEquals(script.answers, [
    'No user named "nobody".',
    'No user named "␛[2J".',
    "End of history (0 messages).",
  ]);
});

Deno.test("CH of a room or of a conversation shows just that", async () => {
  await using fixture = await startWithPosts(1);
  await addAccounts(fixture.native.storage, ["jill", "joe"]);
  const { script } = await talk(
    fixture,
    "jack",
    ...["JOIN garden", "BM roses", "PM jill hello", "PM joe good day"],
    ...["CH #garden", "CH jill", "CH #nowhere", "CH ../x"],
  );
  const lines = script.answers.filter((line) =>
    /#garden <|PM jack ->|End of|no room|name/.test(line)
  );
  assertMatch(lines[0]!, / #garden <jack> roses$/);
  assertEquals(lines[1], "End of history (1 message).");
  assertMatch(lines[2]!, / PM jack -> jill hello$/);
  assertEquals(lines[3], "End of history (1 message).");
  assertMatch(lines[4]!, /no room/);
  assertEquals(lines[5], 'No user named "../x".');
  assertEquals(lines.length, 6);
});

Deno.test("SEARCH finds words in rooms, asks for them, and says where only the newest are shown", async () => {
  await using fixture = await startWithPosts(60);
  const { script } = await talk(
    fixture,
    "jack",
    "SEARCH post 17",
    "search",
    "nothing",
    "SEARCH post",
  );
  assertEquals(shownIn(script.answers.slice(0, 1)), [17]);
  const notSearched = "(Searched: the rooms that you are in. You have no private messages.)";
  assertEquals(script.answers.slice(1, 6), [
    notSearched,
    "End of search (1 message).",
    "Words to search:",
    notSearched,
    "End of search (0 messages).",
  ]);
  assertEquals(script.answers[6], "(Only the newest 50 are shown.)");
  assertEquals(shownIn(script.answers.slice(7)), range(11, 60));
});
