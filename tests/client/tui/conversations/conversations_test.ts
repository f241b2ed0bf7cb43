import { assertEquals } from "@std/assert";
import { Comings } from "../../../../client/tui/conversations/comings.ts";
import { Conversation, Conversations } from "../../../../client/tui/conversations/conversations.ts";
import { unstyledText } from "../../../../client/tui/terminal/paint.ts";
import type { PrintedPost } from "../../../../client/tui/conversations/post_lines.ts";

function post(sequence: number, from: string, to: string, text = "hi"): PrintedPost {
  return {
    sequence,
    timeMs: sequence * 1_000,
    from,
    to,
    id: String(sequence),
    kind: "text",
    text,
    problem: null,
    readable: false,
  };
}

Deno.test("a post belongs to its room, a private one to the conversation with the other end", () => {
  const conversations = new Conversations("jack", "#lobby");
  assertEquals(conversations.of(post(1, "jill", "#lobby")).title, "#lobby");
  assertEquals(conversations.of(post(2, "jill", "jack")).title, "jill");
  assertEquals(conversations.of(post(3, "jack", "jill")).title, "jill");
  assertEquals(conversations.of(post(4, "jack", "jack")).title, "jack");
  assertEquals(conversations.list.map(({ title }) => title), ["#lobby", "jill", "jack"]);
  assertEquals(conversations.find("#LOBBY"), conversations.list[0]);
});

Deno.test("unread posts are counted with the first one, mentions apart; own ones are no news", () => {
  const conversations = new Conversations("jack", "#lobby");
  const dev = conversations.open("#dev");
  conversations.countUnread(post(1, "jack", "#dev"), dev);
  assertEquals([dev.unread, dev.firstUnread], [0, null]);
  conversations.countUnread(post(2, "jill", "#dev"), dev);
  conversations.countUnread(post(3, "jill", "#dev", "Jack's turn"), dev);
  assertEquals([dev.unread, dev.mentions, dev.firstUnread], [2, 1, 2]);
  dev.markRead();
  assertEquals([dev.unread, dev.mentions, dev.firstUnread], [0, 0, null]);
});

Deno.test("the next unread conversation is one with mentions, else the next in turn; muted ones are left out", () => {
  const conversations = new Conversations("jack", "#lobby");
  const [dev, ops, noise] = ["#dev", "#ops", "#noise"].map((title) => conversations.open(title));
  assertEquals(conversations.nextUnread(), undefined);
  noise!.muted = true;
  conversations.countUnread(post(1, "jill", "#noise", "jack"), noise!);
  conversations.countUnread(post(2, "jill", "#dev"), dev!);
  assertEquals(conversations.nextUnread(), dev);
  conversations.countUnread(post(3, "jill", "#ops", "jack"), ops!);
  assertEquals(conversations.nextUnread(), ops);
  assertEquals(conversations.unread(), [dev!, ops!]);
});

Deno.test("posts are kept once, in order, and only so many; the last speaker is first", () => {
  const conversation = new Conversations("jack", "#lobby").current;
  assertEquals(conversation.add(post(5, "jill", "#lobby")), true);
  assertEquals(conversation.add(post(5, "jill", "#lobby")), false);
  conversation.keep([post(3, "tom", "#lobby"), post(5, "jill", "#lobby")]);
  assertEquals(conversation.posts.map(({ sequence }) => sequence), [3, 5]);
  conversation.add(post(6, "tom", "#lobby"));
  assertEquals(conversation.speakers(), ["tom", "jill"]);
  for (let sequence = 7; sequence < 500; sequence++) {
    conversation.add(post(sequence, "x", "#lobby"));
  }
  assertEquals(conversation.posts.length, 200);
});

Deno.test("the first conversation is never closed; closing the current one goes back to it", () => {
  const conversations = new Conversations("jack", "#lobby");
  conversations.select(conversations.open("#dev"));
  conversations.close("#dev");
  conversations.close("#lobby");
  assertEquals(conversations.current.title, "#lobby");
  assertEquals(conversations.list.length, 1);
});

function told(
  came: string[],
  left: string[],
  form: "all" | "folded" | "off",
  spoke: string[] = [],
) {
  const comings = new Comings();
  comings.note(came, left);
  const line = comings.take(form, (name) => spoke.includes(name));
  return line === null ? null : unstyledText(line);
}

const crowd = Array.from({ length: 50 }, (_, index) => `user${index}`);

Deno.test("a few comings and goings are told by name, a crowd by its number and by who spoke lately", () => {
  assertEquals(told(["jill"], [], "folded"), "-- jill came");
  assertEquals(told(["jill", "tom"], ["al"], "folded"), "-- jill, tom came; al left");
  assertEquals(told(crowd, [], "folded"), "-- 50 people came");
  assertEquals(told([...crowd, "jill"], [], "folded", ["jill"]), "-- jill and 50 others came");
  assertEquals(told([], [...crowd, "jill"], "folded", ["jill"]), "-- jill and 50 others left");
  assertEquals(told(crowd, crowd.slice(0, 49), "folded"), "-- user49 came");
  assertEquals(told(crowd, [], "off"), null);
  assertEquals(told([], [], "all"), null);
  assertEquals(told(crowd, [], "all")!.includes("user19 and 30 others came"), true);
});

Deno.test("who came and left in between did not go anywhere, and an escape sequence is no name", () => {
  assertEquals(told(["jill"], ["jill"], "folded"), null);
  assertEquals(told(["\x1b[31m"], [], "folded"), "-- ␛[31m came");
});

Deno.test("any number of conversations can be unread: what is read ends before the oldest of them", () => {
  const conversations = new Conversations("jack", "#lobby");
  for (let number = 0; number < 200_000; number++) {
    conversations.list.push(
      Object.assign(new Conversation(`u${number}`), { firstUnread: 500 + number }),
    );
  }
  assertEquals([conversations.readUpTo(400), conversations.readUpTo(1_000_000)], [400, 499]);
});

Deno.test("of many conversations that others begin the oldest idle ones are closed, and never what one writes in", () => {
  const conversations = new Conversations("jack", "#lobby");
  const draft = conversations.open("draft");
  draft.draft = { text: "half", cursor: 4 };
  const current = conversations.open("current");
  conversations.select(current);
  const room = conversations.open("#dev");
  for (let sequence = 1; sequence <= 3_000; sequence++) {
    const fresh = conversations.of(post(sequence, `crowd${sequence}`, "jack"));
    assertEquals(fresh, conversations.list.at(-1));
  }
  assertEquals(conversations.list.length, 1_000);
  assertEquals(conversations.list.slice(1, 4), [draft, current, room]);
  assertEquals(conversations.current, current);
  assertEquals(conversations.find("crowd1"), undefined);
  const numbers = conversations.list.map(({ number }) => number);
  assertEquals([new Set(numbers).size, Math.max(...numbers)], [1_000, 1_001]);
});

Deno.test("a number is given once as long as others are free, and a wanted one where nobody has it", () => {
  const conversations = new Conversations("jack", "#lobby");
  const numberOf = (title: string, wanted?: number) => conversations.open(title, wanted).number;
  assertEquals([numberOf("tom", 5), numberOf("jill", 5), numberOf("jill", 7)], [5, 2, 2]);
  conversations.close("tom");
  assertEquals([..."abcdefg"].map((title) => numberOf(title)), [3, 4, 6, 7, 8, 9, 5]);
  assertEquals(numberOf("ann"), 10);
});
