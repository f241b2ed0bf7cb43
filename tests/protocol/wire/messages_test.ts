import { assertEquals, assertThrows } from "@std/assert";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import type { EventType } from "../../../protocol/wire/events.ts";
import {
  parseFromServer,
  parseReply,
  type ReplyEnvelope,
} from "../../../protocol/wire/messages.ts";

const encode = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

function serverRefusal(value: unknown): ErrorCode {
  return assertThrows(() => parseFromServer(encode(value)), ChatError).code;
}

Deno.test("parseFromServer() gives events, replies and errors", () => {
  assertEquals(parseFromServer(encode({ event: "left", room: "#a", later: 1 })), {
    event: "left",
    content: { room: "#a" },
  });
  const reply = parseFromServer(encode({ reply: 4, known: true })) as ReplyEnvelope;
  assertEquals([reply.reply, reply.error], [4, null]);
  assertEquals(parseReply("lookup", reply.content), { known: true });
  const failed = parseFromServer(
    encode({ reply: 4, error: { code: "slow_down", message: "Wait.", retryAfterMs: 5 } }),
  ) as ReplyEnvelope;
  assertEquals(
    [failed.error?.code, failed.error?.message, failed.error?.retryAfterMs],
    ["slow_down", "Wait.", 5],
  );
});

Deno.test("parseFromServer() passes over events that only a newer version knows", () => {
  for (const event of ["xyzzy", "__proto__", "constructor", ""]) {
    assertEquals(parseFromServer(encode({ event, x: 1 })), null, event);
  }
});

Deno.test("a code that is unknown, or that only a client says, does not come from a server", () => {
  const codes = ["brand_new", "__proto__", "", "key_changed", "not_encrypted", "cannot_open"];
  for (const code of [...codes, "disconnected", "timeout"]) {
    const message = { reply: 1, error: { code, message: "New.", retryAfterMs: 7 } };
    const { error } = parseFromServer(encode(message)) as ReplyEnvelope;
    assertEquals([error?.code, error?.message, error?.retryAfterMs], ["forbidden", "New.", 7]);
  }
});

Deno.test("parseFromServer() refuses what a server must not say", () => {
  const post = { sequence: 1, timeMs: 1, from: "a", to: "b", id: "c", kind: "text", body: "d" };
  const bad: unknown[] = [
    "no JSON",
    [],
    {},
    { reply: "1" },
    { reply: 1, error: "no object" },
    { reply: 1, error: { code: 7, message: "" } },
    { reply: 1, error: { code: "a", message: "a".repeat(1025) } },
    { reply: 1, error: { code: "a", message: "b", retryAfterMs: -1 } },
    { reply: 1, error: { code: "a", message: "b", retryAfterMs: 1e12 } },
    { event: "post" },
    { event: "post", post: { ...post, sequence: "1" } },
    { event: "post", post: { ...post, kind: "html" } },
    { event: "post", post: { ...post, body: "a".repeat(24 * 1024 + 1) } },
    { event: "presence", came: "everyone", left: [] },
    { event: "presence", came: Array(1001).fill("a"), left: [] },
  ];
  for (const value of bad) assertEquals(serverRefusal(value), "bad_message", JSON.stringify(value));
});

Deno.test("parseReply() refuses a reply in another form than the request's", () => {
  const bad: [Parameters<typeof parseReply>[0], unknown][] = [
    ["lookup", {}],
    ["lookup", { known: "yes" }],
    ["post", { sequence: 1 }],
    ["history", { posts: Array(101).fill(null), more: false }],
    ["who", { names: [""], more: false }],
  ];
  for (const [type, content] of bad) {
    assertEquals(assertThrows(() => parseReply(type, content), ChatError).code, "bad_message");
  }
});

Deno.test("the lobby is the room that the server names, and #lobby where an older one names none", () => {
  const welcome = {
    data: "v=",
    name: "jack",
    device: "",
    readSequence: 0,
    lastSequence: 0,
    rooms: [],
    identity: null,
  };
  const lobbyOf = (more: unknown) =>
    parseReply("sign_in_proof", { ...welcome, ...more as object }).lobby;
  assertEquals([lobbyOf({}), lobbyOf({ lobby: "#hall" })], ["#lobby", "#hall"]);
  // What is said to everyone must not become a message to somebody.
  for (const lobby of ["jill", "", "#a b", "# ****: x", 1]) {
    assertThrows(() => lobbyOf({ lobby }), ChatError);
  }
});

Deno.test("every event without a needed field is refused", () => {
  const needed: EventType[] = ["hello", "post", "presence", "members", "topic", "joined", "left"];
  for (const event of needed) assertEquals(serverRefusal({ event }), "bad_message", event);
});

Deno.test("no name that a client shows can pass for what somebody has said", () => {
  const id = "01jbbbbbbbbbbbbbbbbbbbbbbb";
  const post = { sequence: 1, timeMs: 1, from: "~jack", to: "#dev", id, kind: "text", body: "x" };
  const forged = "Incoming private message from jill ****: the safe is open";
  for (const name of [forged, "jill ", "jill:", "*", "a\u2800b", "a\nb", "a\u00a0b", ""]) {
    for (
      const event of [
        { event: "invited", room: "#dev", by: name },
        { event: "invited", room: name, by: "jack" },
        { event: "topic", room: "#dev", topic: "", by: name },
        { event: "post", post: { ...post, from: name } },
        { event: "post", post: { ...post, to: name } },
        { event: "presence", came: ["jack", name], left: [] },
        { event: "members", room: "#dev", joined: [], left: [name] },
        { event: "joined", name, topic: "" },
      ]
    ) assertEquals(serverRefusal(event), "bad_message", JSON.stringify(event));
    const page = { reply: 1, posts: [{ ...post, from: name }], more: false };
    assertThrows(() => parseReply("history", page), ChatError);
  }
  for (const name of ["jack", "~guest", "#dev", "Ünal", "小明", "a_b-c.d", "\u3007", "\u{1fbff}"]) {
    parseFromServer(encode({ event: "post", post: { ...post, from: name, to: name } }));
  }
});
