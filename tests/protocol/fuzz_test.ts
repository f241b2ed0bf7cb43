/**
 * Random and mutated streams of frames into the decoder and the schemas, of both directions: only typed errors come out.
 *
 * `CHAT_FUZZ_SEED=… deno test -A tests/protocol/fuzz_test.ts` repeats a run; `CHAT_FUZZ_COUNT=1000000` makes it longer.
 */
import { assert, assertEquals } from "@std/assert";
import { fuzzCount } from "../fixtures/fuzz_count.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { encodeFrame, encodeMessage, FrameDecoder } from "../../protocol/wire/frame.ts";
import { events } from "../../protocol/wire/events.ts";
import { parseFromServer, parseReply } from "../../protocol/wire/messages.ts";
import { parseRequest, RequestError } from "../../protocol/wire/request_payload.ts";
import { requests, type RequestType } from "../../protocol/wire/requests.ts";

const limit = 2_048;

/** Repeatable random numbers: mulberry32. */
function makeRandom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const texts = [
  "",
  "a",
  "#lobby",
  "jack",
  "../../etc/passwd",
  "\u0000",
  "\u001b[2J",
  "\u202e",
  "\ud800",
  "a\u0301".repeat(200),
  "A".repeat(300),
  "text",
  "sealed",
  "__proto__",
  "AAAA",
  "n,,n=a,r=b",
];
const numbers = [0, -0, 1, -1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 600_000];
const keys = [
  "type",
  "id",
  "name",
  "room",
  "postId",
  "text",
  "kind",
  "to",
  "body",
  "limit",
  "before",
  "after",
  "sequence",
  "data",
  "reply",
  "error",
  "event",
  "code",
  "message",
  "posts",
  "more",
  "names",
  "__proto__",
  "constructor",
  "toString",
  "length",
  "post",
  "motd",
  "server",
  "retryAfterMs",
];

const base64 = (length: number) => btoa("a".repeat(length));
const post = { sequence: 1, timeMs: 1, from: "a", to: "b", id: "c", kind: "text", body: "d" };
/** Well-formed messages, of which one field at a time is made something else. */
const samples: readonly Record<string, unknown>[] = [
  { type: "lookup", id: 1, name: "jack" },
  { type: "post", id: 2, room: "#lobby", postId: "x", text: "hello", kind: "action" },
  { type: "private", id: 3, to: "jill", postId: "x", kind: "sealed", body: base64(30) },
  { type: "history", id: 4, room: "#lobby", before: 9, after: 1, limit: 50 },
  { type: "search", id: 5, words: "red roses", room: "#lobby", before: 9, limit: 50 },
  { type: "sign_in", id: 6, data: "p=tls-server-end-point,,n=a,r=abcdefgh", device: "d" },
  { type: "topic", id: 7, room: "#lobby", topic: "tea" },
  { type: "save_vault", id: 8, version: 1, sealed: base64(60) },
  { type: "read", sequence: 7 },
  { event: "hello", protocol: 1, server: "a", registration: "open", motd: "b", page: ["c"] },
  { event: "members", room: "#a", joined: ["a"], left: ["b"] },
  { event: "post", post },
  { reply: 1, posts: [post, post], more: true },
  { reply: 1, error: { code: "slow_down", message: "Wait.", retryAfterMs: 5 } },
];

/** Makes values and streams. */
class Maker {
  readonly random: (bound: number) => number;
  readonly #types = Object.keys(requests);
  readonly #events = Object.keys(events);

