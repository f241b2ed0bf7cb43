import { assertEquals } from "@std/assert";
import {
  counted,
  safetyNumberLines,
  searchScope,
  serverLines,
  waitsFor,
} from "../../../client/talk/wording.ts";

Deno.test("one thing is not several", () => {
  const texts = [0, 1, 2, 1_000].map((count) => counted(count, "message"));
  assertEquals(texts, ["0 messages", "1 message", "2 messages", "1,000 messages"]);
});

Deno.test("a safety number is three lines of four groups", () => {
  const groups = Array.from({ length: 12 }, (_, index) => String(10_000 + index));
  assertEquals(safetyNumberLines(groups.join(" ")), [
    "10000 10001 10002 10003",
    "10004 10005 10006 10007",
    "10008 10009 10010 10011",
  ]);
});

Deno.test("the server's own text is marked in each line, however its lines end", () => {
  const text = "a\n**** b\r\nc\u2028d\u001b[2J";
  assertEquals(serverLines(text), ["server: a", "server: **** b", "server: c", "server: d␛[2J"]);
});

Deno.test("a private message waits for a sign-in, or for a program that can open it", () => {
  const sent = { sequence: 1, timeMs: 0 };
  assertEquals(
    waitsFor({ ...sent, online: false, readable: false }, "jill"),
    "jill will get it at the next sign-in.",
  );
  assertEquals(waitsFor({ ...sent, online: true }, "jill"), null);
  assertEquals(waitsFor({ ...sent, online: true, readable: true }, "jill"), null);
  assertEquals(
    waitsFor({ ...sent, online: true, readable: false }, "jill"),
    "jill is online with a program that cannot open it: it is kept for the chat client.",
  );
});

Deno.test("it is said where a search has looked, and what it has left out", () => {
  const rooms = "Searched: the rooms that you are in";
  const scope = (conversations: number, read: number, isCut = false) =>
    searchScope({ conversations, read, isCut });
  assertEquals(scope(0, 0), `${rooms}. You have no private messages.`);
  assertEquals(scope(1, 1), `${rooms}, and 1 private message in 1 conversation.`);
  assertEquals(
    scope(3, 10_000, true),
    `${rooms}, and the newest 10,000 private messages in 3 conversations.`,
  );
});
