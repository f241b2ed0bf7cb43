/** What is said about earlier private messages: sealed as they are, and believed from nobody else. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import type { ShownPost } from "../../../client/core/chat/chat_client.ts";
import {
  folded,
  type FoldedPost,
  reactionTo,
  withEdits,
} from "../../../client/talk/folded_posts.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { HostileServer, type TestClient } from "./hostile_server.ts";

function about({ sequence, id }: ShownPost) {
  return { target: sequence, targetId: id };
}

/** A conversation as it is now. */
async function now({ client }: TestClient, peer: string): Promise<FoldedPost[]> {
  return folded(await client.history({ with: peer, limit: 100 }));
}

/** The same in short. */
async function shortly(client: TestClient, peer: string): Promise<string[]> {
  return (await now(client, peer)).map(({ from, kind, message, edits, reactions, answered }) => {
    const to = answered === null ? "" : ` to ${answered.message.text}`;
    const marks = [edits.length > 0 ? " (edited)" : "", ...reactions.map((one) => ` ${one.text}`)];
    return `${from} ${kind}${to}: ${message.text}${marks.join("")}`;
  });
}

async function until(client: TestClient, count: number): Promise<ShownPost> {
  await client.until(() => client.posts.length >= count);
  return client.posts[count - 1]!;
}

Deno.test("private messages are answered, edited, reacted to and taken back, and the server learns only what is taken back", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const requests: string[] = [];
  server.tamperRequest = (request) => {
    if (request["type"] === "private" || request["type"] === "annotate") {
      requests.push(`${request["type"]} ${request["kind"]} ${request["target"] ?? ""}`);
    }
  };
  const [jack, jill] = [await server.client("jack"), await server.client("jill")];
  await jack.client.sendPrivate("jill", "roses are rde");
  const roses = await until(jill, 1);
  await jill.client.annotate("jack", { kind: "reply", ...about(roses), text: "indeed" });
  await jack.client.annotate("jill", { kind: "edit", ...about(roses), text: "roses are red" });
  await jill.client.annotate("jack", { kind: "reaction", ...about(roses), text: "👍" });
  await jack.client.sendPrivate("jill", "waves", undefined, "action");
  await until(jack, 5);
  const expected = [
    "jack text: roses are red (edited) 👍",
    "jill reply to roses are red: indeed",
    "jack action: waves",
  ];
  assertEquals(await shortly(jack, "jill"), expected);
  assertEquals(await shortly(jill, "jack"), expected);
  assertEquals(requests, Array(5).fill("private sealed "));

  // The same reaction once more is sealed, too; a message is named to the server, with its edit, and both are gone there.
  await jill.client.annotate("jack", reactionTo((await now(jill, "jack"))[0]!, "jill", "👍"));
  assertEquals((await now(jack, "jill"))[0]!.reactions, []);
  const [first] = await now(jack, "jill");
  const stored = server.fixture.storage.data.posts;
  const sealed = [first!.sequence, first!.edits[0]!.sequence].map((sequence) =>
    stored.find(({ post }) => post.sequence === sequence)!.post.body
  );
  await jack.client.takeBack("jill", withEdits(first!));
  assertEquals(requests.slice(5), [
    "private sealed ",
    "annotate retraction 1",
    "annotate retraction 3",
  ]);
  for (const body of sealed) assertEquals(JSON.stringify(stored).includes(body), false);
  const left = [
    "jack retracted: ",
    "jill reply to : indeed",
    "jack retracted: ",
    "jack action: waves",
  ];
  assertEquals(await shortly(jill, "jack"), left);
  assertEquals(await shortly(jack, "jill"), left);
  // A program that comes now finds the same, and misses nothing.
  const later = await server.client("jill");
  assertEquals(await shortly(later, "jack"), left);
  await jack.client.sendPrivate("jill", "one more");
  assertEquals((await now(later, "jack")).at(-1)!.message.problem, null);
  for (const one of [jack, jill, later]) assertEquals(one.notices, []);
});

Deno.test("an edit that came after a page is shown where the page is asked for again", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const [jack, jill] = [await server.client("jack"), await server.client("jill")];
  await jack.client.sendPrivate("jill", "one");
  const one = await until(jill, 1);
  for (const text of ["two", "three"]) await jack.client.sendPrivate("jill", text);
  await jack.client.annotate("jill", { kind: "edit", ...about(one), text: "one!" });
  await until(jill, 4);
  const page = await jill.client.history({ with: "jack", before: 3, limit: 2 });
  assertEquals(page.annotations.map(({ kind }) => kind), ["edit"]);
  assertEquals(folded(page).map(({ message }) => message.text), ["one!", "two"]);
});

