import { assertEquals } from "@std/assert";
import { parseRoomName } from "../../../protocol/names/names.ts";
import { LocalWhispers } from "../../../server/storage/whispers.ts";
import type { PostCommand } from "../../../server/storage/commands.ts";
import { addMember, append, changeLaw, createRoom, setTopic } from "../../fixtures/changes.ts";
import { Heart, throwsWith } from "../../fixtures/heart.ts";
import { newPassword } from "../../fixtures/new_password.ts";

/** What another process would submit: nobody here waits for it. */
function postFromElsewhere(more: Partial<PostCommand> = {}) {
  return {
    destination: { roomId: 1 },
    from: "Zoe",
    to: "#lobby",
    id: "elsewhere-1",
    timeMs: 5,
    kind: "text",
    body: "hello from elsewhere",
    ...more,
  } as const;
}

Deno.test("a post that was submitted elsewhere is told as any other, in its place in the order", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  await heart.post(jack, "#lobby", "one");
  await append(heart.storage, postFromElsewhere());
  await heart.post(jill, "#lobby", "three");
  const expected = [
    "1 jack -> #lobby: one",
    "2 Zoe -> #lobby: hello from elsewhere",
    "3 jill -> #lobby: three",
  ];
  for (const { told } of [jack, jill]) assertEquals(told, expected);
  assertEquals(heart.chat.lastSequence, 3);
  heart.chat.markRead(jack.session, 3);
  assertEquals(await heart.chat.readPosition("jack"), 3);
  await heart.chat.stop();
});

Deno.test("a private message that was submitted elsewhere reaches all sessions of both ends, and nobody else", async () => {
  const heart = await Heart.open();
  const [jack, again, jill, eve] = [
    await heart.enter("jack"),
    await heart.enter("jack"),
    await heart.enter("jill"),
    await heart.enter("eve"),
  ];
  const destination = { between: ["jack", "jill"] } as const;
  await append(heart.storage, postFromElsewhere({ destination, from: "jack", to: "jill" }));
  for (const { told } of [jack, again, jill]) {
    assertEquals(told, ["1 jack -> jill: hello from elsewhere"]);
  }
  assertEquals(eve.told, []);
});

Deno.test("a sender gets the answer after everyone in the room was told, and a refusal tells nobody", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  const order: string[] = [];
  const post = (body: string, id: string) =>
    heart.post(jack, "#lobby", body, id).then(
      () => order.push(`${body}: ${jill.told.length}`),
      ({ code }) => order.push(`${body}: ${code}`),
    );
  await Promise.all([post("one", "1"), post("two", "2"), post("other", "1")]);
  assertEquals(jill.told, ["1 jack -> #lobby: one", "2 jack -> #lobby: two"]);
  assertEquals(order.length, 3);
  assertEquals(order.at(-1), "other: id_reused");
  assertEquals(order[0]!.startsWith("one: ") && order[0] !== "one: 0", true);
});

Deno.test("a room that was made elsewhere is there, with its owner, and can be entered", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  const { name, nameKey, skeleton } = parseRoomName("#Garden");
  const madeBy = { nameKey: "zoe", name: "Zoe" };
  await heart.storage.submit({ type: "room", version: 1, name, nameKey, skeleton, madeBy });
  assertEquals(heart.chat.listRooms(jack.session).rooms.map((room) => room.name), [
    "#Garden",
    "#lobby",
  ]);
  const { room, created } = await heart.chat.join(jack.session, "#garden");
  assertEquals([room.name, created, room.law.roles.map((holder) => holder.name)], [
    "#Garden",
    false,
    ["Zoe"],
  ]);
});

Deno.test("who enters and leaves a room elsewhere does so here with all sessions that follow the account", async () => {
  const heart = await Heart.open();
  const roomId = await createRoom(heart.storage, parseRoomName("#den"));
  const [jack, apart] = [await heart.enter("jack"), await heart.enter("jack", false)];
  const jill = await heart.enter("jill");
  await addMember(heart.storage, roomId, "jack");
  assertEquals([jack.told, apart.told], [["joined #den"], []]);
  await heart.post(jack, "#den", "here");
  await heart.storage.submit({
    type: "membership",
    version: 1,
    roomId,
    nameKey: "jack",
    belongs: false,
    removal: { by: "Zoe", reason: "Enough" },
  });
  assertEquals(jack.told.slice(1), ["1 jack -> #den: here", "left #den by Zoe: Enough"]);
  assertEquals(heart.news.slice(-2), ["jack joined #den", "jack left #den"]);
  assertEquals([[...heart.chat.room("#den").members], jill.told], [[], []]);
});

Deno.test("a topic and a rule that were set elsewhere hold here, and everyone in the room is told", async () => {
  const heart = await Heart.open();
  const jack = await heart.enter("jack");
  await setTopic(heart.storage, 1, "tea", { by: "Zoe", timeMs: 7 });
  await heart.storage.submit({
    type: "law",
    version: 1,
    roomId: 1,
    changes: [{ kind: "rules", rules: { speakers: "voiced" } }],
    by: "Zoe",
  });
  await changeLaw(heart.storage, 1, [{ kind: "rules", rules: { listed: false } }]);
  assertEquals(jack.told, [
    "topic #lobby by Zoe: tea",
    'ruled #lobby by Zoe: {"speakers":"voiced"}',
  ]);
  const { topic, topicSetting, law } = heart.chat.lobby;
  assertEquals([topic, topicSetting], ["tea", { by: "Zoe", timeMs: 7 }]);
  assertEquals([law.rules.speakers, law.rules.listed], ["voiced", false]);
});

Deno.test("a password that was changed elsewhere ends all sessions here, and voids what was proved before", async () => {
  const heart = await Heart.open();
  const [jack, jill] = [await heart.enter("jack"), await heart.enter("jill")];
  const elsewhere = (await heart.enter("jack")).session;
  heart.chat.disconnect(elsewhere);
  await newPassword(heart.storage, elsewhere);
  assertEquals([jack.session.revoked, jill.session.revoked], [true, false]);
  throwsWith("sign_in_refused", () => heart.chat.accountSessions.check(jack.session.user));
});

Deno.test("what was read elsewhere is told to the sessions here that have not read it", async () => {
  const whispers = new LocalWhispers();
  const heart = await Heart.open(undefined, { whispers });
  const [here, there] = [await heart.enter("jack"), await heart.enter("jack")];
  const heard: number[] = [];
  whispers.hear((whisper) => {
    if (whisper.type === "read") heard.push(whisper.sequence);
  });
  for (const body of ["1", "2", "3"]) await heart.post(here, "#lobby", body);
  heart.chat.markRead(here.session, 2);
  whispers.tell({ type: "read", nameKey: "jack", sequence: 2 });
  whispers.tell({ type: "read", nameKey: "jack", sequence: 3 });
  const reads = ({ told }: typeof here) => told.filter((text) => text.startsWith("read"));
  assertEquals([reads(here), reads(there)], [["read 3"], ["read 2", "read 3"]]);
  assertEquals(heard, [2, 2, 3]);
  await heart.chat.stop();
});