  constructor(seed: number) {
    this.random = makeRandom(seed);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.random(from.length)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.random(256));
  }

  value(depth: number): unknown {
    switch (this.random(depth > 3 ? 5 : 7)) {
      case 0:
        return this.pick(numbers);
      case 1:
        return this.random(2) === 0;
      case 2:
        return null;
      case 3:
      case 4:
        return this.pick(texts);
      case 5:
        return Array.from({ length: this.random(4) }, () => this.value(depth + 1));
      default:
        return this.object(depth + 1);
    }
  }

  object(depth: number): Record<string, unknown> {
    const entries = Array.from({ length: this.random(5) }, () => [
      this.pick(keys),
      this.value(depth),
    ]);
    return Object.fromEntries(entries);
  }

  /** Something that looks like a message. */
  message(): unknown {
    const content = this.object(0);
    switch (this.random(12)) {
      case 0:
        return this.value(0);
      case 1:
        return { ...content, event: this.pick(this.#events) };
      case 2:
        return { ...content, reply: this.pick(numbers) };
      case 3:
        return { event: "post", post: { ...post, ...content } };
      case 4:
        return { reply: 1, posts: [{ ...post, ...content }], more: true, ...content };
      case 5:
      case 6:
        return this.pick(samples);
      case 7:
      case 8:
      case 9: {
        const sample = this.pick(samples);
        return { ...sample, [this.pick(Object.keys(sample))]: this.value(0) };
      }
      default:
        return { ...content, type: this.pick(this.#types), id: this.pick([1, 2, this.random(9)]) };
    }
  }

  /** A payload: a message, a message with a few bytes changed, or anything. */
  payload(): Uint8Array {
    const kind = this.random(10);
    if (kind === 0) return this.bytes(1 + this.random(40));
    const payload = encodeMessage(this.message() ?? null).slice(4);
    for (let count = kind > 6 ? this.random(4) : 0; count > 0; count--) {
      payload[this.random(payload.length)] = this.random(256);
    }
    return kind === 9 ? payload.slice(0, 1 + this.random(payload.length)) : payload;
  }

  /** A stream of some frames, a few of them with a wrong length; a wrong one may be the last that can be read. */
  stream(): { bytes: Uint8Array; frames: number } {
    const frames: Uint8Array[] = [];
    for (let count = 1 + this.random(8); count > 0; count--) {
      const frame = encodeFrame(this.payload());
      if (this.random(20) === 0) frame.set(this.bytes(4));
      if (this.random(40) === 0) {
        new DataView(frame.buffer).setUint32(0, this.pick([0, 2 ** 32 - 1]));
      }
      frames.push(frame);
    }
    return { bytes: new Uint8Array(frames.flatMap((frame) => [...frame])), frames: frames.length };
  }
}

/** Counts what came out. */
type Tally = Record<string, number>;

function count(tally: Tally, what: string): void {
  tally[what] = (tally[what] ?? 0) + 1;
}

/** Runs a reader: what it throws must be of the one class, with a code and a message fit for a peer. */
function attempt(tally: Tally, name: string, read: () => unknown): void {
  try {
    read();
    count(tally, `${name} ok`);
  } catch (error) {
    const typed = error instanceof RequestError ? error.error : error;
    if (!(typed instanceof ChatError)) throw error;
    assert(["bad_message", "unsupported", "bad_frame"].includes(typed.code), typed.code);
    assert(typed.message.length < 200 && typed.message.isWellFormed(), typed.message);
    count(tally, `${name} ${typed.code}`);
  }
}

function readPayload(maker: Maker, tally: Tally, payload: Uint8Array): void {
  attempt(tally, "request", () => parseRequest(payload));
  attempt(tally, "server", () => {
    const message = parseFromServer(payload);
    if (message === null || !("reply" in message)) return;
    attempt(tally, "reply", () => {
      parseReply(maker.pick(Object.keys(requests)) as RequestType, message.content);
    });
  });
}

function readStream(maker: Maker, tally: Tally): number {
  const { bytes, frames } = maker.stream();
  const decoder = new FrameDecoder(limit);
  let longest = 0;
  attempt(tally, "stream", () => {
    for (let at = 0; at < bytes.length;) {
      const length = maker.random(3) === 0 ? 1 + maker.random(9) : 1 + maker.random(bytes.length);
      for (const payload of decoder.decode(bytes.slice(at, at + length))) {
        longest = Math.max(longest, payload.length);
        readPayload(maker, tally, payload);
      }
      at += length;
    }
  });
  assert(longest <= limit);
  return frames;
}

Deno.test("random and mutated frames give messages or typed errors, and nothing else", () => {
  const seed = Number(
    Deno.env.get("CHAT_FUZZ_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0],
  );
  const wanted = fuzzCount(10_000, 50_000);
  const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  print(`CHAT_FUZZ_SEED=${seed} CHAT_FUZZ_COUNT=${wanted}`);
  const maker = new Maker(seed);
  const tally: Tally = {};
  let done = 0;
  while (done < wanted) done += readStream(maker, tally);
  print(`${done} frames: ${JSON.stringify(tally)}`);
  // A fuzzer whose input is all refused, or all taken, tests little.
  for (const what of ["request ok", "request bad_message", "request unsupported", "server ok"]) {
    assert((tally[what] ?? 0) > wanted / 1_000, `${what}: ${tally[what]}`);
  }
  for (const what of ["server bad_message", "reply ok", "reply bad_message", "stream bad_frame"]) {
    assert((tally[what] ?? 0) > wanted / 1_000, `${what}: ${tally[what]}`);
  }
});

Deno.test("the fuzzer repeats itself from its seed", () => {
  const run = () => {
    const maker = new Maker(7);
    const tally: Tally = {};
    for (let streams = 0; streams < 200; streams++) readStream(maker, tally);
    return tally;
  };
  assertEquals(run(), run());
});
