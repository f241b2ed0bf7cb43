/** What is said about an earlier post: who may, and who is told. */
import { assertEquals } from "@std/assert";
import { settled } from "../../fixtures/fake_time.ts";
import { Heart, type Person, rejectsWith } from "../../fixtures/heart.ts";
import type { AnnotationKind } from "../../../protocol/wire/post_kinds.ts";

let nextId = 1;

function say(
  heart: Heart,
  { session }: Person,
  kind: AnnotationKind,
  target: number,
  body = kind === "retraction" ? "" : "ja",
  room = "#a",
) {
  const id = `about-${nextId++}`;
  return heart.chat.annotate(session, { where: { room }, id, kind, target, body });
}

async function inRoom(...names: string[]): Promise<[Heart, ...Person[]]> {
  const heart = await Heart.open();
  const people: Person[] = [];
  for (const name of names) {
    const person = await heart.enter(name);
    await heart.chat.join(person.session, "#a");
    people.push(person);
  }
  return [heart, ...people];
}

function kindsIn(heart: Heart): string[] {
  return heart.storage.data.posts.map(({ post }) => `${post.from} ${post.kind}`);
}

Deno.test("everyone in a room is told what is said about a post, in its place of the order", async () => {
  const [heart, jack, jill] = await inRoom("jack", "jill");
  await heart.post(jack!, "#a", "roses?");
  jack!.told.length = 0;
  assertEquals((await say(heart, jill!, "reply", 1, "tulips")).sequence, 2);
  assertEquals(jack!.told, ["2 jill -> #a: tulips"]);
});

Deno.test("authors change and take back their own, moderators take back others'", async () => {
  const [heart, jack, jill] = await inRoom("jack", "jill");
  await heart.post(jill!, "#a", "mine");
  await say(heart, jill!, "edit", 1);
  await rejectsWith("forbidden", () => say(heart, jack!, "edit", 1));
  await say(heart, jack!, "retraction", 1);
  assertEquals(kindsIn(heart), ["jill retracted", "jill retracted", "jack retraction"]);
  await heart.post(jack!, "#a", "by the owner");
  await rejectsWith("forbidden", () => say(heart, jill!, "retraction", 4));
  await rejectsWith("not_found", () => say(heart, jill!, "reply", 1));
});

Deno.test("whoever may not speak says nothing about a post either, but takes back what they said", async () => {
  const [heart, jack, jill] = await inRoom("jack", "jill");
  await heart.post(jill!, "#a", "before");
  await heart.chat.ruling.change(jack!.session, "#a", [{
    kind: "rules",
    rules: { speakers: "voiced" },
  }]);
  for (const kind of ["reply", "edit", "reaction"] as const) {
    await rejectsWith("forbidden", () => say(heart, jill!, kind, 1));
  }
  await say(heart, jill!, "retraction", 1);
  assertEquals(kindsIn(heart), ["jill retracted", "jill retraction"]);
});

Deno.test("outside of a room nothing is said about its posts", async () => {
  const [heart, jack] = await inRoom("jack");
  const jim = await heart.enter("jim");
  await heart.post(jack!, "#a", "inside");
  for (const kind of ["reply", "edit", "reaction", "retraction"] as const) {
    await rejectsWith("not_in_room", () => say(heart, jim, kind, 1));
  }
});

Deno.test("a guest takes back what was said since the guest took the name, and nothing from before", async () => {
  const [heart] = await inRoom("jack");
  const before = heart.enterGuest("~kim");
  await heart.chat.join(before.session, "#a");
  await heart.post(before, "#a", "of another ~kim");
  heart.chat.disconnect(before.session);
  const kim = heart.enterGuest("~kim");
  await heart.chat.join(kim.session, "#a");
  await heart.post(kim, "#a", "mine");
  await rejectsWith("forbidden", () => say(heart, kim, "retraction", 1));
  await say(heart, kim, "retraction", 2);
  assertEquals(kindsIn(heart), ["~kim text", "~kim retracted", "~kim retraction"]);
});

Deno.test("what was under way when a guest left is not that of the next one of this name", async () => {
  const [heart] = await inRoom("jack");
  const before = heart.enterGuest("~kim");
  await heart.chat.join(before.session, "#a");
  const release = heart.storage.hold("post");
  const posting = heart.post(before, "#a", "of another ~kim");
  await settled();
  heart.chat.disconnect(before.session);
  const kim = heart.enterGuest("~kim");
  release();
  await posting;
  await heart.chat.join(kim.session, "#a");
  await rejectsWith("forbidden", () => say(heart, kim, "retraction", 1));
  assertEquals(kindsIn(heart), ["~kim text"]);
});

Deno.test("in private only the two ends take something back, each their own", async () => {
  const [heart, jack, jill] = await inRoom("jack", "jill");
  const message = { id: "private-1", kind: "sealed", body: "AAAA" } as const;
  await heart.chat.sendPrivate(jack!.session, jill!.session.user, message);
  const takeBack = (who: Person, whom: Person) => {
    const where = { with: whom.session.user };
    const id = `about-${nextId++}`;
    return heart.chat.annotate(who.session, { where, id, kind: "retraction", target: 1, body: "" });
  };
  const jim = await heart.enter("jim");
  await rejectsWith("not_found", () => takeBack(jim, jack!));
  await rejectsWith("forbidden", () => takeBack(jill!, jack!));
  jill!.told.length = 0;
  await takeBack(jack!, jill!);
  assertEquals(jill!.told, ["2 jack -> jill: "]);
  assertEquals(kindsIn(heart), ["jack retracted", "jack retraction"]);
});
