import { assertEquals, assertStrictEquals } from "@std/assert";
import { ReadBuffers } from "../../../../server/wires/connection/read_buffers.ts";

Deno.test("a buffer that was given back is the next one of its size, for one connection at a time", () => {
  const buffers = new ReadBuffers();
  const small = new Uint8Array(4);
  const large = buffers.swap(small, 8);
  assertEquals(large.length, 8);
  const first = buffers.swap(large, 4);
  assertStrictEquals(first, small);
  assertStrictEquals(buffers.swap(new Uint8Array(4), 8), large);
  assertEquals(buffers.swap(new Uint8Array(4), 8) === large, false);
});

Deno.test("few buffers are kept", () => {
  const buffers = new ReadBuffers();
  const given = new Set(Array.from({ length: 100 }, () => new Uint8Array(4)));
  for (const buffer of given) buffers.swap(buffer, 8);
  const reused = Array.from({ length: 100 }, () => buffers.swap(new Uint8Array(8), 4));
  assertEquals(reused.filter((buffer) => given.has(buffer)).length, 8);
});
