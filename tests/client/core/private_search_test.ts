/** Searching private messages on the machine of one of the two. */
import { assertEquals } from "@std/assert";
import { searchPrivate } from "../../../client/talk/private_search.ts";
import { surroundings } from "../../../client/talk/surroundings.ts";
import { HostileServer, type TestClient } from "./hostile_server.ts";

async function find({ client }: TestClient, words: string, readMax = 1_000) {
  const parts: number[] = [];
  const found = await searchPrivate(client, {
    words,
    limit: 3,
    readMax,
    onProgress: ({ part }) => void parts.push(part),
  });
  assertEquals(parts.every((part, at) => part >= (parts[at - 1] ?? 0) && part <= 1), true);
  return { ...found, texts: found.posts.map(({ message }) => message.text) };
}

Deno.test("words are found in the private messages of all people, and the server is asked for nothing but pages", async () => {
  await using server = await HostileServer.start("jack", "jill", "joe");
  const asked: string[] = [];
  server.tamperRequest = (request) => void asked.push(JSON.stringify(request));
  const [jack, jill] = [await server.client("jack"), await server.client("jill")];
  await server.client("joe");
  await jack.client.sendPrivate("jill", "Möhren und Rosen");
  await jill.client.sendPrivate("jack", "roses, or carrots?");
  await jack.client.sendPrivate("joe", "no flowers");
  await jack.client.sendPrivate("jack", "a note: rose");
  asked.length = 0;
  assertEquals((await find(jack, "ros")).texts, [
    "Möhren und Rosen",
    "roses, or carrots?",
    "a note: rose",
  ]);
  assertEquals((await find(jack, "MOHREN rosen")).texts, ["Möhren und Rosen"]);
  const none = await find(jack, "tulips");
  assertEquals([none.texts, none.conversations, none.read, none.isCut], [[], 3, 4, false]);
  assertEquals((await find(jack, "  ")).texts, []);
  // Nothing of rooms comes along.
  await jill.client.post("#lobby", "roses for everyone");
  assertEquals((await find(jack, "everyone")).texts, []);
  assertEquals(
    asked.filter((text) => text.includes('"history"')).every((text) =>
      text.includes('"private":true')
    ),
    true,
  );
  assertEquals(asked.some((text) => /rosen|mohren|tulips/i.test(text)), false);
});

Deno.test("an edited message is found by what it says now, and of very many the newest are read", async () => {
  await using server = await HostileServer.start("jack", "jill");
  await server.client("jill");
  const jack = await server.client("jack");
  const id = "first";
  const { sequence } = await jack.client.sendPrivate("jill", "rose", id);
  const edit = { kind: "edit", target: sequence, targetId: id, text: "tulip" } as const;
  await jack.client.annotate("jill", edit);
  assertEquals((await find(jack, "tulip")).texts, ["tulip"]);
  assertEquals((await find(jack, "rose")).texts, []);
  for (let at = 0; at < 120; at++) await jack.client.sendPrivate("jill", `tulip ${at}`);
  const cut = await find(jack, "tulip", 100);
  assertEquals([cut.texts, cut.more, cut.read, cut.isCut], [
    ["tulip 117", "tulip 118", "tulip 119"],
    true,
    100,
    true,
  ]);
  const around = await surroundings(jack.client, { from: "jack", to: "jill", sequence: 60 });
  assertEquals(around.map((post) => post.sequence), [55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65]);
});
