import { assertEquals } from "@std/assert";
import { Conversations } from "../../../../client/tui/conversations/conversations.ts";
import { type RoomNews, takeRoomNews } from "../../../../client/tui/conversations/room_news.ts";

function inLobby(): Conversations {
  const conversations = new Conversations("jack", "#lobby");
  conversations.open("#dev");
  return conversations;
}

type Ruled = RoomNews & { readonly type: "ruled" };

const nothing: Ruled = {
  type: "ruled",
  room: "#dev",
  by: "jill",
  roles: [],
  rules: {},
  entries: [],
};
const spoken: Ruled = { ...nothing, rules: { speakers: "voiced" } };

Deno.test("a topic is kept for a room that is not shown, and told in one that is", () => {
  const conversations = inLobby();
  const topic = { type: "topic", room: "#dev", topic: "roses", by: "jill" } as const;
  assertEquals(takeRoomNews(topic, conversations), []);
  assertEquals(conversations.find("#dev")?.topic, "roses");
  conversations.select(conversations.find("#dev")!);
  assertEquals(takeRoomNews(topic, conversations), ["#dev is about: roses (set by jill)"]);
  assertEquals(takeRoomNews({ ...topic, topic: "" }, conversations), [
    "#dev no longer has a topic (set by jill)",
  ]);
});

Deno.test("rules are told in the room that is shown, and not to whoever has set them", () => {
  const conversations = inLobby();
  assertEquals(takeRoomNews(spoken, conversations), []);
  conversations.select(conversations.find("#dev")!);
  assertEquals(takeRoomNews(spoken, conversations).length, 1);
  assertEquals(takeRoomNews({ ...spoken, by: "jack" }, conversations), []);
  assertEquals(takeRoomNews({ ...spoken, by: "jack", own: true }, conversations), []);
  assertEquals(takeRoomNews({ ...spoken, by: "jack", own: false }, conversations), [
    "#dev: only moderators and people with a voice can speak (set by you, elsewhere).",
  ]);
});

Deno.test("a role of one's own is told wherever one is, and so is an invitation", () => {
  const conversations = inLobby();
  const roles: Ruled["roles"] = [{ name: "jack", role: "moderator", held: true }];
  assertEquals(takeRoomNews({ ...nothing, roles }, conversations), [
    "You are now a moderator of #dev (set by jill).",
  ]);
  assertEquals(takeRoomNews({ type: "invited", room: "#ops", by: "jill" }, conversations), [
    "jill invites you to #ops: /join #ops enters it.",
  ]);
});
