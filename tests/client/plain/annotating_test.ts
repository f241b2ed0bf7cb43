/** REPLY, EDIT, DELETE, REACT and NUMBERS. */
import { assertEquals } from "@std/assert";
import { ClientFixture } from "../core/client_fixture.ts";
import { talk } from "./script.ts";

/** Times of the history differ. */
function withoutTimes(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, "TIME"));
}

Deno.test("an earlier message is answered, changed, reacted to and taken back, and the history shows what is now", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const { client } = await fixture.open("jill");
  await client.post("#lobby", "roses?");
  const { script } = await talk(
    fixture,
    "jack",
    ...["CH", "REPLY jill tulips", "EDIT tulips!", "REACT jill 👍", "BM oops", "DELETE", "NUMBERS"],
    ...["CH", "REACT jill 👍", "CH #lobby"],
  );
  const now = withoutTimes(script.answers);
  assertEquals(now.slice(now.indexOf("Messages are shown with their numbers from now on.")), [
    "Messages are shown with their numbers from now on.",
    "1 TIME #lobby <jill> roses? [jack: 👍]",
    "2 TIME #lobby <jack> (to jill: roses?) tulips! (edited)",
    "5 TIME #lobby <jack> (taken back)",
    "End of history (3 messages).",
    "1 TIME #lobby <jill> roses?",
    "2 TIME #lobby <jack> (to jill: roses?) tulips! (edited)",
    "5 TIME #lobby <jack> (taken back)",
    "End of history (3 messages).",
  ]);
});

Deno.test("what cannot be meant is refused with a sentence, and nothing is sent", async () => {
  await using fixture = await ClientFixture.start(["jack"]);
  const lines = ["REPLY", "REPLY yes", "EDIT", "DELETE it", "DELETE 7", "REACT", "REACT 9 👍"];
  const { script } = await talk(fixture, "jack", ...lines);
  assertEquals(script.answers, [
    "There is no message of somebody else here yet.",
    "There is no message of somebody else here yet.",
    "There is no message of yours here yet.",
    "There is no message of yours here yet.",
    "No message here has the number 7. NUMBERS shows them.",
    "There is no message of somebody else here yet.",
    "No message here has the number 9. NUMBERS shows them.",
  ]);
  assertEquals(fixture.native.storage.data.posts, []);
});

Deno.test("a private message is answered, changed and reacted to by its whole number, and stays private", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const { client } = await fixture.open("jill");
  await client.sendPrivate("jack", "roses?");
  await talk(fixture, "jack", "CH", "REPLY 1 tulips", "REACT 1 :thumbsup:");
  const { script } = await talk(fixture, "jack", "CH", "EDIT 2 tulips!", "NUMBERS", "CH jill");
  const now = withoutTimes(script.answers);
  assertEquals(now.slice(now.indexOf("Messages are shown with their numbers from now on.")), [
    "Messages are shown with their numbers from now on.",
    "1 TIME PM jill -> jack roses? [jack: 👍]",
    "2 TIME PM jack -> jill (to jill: roses?) tulips! (edited)",
    "End of history (2 messages).",
  ]);
  const kinds = fixture.native.storage.data.posts.map(({ post }) => `${post.kind} ${post.to}`);
  assertEquals(kinds, ["sealed jack", "sealed jill", "sealed jill", "sealed jill"]);
});

Deno.test("half a number that could mean a private message sends nothing to the room", async () => {
  await using fixture = await ClientFixture.start(["jack", "jill"]);
  const { client } = await fixture.open("jill");
  for (let at = 1; at <= 12; at++) await client.sendPrivate("jack", `private ${at}`);
  for (let at = 13; at <= 22; at++) await client.post("#lobby", `public ${at}`);
  const lines = ["CH #lobby 1", "CH jill 1", "REPLY 2 only for jill", "REPLY 12 only for jill"];
  const { script } = await talk(fixture, "jack", ...lines);
  assertEquals(
    script.answers.at(-1),
    "The number 2 could mean a private message, too. Type all of its digits.",
  );
  const sent = fixture.native.storage.data.posts.slice(22).map(({ post }) => post.to);
  assertEquals(sent, ["jill"]);
});