Deno.test("nobody edits or takes back what the other one has said, and the server lets nobody remove it", async () => {
  await using server = await HostileServer.start("jack", "mallory");
  const [jack, mallory] = [await server.client("jack"), await server.client("mallory")];
  await jack.client.sendPrivate("mallory", "roses are red");
  const roses = await until(mallory, 1);
  await jack.client.annotate("mallory", { kind: "reaction", ...about(roses), text: "🌹" });
  const reaction = await until(mallory, 2);
  for (
    const said of [
      { kind: "edit", ...about(roses), text: "roses are black" },
      { kind: "retraction", ...about(roses), text: "" },
      { kind: "retraction", ...about(reaction), text: "" },
    ] as const
  ) await mallory.client.annotate("jack", said);
  await until(jack, 5);
  const [post] = await now(jack, "mallory");
  assertEquals([post!.kind, post!.message.text, post!.edits], ["text", "roses are red", []]);
  assertEquals(post!.reactions.map(({ text }) => text), ["🌹"]);
  const error = await assertRejects(
    () => mallory.client.takeBack("jack", { sequence: roses.sequence, edits: [] }),
    ChatError,
  );
  assertEquals(error.code, "forbidden");
});

Deno.test("a reaction that was taken back is not brought again by a server, on whichever page of the history", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const [jack, jill] = [await server.client("jack"), await server.client("jill")];
  await jack.client.sendPrivate("jill", "one");
  const one = await until(jill, 1);
  await jack.client.sendPrivate("jill", "two");
  await jill.client.annotate("jack", { kind: "reaction", ...about(one), text: "👍" });
  await until(jack, 3);
  await jill.client.annotate("jack", reactionTo((await now(jill, "jack"))[0]!, "jill", "👍"));
  await until(jack, 4);
  const kept: { sequence: number }[] = [];
  server.tamper = ({ name, type, message }) => {
    if (name !== "jack" || type !== "history") return;
    const posts = message["posts"] as { sequence: number }[];
    kept.push(...posts.filter(({ sequence }) => sequence === 3));
    if (posts.at(-1)?.sequence === 2) posts[1] = { ...kept[0]!, sequence: 2 };
  };
  const elsewhere = await server.client("jack");
  assertEquals((await now(elsewhere, "jill"))[0]!.reactions, []);
  const [first, second] = folded(
    await elsewhere.client.history({ with: "jill", before: 3, limit: 2 }),
  );
  assertEquals(first!.reactions, []);
  assertEquals(second!.message.problem, { kind: "repeated", name: "jill" });
});

Deno.test("a server that gives messages other places turns no edit to another message", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const [jack, jill] = [await server.client("jack"), await server.client("jill")];
  await jack.client.sendPrivate("jill", "shall I pay him?");
  await jack.client.sendPrivate("jill", "shall I leave?");
  const leave = await until(jack, 2);
  await jack.client.annotate("jill", { kind: "edit", ...about(leave), text: "never mind: yes" });
  // To jill, the first message has the place of the second one, and so on.
  server.tamper = ({ name, type, message }) => {
    if (name !== "jill" || type !== "history") return;
    for (const post of message["posts"] as { sequence: number; target?: number }[]) {
      if (post.sequence <= 2) post.sequence++;
      else post.target = 2;
    }
  };
  const elsewhere = await server.client("jill");
  const read = await now(elsewhere, "jack");
  assertEquals(read[0]!.message.text, "shall I pay him?");
  assertEquals(read[0]!.edits, []);
  await jill.client.close(1_000);
});

Deno.test("whoever has a program from before reads a text in the place of what it does not know", async () => {
  await using server = await HostileServer.start("jack", "jill");
  server.tamper = ({ name, message }) => {
    if (name !== "jill") return;
    delete message["supplement"];
    delete (message["identity"] as Record<string, unknown> | undefined)?.["supplement"];
  };
  server.tamperRequest = (request) => {
    if (request["type"] === "set_supplement") request["supplement"] = "AAAA";
  };
  const jill = await server.client("jill");
  server.tamper = () => {};
  server.tamperRequest = () => {};
  const jack = await server.client("jack");
  await jack.client.sendPrivate("jill", "roses are rde");
  const roses = await until(jack, 1);
  await jack.client.annotate("jill", { kind: "edit", ...about(roses), text: "roses are red" });
  await jack.client.annotate("jill", { kind: "reaction", ...about(roses), text: "👍" });
  await jack.client.annotate("jill", { kind: "reply", ...about(roses), text: "or blue" });
  await jack.client.sendPrivate("jill", "waves", undefined, "action");
  await until(jill, 5);
  assertEquals(await shortly(jill, "jack"), [
    "jack text: roses are rde",
    "jack text: (edited) roses are red",
    "jack text: * jack reacts with 👍",
    "jack text: or blue",
    "jack text: * jack waves",
  ]);
});

Deno.test("a message that is missing is noticed, also where others were taken back", async () => {
  await using server = await HostileServer.start("jack", "jill");
  const [jack, jill] = [await server.client("jack"), await server.client("jill")];
  for (const text of ["one", "two", "three", "four", "five"]) {
    await jack.client.sendPrivate("jill", text);
  }
  await until(jill, 5);
  await jack.client.takeBack("jill", { sequence: 2, edits: [] });
  assertEquals(
    (await now(jill, "jack")).map(({ message }) => message.problem),
    Array(5).fill(null),
  );
  server.tamper = ({ type, message }) => {
    if (type !== "history") return;
    message["posts"] = (message["posts"] as ShownPost[]).filter(({ sequence }) => sequence !== 4);
  };
  const five = (await now(jill, "jack")).at(-1)!;
  assertEquals(five.message.problem?.kind, "missing");
  assertStringIncludes(JSON.stringify(five.message.problem), '"count":1');
  assertMatch(five.message.text!, /five/);
});
