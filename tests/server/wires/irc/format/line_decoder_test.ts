import { assert, assertEquals } from "@std/assert";
import {
  clientTagsBytesMax,
  type Decoded,
  lineBytesMax,
  LineDecoder,
  overlongBytesMax,
} from "../../../../../server/wires/irc/format/line_decoder.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a decoder finds in chunks: lines as text, anything else by its type in angle brackets. */
function decodeAll(chunks: Iterable<Uint8Array>, lines = new LineDecoder()): string[] {
  const found: string[] = [];
  for (const chunk of chunks) {
    for (const decoded of lines.decode(chunk)) found.push(shown(decoded));
  }
  return found;
}

function shown(decoded: Decoded): string {
  return decoded.type === "line" ? decoder.decode(decoded.bytes) : `<${decoded.type}>`;
}

function cutAt(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const cuts = [0, ...positions, bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

const stream = encoder.encode(
  "NICK ann\r\nUSER a 0 * :Ann Ä\nPING 1\r\n\r\n@a=b PRIVMSG #x :hi\r\n",
);
const expected = ["NICK ann", "USER a 0 * :Ann Ä", "PING 1", "", "@a=b PRIVMSG #x :hi"];

Deno.test("decode() ends lines at LF, with CR before it or without", () => {
  assertEquals(decodeAll([stream]), expected);
});

Deno.test("decode() finds the same lines wherever the stream is cut once", () => {
  for (let at = 0; at <= stream.length; at++) {
    assertEquals(decodeAll(cutAt(stream, [at])), expected, `cut at ${at}`);
  }
});

Deno.test("decode() finds the same lines in single bytes and at random cuts", () => {
  assertEquals(decodeAll([...stream].map((byte) => Uint8Array.of(byte))), expected);
  for (let round = 0; round < 200; round++) {
    const cuts = Array.from({ length: 5 }, () => Math.floor(Math.random() * stream.length));
    assertEquals(decodeAll(cutAt(stream, cuts.sort((a, b) => a - b))), expected, `cuts ${cuts}`);
  }
});

Deno.test("decode() takes a line of the largest size and refuses one byte more", () => {
  const most = "x".repeat(lineBytesMax - 2);
  assertEquals(decodeAll([encoder.encode(`${most}\r\n`)]), [most]);
  assertEquals(decodeAll([encoder.encode(`${most}x\r\nPING\r\n`)]), ["<too_long>", "PING"]);
  assertEquals(decodeAll([encoder.encode(`${most}\n`)]), [most]);
  assertEquals(decodeAll([encoder.encode(`${most}x\n`)]), ["<too_long>"]);
});

Deno.test("decode() counts tags apart from the line, up to their own limit", () => {
  const tags = `@${"t".repeat(clientTagsBytesMax - 2)} `;
  const most = "x".repeat(lineBytesMax - 2);
  assertEquals(decodeAll([encoder.encode(`${tags}${most}\r\n`)]), [tags + most]);
  assertEquals(decodeAll([encoder.encode(`@t${tags.slice(1)}x\r\n`)]), ["<too_long>"]);
  assertEquals(decodeAll([encoder.encode(`${tags}${most}x\r\n`)]), ["<too_long>"]);
});

Deno.test("decode() refuses tags that never end", () => {
  const endless = `@${"t".repeat(clientTagsBytesMax)}\r\nPING\r\n`;
  assertEquals(decodeAll([encoder.encode(endless)]), ["<too_long>", "PING"]);
});

Deno.test("decode() says when no line end comes, and holds no more than a line until then", () => {
  const lines = new LineDecoder();
  const chunk = new Uint8Array(16 * 1024).fill(0x78);
  const rounds = overlongBytesMax / chunk.length + 2;
  const found = decodeAll(Array.from({ length: rounds }, () => chunk), lines);
  assert(found.includes("<endless>"), `found ${found}`);
});

Deno.test("partial tells whether a line has begun", () => {
  const lines = new LineDecoder();
  assertEquals(lines.partial, false);
  decodeAll([encoder.encode("NI")], lines);
  assertEquals(lines.partial, true);
  decodeAll([encoder.encode("CK a\r\n")], lines);
  assertEquals(lines.partial, false);
});

Deno.test("decode() survives random bytes: every line obeys the limits, and the next good line is read", () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = mulberry32(seed);
  for (let round = 0; round < 2_000; round++) {
    const lines = new LineDecoder();
    const bytes = Uint8Array.from({ length: Math.floor(random() * 6_000) }, () => {
      const kind = random();
      return kind < 0.01 ? 10 : kind < 0.02 ? 13 : kind < 0.03 ? 64 : Math.floor(random() * 256);
    });
    for (const decoded of lines.decode(bytes)) {
      if (decoded.type !== "line") continue;
      assert(decoded.bytes.length <= clientTagsBytesMax + lineBytesMax, `seed ${seed}`);
    }
    const next = decodeAll([encoder.encode("\r\nPING 1\r\n")], lines);
    assertEquals(next.at(-1), "PING 1", `seed ${seed}`);
  }
});

/** A small generator whose seed can be printed and used again. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
