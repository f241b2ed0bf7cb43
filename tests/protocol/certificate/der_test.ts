import { assertEquals, assertThrows } from "@std/assert";
import { expectElement, readElement, sequenceTag } from "../../../protocol/certificate/der.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";

function read(bytes: number[], offset = 0, limit = bytes.length) {
  return readElement(new Uint8Array(bytes), offset, limit);
}

Deno.test("readElement() reads lengths in the short and in the long form", () => {
  assertEquals(read([0x30, 0x00]), { tag: 0x30, start: 2, end: 2 });
  assertEquals(read([0x06, 0x02, 1, 2]), { tag: 0x06, start: 2, end: 4 });
  assertEquals(read([0x30, 0x81, 0x01, 9]), { tag: 0x30, start: 3, end: 4 });
  assertEquals(read([0x30, 0x84, 0, 0, 0, 1, 9]), { tag: 0x30, start: 6, end: 7 });
});

Deno.test("readElement() reads at an offset", () => {
  assertEquals(read([0xff, 0x02, 0x01, 7], 1), { tag: 0x02, start: 3, end: 4 });
});

Deno.test("readElement() refuses lengths past the limit, the indefinite form and headers cut short", () => {
  const malformed = [
    [],
    [0x30],
    [0x30, 0x01],
    [0x30, 0x80, 0, 0],
    [0x30, 0x82, 0x01],
    [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
    [0x30, 0x85, 0, 0, 0, 0, 0],
    [0x30, 0xff, 0, 0],
  ];
  for (const bytes of malformed) {
    assertThrows(() => read(bytes), ChatError, "not a certificate", JSON.stringify(bytes));
  }
  assertThrows(() => read([0x30, 0x02, 1, 2], 0, 3), ChatError);
});

Deno.test("expectElement() refuses another tag", () => {
  const bytes = new Uint8Array([0x02, 0x01, 7]);
  assertThrows(() => expectElement(bytes, 0, 3, sequenceTag), ChatError);
  assertEquals(expectElement(bytes, 0, 3, 0x02), { tag: 0x02, start: 2, end: 3 });
});
