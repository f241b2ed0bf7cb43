import { assert, assertEquals, assertLess, assertMatch, assertNotEquals } from "@std/assert";
import { postIdCharactersMax } from "../../../protocol/wire/limits.ts";
import { newPostId, postIdPattern } from "../../../protocol/wire/post_id.ts";

Deno.test("newPostId() makes 26 characters that the pattern allows, at any time", () => {
  for (const nowMs of [0, 1, 1_764_000_000_000.7, 8_640_000_000_000_000]) {
    const id = newPostId(nowMs);
    assertMatch(id, postIdPattern);
    assertEquals(id.length, nowMs < 36 ** 10 ? 26 : id.length);
  }
});

Deno.test("ids of one sender lie in the order of their times", () => {
  const ids = [0, 5, 36, 1_764_000_000_000, 1_764_000_000_001].map((nowMs) => newPostId(nowMs));
  assertEquals(ids.toSorted(), ids);
});

Deno.test("two ids of the same moment differ: 80 bits are random", () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => newPostId(7)));
  assertEquals(ids.size, 10_000);
});

Deno.test("every random byte changes the id, and only 32 letters are used", () => {
  const make = (fill: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array) => newPostId(0, fill);
  const zeros = make((bytes) => bytes.fill(0));
  for (let at = 0; at < 16; at++) {
    assertNotEquals(make((bytes) => bytes.fill(1, at, at + 1)), zeros);
  }
  assertMatch(make((bytes) => bytes.fill(255)), /^0{10}v{16}$/);
});

Deno.test("the pattern allows nothing that could be a path, a line or an escape, and nothing too long", () => {
  for (const bad of ["", "a/b", "..", "a b", "a\n", "é", "\u001b", "a".repeat(37)]) {
    assert(!postIdPattern.test(bad), JSON.stringify(bad));
  }
  assert(postIdPattern.test("a".repeat(postIdCharactersMax)));
  assertLess(26, postIdCharactersMax);
});
