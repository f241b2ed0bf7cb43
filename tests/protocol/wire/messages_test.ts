import { assert, assertEquals, assertThrows } from "@std/assert";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { pagePostsMax } from "../../../protocol/wire/limits.ts";
import type { EventType } from "../../../protocol/wire/events.ts";
import {
  parseFromServer,
  parseReply,
  parseRequest,
  type ReplyEnvelope,
  RequestError,
} from "../../../protocol/wire/messages.ts";

const encode = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

function refusal(value: unknown): { id: number; code: ErrorCode; message: string } {
  const { id, error } = assertThrows(() => parseRequest(encode(value)), RequestError);
  return { id, code: error.code, message: error.message };
}

function serverRefusal(value: unknown): ErrorCode {
  return assertThrows(() => parseFromServer(encode(value)), ChatError).code;
}

Deno.test("parseRequest() gives the type, the id and the content, without unknown fields", () => {
  const request = { type: "post", id: 7, room: "#lobby", postId: "a", text: "hi", later: [1] };
  assertEquals(parseRequest(encode(request)), {
    type: "post",
    id: 7,
    content: { room: "#lobby", postId: "a", text: "hi", kind: "text" },
  });
});

Deno.test("parseRequest() takes a request without an id as one that wants no reply", () => {
  assertEquals(parseRequest(encode({ type: "read", sequence: 3 })).id, 0);
});

Deno.test("parseRequest() refuses what is no JSON in UTF-8", () => {
  const bad = [
    new Uint8Array(),
    new Uint8Array([0xff, 0xfe]),
    new Uint8Array([0x22, 0xc3, 0x28, 0x22]),
    new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]),
    new Uint8Array([0xef, 0xbb, 0xbf, ...encode({ type: "ping" })]),
    encode("{"),
    encode('{"type":"ping"} '.repeat(2)),
    encode("GET / HTTP/1.1\r\n\r\n"),
    encode("{'type':'ping'}"),
  ];
  for (const payload of bad) {
    const { id, error } = assertThrows(() => parseRequest(payload), RequestError);
    assertEquals([id, error.code], [0, "bad_message"]);
  }
});

Deno.test("parseRequest() refuses what is JSON and no request, with id 0", () => {
  const bad = [null, true, 7, "text", [], {}, { id: 3 }, { type: 7 }, { type: "a".repeat(65) }];
  for (const value of bad) assertEquals(refusal(JSON.stringify(value)).id, 0);
  for (const id of [-1, 0.5, 2 ** 31, "3", null]) {
    assertEquals(refusal({ type: "ping", id }).id, 0, String(id));
  }
});

Deno.test("parseRequest() answers an unknown type with unsupported, under the request's id", () => {
  for (const type of ["", "xyzzy", "__proto__", "constructor", "toString", "PING"]) {
    const { id, code } = refusal({ type, id: 3 });
    assertEquals([id, code], [3, "unsupported"], type);
  }
});

Deno.test("parseRequest() names the field that is wrong, and repeats nothing of what came", () => {
  const secret = "\u001b[31mdo not repeat";
  const { id, code, message } = refusal({
    type: "post",
    id: 3,
    room: "#a",
    postId: secret,
    text: "",
  });
  assertEquals([id, code], [3, "bad_message"]);
  assert(message.includes('"postId"') && !message.includes("repeat"), message);
});

for (
  const [what, request] of Object.entries({
    "a missing field": { type: "lookup" },
    "a number for a text": { type: "lookup", name: 7 },
    "an array for a text": { type: "lookup", name: ["a"] },
    "an empty name": { type: "lookup", name: "" },
    "a name without end": { type: "lookup", name: "a".repeat(257) },
    "a negative sequence": { type: "read", sequence: -1 },
    "a sequence beyond exact numbers": { type: "read", sequence: 2 ** 53 },
    "half a sequence": { type: "read", sequence: 0.5 },
    "a page of nothing": { type: "history", limit: 0 },
    "a page too large": { type: "history", limit: pagePostsMax + 1 },
    "an id that could be a path": { type: "post", room: "#a", postId: "../x", text: "a" },
    "a sealed post to a room": { type: "post", room: "#a", postId: "x", text: "a", kind: "sealed" },
    "a sealed body that is no base64": {
      ...{ type: "private", to: "a", postId: "x", kind: "sealed" },
      body: `classic:${"0".repeat(32)}:x`,
    },
    "an unknown kind": { type: "private", to: "a", postId: "x", body: "a", kind: "shout" },
    "a body too large": {
      type: "private",
      to: "a",
      postId: "x",
      kind: "sealed",
      body: "a".repeat(24 * 1024 + 1),
    },
    "words without end": { type: "search", words: "a".repeat(257), limit: 1 },
    "a topic too long": { type: "topic", room: "#a", topic: "a".repeat(513) },
    "a null for an optional field": { type: "history", limit: 1, before: null },
  })
) {
  Deno.test(`parseRequest() refuses ${what}`, () => {
    assertEquals(refusal(request).code, "bad_message");
  });
}

Deno.test("parseRequest() does not let a key of the object's prototype through", () => {
  const request = parseRequest(encode('{"type":"ping","__proto__":{"admin":true}}'));
  assertEquals(Object.keys(request.content), []);
  assertEquals((request.content as Record<string, unknown>)["admin"], undefined);
});

Deno.test("parseRequest() takes the deepest nesting that fits a frame without falling over", () => {
  const depth = 30_000;
  const deep = `{"type":"ping","extra":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assertEquals(parseRequest(encode(deep)).type, "ping");
});

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
