import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  decodeCommands,
  encodeCommands,
} from "../../../../../server/storage/sqlite/pipe/command_batch.ts";
import type { Command, PostCommand } from "../../../../../server/storage/commands.ts";

const text = fc.string({ unit: "grapheme" });
const names = fc.constantFrom("ann", "bob", "#lobby", "#öre", "guest-7", "");
const destinations = fc.oneof(
  fc.nat().map((roomId) => ({ roomId })),
  fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, -1, 0.5).map((roomId) => ({ roomId })),
  fc.tuple(names, names).map((between) => ({ between })),
);
const posts: fc.Arbitrary<PostCommand> = fc.record({
  type: fc.constant("post" as const),
  version: fc.constant(1 as const),
  destination: destinations,
  from: names,
  to: names,
  id: fc.oneof(text, fc.constantFrom("a".repeat(255), "a".repeat(256), "é".repeat(255))),
  timeMs: fc.oneof(
    fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, -1),
  ),
  kind: fc.constantFrom("text", "sealed", "action", "notice"),
  body: fc.oneof(text, fc.constantFrom("€".repeat(1024), "€".repeat(1025), "x".repeat(24_000))),
}, { noNullPrototype: true });
const others: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    type: fc.constant("secret" as const),
    version: fc.constant(1 as const),
    name: text,
    value: fc.uint8Array(),
  }, { noNullPrototype: true }) as fc.Arbitrary<Command>,
  fc.record({
    type: fc.constant("read" as const),
    version: fc.constant(1 as const),
    positions: fc.array(fc.tuple(names, fc.nat())),
  }, { noNullPrototype: true }),
);
const batches = fc.array(
  fc.oneof({ weight: 4, arbitrary: posts }, { weight: 1, arbitrary: others }),
);

Deno.test("a batch of any commands comes out as it went in, in its order", () => {
  fc.assert(fc.property(batches, (commands) => {
    assertEquals(decodeCommands(encodeCommands(commands)), commands);
  }));
});

Deno.test("a batch begins anywhere in memory", () => {
  fc.assert(fc.property(batches, fc.nat({ max: 9 }), (commands, offset) => {
    const encoded = encodeCommands(commands);
    const moved = new Uint8Array(offset + encoded.length);
    moved.set(encoded, offset);
    assertEquals(decodeCommands(moved.subarray(offset)), commands);
  }));
});

function examplePost(fields: Partial<PostCommand>): PostCommand {
  return {
    type: "post",
    version: 1,
    destination: { roomId: 7 },
    from: "ann",
    to: "#lobby",
    id: "id",
    timeMs: 1_700_000_000_000,
    kind: "text",
    body: "x".repeat(100),
    ...fields,
  };
}

Deno.test("names are there once for a whole batch", () => {
  const bytesOf = (count: number) =>
    encodeCommands(Array.from({ length: count }, () => examplePost({ from: "a".repeat(50) })))
      .length;
  assert(bytesOf(101) - bytesOf(100) < 140, "numbers, id and body");
});

Deno.test("lone surrogates become U+FFFD, wherever posts meet", () => {
  const commands = ["a\ud800", "\udc00b", "\ud800"].map((body) => examplePost({ body }));
  const bodies = decodeCommands(encodeCommands(commands)).map((one) => (one as PostCommand).body);
  assertEquals(bodies, ["a\ufffd", "\ufffdb", "\ufffd"]);
});

Deno.test("a post of a version that is not known goes through for the applier to refuse", () => {
  const command = { ...examplePost({}), version: 2, more: true } as unknown as Command;
  assertEquals(decodeCommands(encodeCommands([command])), [command]);
});

Deno.test("bytes that are cut off, too long, or no batch are refused", () => {
  const read: Command = { type: "read", version: 1, positions: [["ann", 1]] };
  const bytes = encodeCommands([
    examplePost({}),
    read,
    examplePost({ destination: { between: ["ann", "bob"] } }),
  ]);
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => decodeCommands(bytes.subarray(0, length)));
  }
  assertThrows(() => decodeCommands(Uint8Array.of(...bytes, 0)), RangeError, "cut off");
  const changed = (number: number, value: number) => {
    const copy = bytes.slice();
    new Uint32Array(copy.buffer, 0, 3 + 3 * 8)[number] = value;
    return copy;
  };
  for (
    const [number, value, message] of [
      [0, 2, ""],
      [3, 3, "no form"],
      [3, 4 << 2 | 1, "not there"],
      [6, 99, "not there"],
      [10, 1, "left over"],
      [10, 255 | 1000 << 8, "cut off"],
      [11, 1, ""],
    ] as const
  ) {
    assertThrows(() => decodeCommands(changed(number, value)), RangeError, message);
  }
});
