import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ErrorCode } from "../../../protocol/wire/errors.ts";
import { pagePostsMax } from "../../../protocol/wire/limits.ts";
import { parseRequest, RequestError } from "../../../protocol/wire/request_payload.ts";

const encode = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

function refusal(value: unknown): { id: number; code: ErrorCode; message: string } {
  const { id, error } = assertThrows(() => parseRequest(encode(value)), RequestError);
  return { id, code: error.code, message: error.message };
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
