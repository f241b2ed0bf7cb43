import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  decodeValue,
  ValueEncoder,
} from "../../../../../server/storage/sqlite/pipe/value_codec.ts";
import { anyText } from "../../../../fixtures/any_text.ts";

/** What a call may hold. */
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, undefined, true, false, 0, -0, NaN, Infinity, 2 ** 31, -(2 ** 31)),
    fc.integer(),
    fc.double(),
    anyText(),
    fc.uint8Array(),
    fc.array(tie("value")),
    fc.dictionary(fc.string().filter((key) => key !== "__proto__"), tie("value"), {
      noNullPrototype: true,
    }),
  ),
})).value;

Deno.test("ValueEncoder and decodeValue() keep every plain value", () => {
  const encoder = new ValueEncoder();
  fc.assert(fc.property(values, (value) => {
    assertEquals(decodeValue(encoder.encode(value)), value);
  }));
});

Deno.test("ValueEncoder encodes long texts, bytes and lists, one after the other", () => {
  const encoder = new ValueEncoder();
  for (
    const value of [
      "€".repeat(3_000_000),
      "short",
      new Uint8Array(5_000_000).fill(7),
      Array.from({ length: 100_000 }, (_, index) => index * 1_000_000),
    ]
  ) {
    assertEquals(decodeValue(encoder.encode(value)), value);
  }
});

Deno.test("ValueEncoder encodes many objects of many shapes", () => {
  const values = Array.from({ length: 500 }, (_, index) => ({
    index,
    [`key${index % 40}`]: { text: `é${index}`.repeat(index), other: null },
  }));
  assertEquals(decodeValue(new ValueEncoder().encode(values)), values);
});

Deno.test("ValueEncoder leaves bytes free where it is told to", () => {
  const encoder = new ValueEncoder();
  const bytes = encoder.encode(["a", 1], 6);
  assertEquals(decodeValue(bytes.subarray(6)), ["a", 1]);
});

Deno.test("decodeValue() gives memory of its own", () => {
  const encoder = new ValueEncoder();
  const decoded = decodeValue(encoder.encode({ bytes: Uint8Array.of(1, 2, 3) }));
  encoder.encode({ bytes: Uint8Array.of(9, 9, 9) });
  assertEquals(decoded, { bytes: Uint8Array.of(1, 2, 3) });
});

Deno.test("ValueEncoder replaces lone surrogates", () => {
  assertEquals(decodeValue(new ValueEncoder().encode("a\ud800b")), "a\ufffdb");
});

Deno.test("ValueEncoder refuses what is no plain data, and goes on afterwards", () => {
  const encoder = new ValueEncoder();
  for (const value of [() => {}, 1n, Symbol(), new Map(), new Date(), [{ deep: new Set() }]]) {
    assertThrows(() => encoder.encode(value), TypeError);
  }
  assertEquals(decodeValue(encoder.encode([1, "two"])), [1, "two"]);
});

Deno.test("decodeValue() refuses bytes that are cut off, too long, or no value", () => {
  const bytes = new ValueEncoder()
    .encode({ text: "abc€", list: [1, 2.5, null], long: "x".repeat(300), bytes: Uint8Array.of(1) })
    .slice();
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => decodeValue(bytes.subarray(0, length)));
  }
  assertThrows(() => decodeValue(Uint8Array.of(...bytes, 0)), TypeError, "follows");
  assertThrows(() => decodeValue(Uint8Array.of(0, 0, 0, 5, 200)), TypeError, "no tag 200");
});
