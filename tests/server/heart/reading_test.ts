import { assertEquals } from "@std/assert";
import { listPageMax } from "../../../protocol/wire/limits.ts";
import { Heart, rejectsWith, throwsWith } from "../../fixtures/heart.ts";
import { noConnection } from "../../fixtures/session_connection.ts";

Deno.test("history() and search() show rooms only to those who are in them", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const eve = await heart.enter("eve");
  await heart.chat.join(jack.session, "#garden");
  await heart.post(jack, "#garden", "red roses");
  await heart.post(jack, "#lobby", "red wine");
  const bodies = async (promise: Promise<{ posts: readonly { body: string }[] }>) =>
    (await promise).posts.map((post) => post.body);
  const { chat } = heart;
  assertEquals(await bodies(chat.reading.history(jack.session, { limit: 9 })), [
    "red roses",
    "red wine",
  ]);
  assertEquals(await bodies(chat.reading.history(eve.session, { limit: 9 })), ["red wine"]);
  assertEquals(await bodies(chat.reading.search(eve.session, { words: " red  ", limit: 9 })), [
    "red wine",
  ]);
  await rejectsWith(
    "not_in_room",
    () => chat.reading.history(eve.session, { room: "#garden", limit: 9 }),
  );
  await rejectsWith(
    "not_in_room",
    () => chat.reading.search(eve.session, { words: "red", room: "#garden", limit: 9 }),
  );
  await rejectsWith(
    "bad_text",
    () => chat.reading.search(eve.session, { words: " \t ", limit: 9 }),
  );
});

Deno.test("history() pages backward with before and forward with after", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  for (let count = 1; count <= 5; count++) await heart.post(jack, "#lobby", `${count}`);
  const sequences = async (query: { before?: number; after?: number; limit: number }) => {
    const { posts, more } = await heart.chat.reading.history(jack.session, query);
    return [posts.map((post) => post.sequence), more];
  };
  assertEquals(await sequences({ limit: 2 }), [[4, 5], true]);
  assertEquals(await sequences({ limit: 2, before: 4 }), [[2, 3], true]);
  assertEquals(await sequences({ limit: 2, before: 2 }), [[1], false]);
  assertEquals(await sequences({ limit: 2, after: 1 }), [[2, 3], true]);
  assertEquals(await sequences({ limit: 9, after: 3 }), [[4, 5], false]);
});

Deno.test("a guest reads rooms and no private conversation", async () => {
  const heart = await Heart.open();
  const guest = heart.enterGuest("~pat");
  await heart.chat.join(guest.session, "#lobby");
  const jack = await heart.enter("jack");
  const to = await heart.chat.user("~Pat");
  await heart.chat.sendPrivate(jack.session, to, { id: "1", kind: "text", body: "hidden" });
  await heart.post(jack, "#lobby", "open");
  const { posts } = await heart.chat.reading.history(guest.session, { limit: 9 });
  assertEquals(posts.map((post) => post.body), ["open"]);
  assertEquals(guest.told, ["1 jack -> ~pat: hidden", "2 jack -> #lobby: open"]);
});

Deno.test("who() in a room that has many of those who are online names its own only", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  for (const name of ["zoe", "jill", "ann"]) {
    const person = await heart.enter(name);
    await heart.enter(name);
    if (name !== "jill") await heart.chat.join(person.session, "#garden");
  }
  await heart.chat.join(jack.session, "#garden");
  const names = (after?: string) => heart.chat.reading.who(jack.session, "#garden", after).names;
  assertEquals(names(), ["ann", "jack", "zoe"]);
  assertEquals(names("b"), ["jack", "zoe"]);
});

Deno.test("who() gives sorted pages that can be followed to their end", async () => {
  const heart = await Heart.open();
  const count = listPageMax + 5;
  for (let index = 0; index < count; index++) {
    heart.chat.connect({ name: `u${index}`, nameKey: `u${index}`, account: true }, {
      deliver: () => {},
      followsAccount: true,
      connection: noConnection,
    });
  }
  const jack = await heart.enter("u7");
  const first = heart.chat.reading.who(jack.session);
  assertEquals([first.names.length, first.more], [listPageMax, true]);
  const second = heart.chat.reading.who(jack.session, "#lobby", first.names.at(-1));
  assertEquals([second.names.length, second.more], [5, false]);
  const names = [...first.names, ...second.names];
  assertEquals(names, Array.from({ length: count }, (_, index) => `u${index}`).sort());
  await heart.chat.join(jack.session, "#garden");
  const alone = heart.chat.reading.who(jack.session, "#garden");
  assertEquals(alone, { names: ["u7"], more: false });
  assertEquals(heart.chat.reading.who(jack.session, "#garden", "u7").names, []);
  throwsWith("no_such_room", () => heart.chat.reading.who(jack.session, "#nowhere"));
  throwsWith("bad_name", () => heart.chat.reading.who(jack.session, "nowhere"));
});
