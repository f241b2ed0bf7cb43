import type { PostKind } from "../../../../protocol/wire/post_kinds.ts";
import { contentVersion } from "../../../../protocol/content.ts";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import type { ServerEvent } from "../../../../protocol/wire/events.ts";
import {
  parseFromServer,
  parseReply,
  type ReplyEnvelope,
} from "../../../../protocol/wire/messages.ts";
import {
  encodeError,
  encodeEvent,
  encodeSessionEvent,
  replyEncoder,
} from "../../../../server/wires/session_protocol/encoding.ts";
import type { SessionEvent } from "../../../../server/heart/session.ts";

const room = { id: 42, name: "#Garden" };
const post = {
  sequence: 7,
  roomId: 42,
  from: "jack",
  to: "#Garden",
  id: "a",
  timeMs: 1,
  kind: "text",
  body: "red\n☕",
} as const;

const read = (frame: Uint8Array) => parseFromServer(frame.subarray(4));

/** A session of today that did nothing itself. */
const reader = { version: contentVersion, sessionId: null };

Deno.test("each event of the heart arrives as a client reads it", () => {
  const { roomId: _, ...travelling } = post;
  const cases: [SessionEvent, ServerEvent][] = [
    [{ type: "post", post, origin: 0 }, { event: "post", content: { post: travelling } }],
    [{ type: "joined", room, topic: "roses" }, {
      event: "joined",
      content: { name: "#Garden", topic: "roses" },
    }],
    [{ type: "left", room }, { event: "left", content: { room: "#Garden" } }],
    [{ type: "topic", room, topic: "roses", setting: { by: "jill", timeMs: 1 } }, {
      event: "topic",
      content: { room: "#Garden", topic: "roses", by: "jill" },
    }],
    [{ type: "invited", room, by: "~jill" }, {
      event: "invited",
      content: { room: "#Garden", by: "~jill" },
    }],
    [{ type: "read", sequence: 7 }, { event: "read", content: { sequence: 7 } }],
  ];
  for (const [event, expected] of cases) {
    assertEquals(read(encodeSessionEvent(event, reader)), expected);
  }
});

Deno.test("an event is encoded once, however many get it", () => {
  const event: SessionEvent = { type: "post", post, origin: 0 };
  assertStrictEquals(
    encodeSessionEvent(event, reader),
    encodeSessionEvent(event, reader),
  );
});

Deno.test("nothing of a post's place in the store travels", () => {
  const frame = encodeSessionEvent({ type: "post", post, origin: 0 }, reader);
  assert(!new TextDecoder().decode(frame).includes("42"));
});

Deno.test("a reply carries its request's id and content", () => {
  const encodeReply = replyEncoder(undefined);
  const { reply, error, content, place } = read(
    encodeReply("lookup", 9, { known: true }),
  ) as ReplyEnvelope;
  assertEquals([reply, error, place], [9, null, undefined]);
  assertEquals(parseReply("lookup", content), { known: true });
});

Deno.test("in a cluster a reply says how far the server is, and so does an event of the log", () => {
  const cluster = { place: 12 };
  const encodeReply = replyEncoder(cluster);
  cluster.place = 13;
  const envelope = read(encodeReply("lookup", 9, { known: true })) as ReplyEnvelope;
  assertEquals(envelope.place, 13);
  assertEquals(parseReply("lookup", envelope.content), { known: true });
  const events: SessionEvent[] = [
    { type: "post", post: { ...post }, origin: 0 },
    { type: "joined", room, topic: "roses" },
    { type: "left", room },
    { type: "topic", room, topic: "roses", setting: { by: "jill", timeMs: 1 } },
  ];
  for (const event of events) {
    assertEquals(read(encodeSessionEvent(event, reader, 14))?.place, 14);
  }
  // What is only told and not stored has no place.
  assertEquals(
    read(encodeSessionEvent({ type: "read", sequence: 7 }, reader, 14))?.place,
    undefined,
  );
});

Deno.test("an error is a reply where there is an id, and an event where there is none", () => {
  const error = new ChatError("slow_down", "Wait.", { retryAfterMs: 5, cause: new Error("inner") });
  const reply = read(encodeError(3, error)) as ReplyEnvelope;
  assertEquals([reply.error?.code, reply.error?.retryAfterMs], ["slow_down", 5]);
  assertEquals(read(encodeError(0, error)), {
    event: "error",
    content: { code: "slow_down", message: "Wait." },
  });
  assert(!new TextDecoder().decode(encodeError(3, error)).includes("inner"));
});

Deno.test("an event without content is just its name", () => {
  assertEquals(new TextDecoder().decode(encodeEvent("probe", {}).subarray(4)), '{"event":"probe"}');
});

Deno.test("a program that knows the first version of contents is told what it can show", () => {
  const said = (kind: PostKind, body: string) => {
    const event: SessionEvent = {
      type: "post",
      post: { ...post, kind, body, target: 3 },
      origin: 0,
    };
    const { content } = read(encodeSessionEvent(event, { ...reader, version: 1 })) as Extract<
      ServerEvent,
      { event: "post" }
    >;
    return [content.post.kind, content.post.body, content.post.target];
  };
  assertEquals(said("reply", "yes"), ["text", "yes", undefined]);
  assertEquals(said("edit", "roses"), ["text", "(edited) roses", undefined]);
  assertEquals(said("reaction", "👍"), ["action", "reacts with 👍", undefined]);
  assertEquals(said("retraction", ""), ["action", "took a message back", undefined]);
  assertEquals(said("retracted", ""), ["action", "took this message back", undefined]);
  assertEquals(said("sealed", "AAAA"), ["sealed", "AAAA", undefined]);
});
