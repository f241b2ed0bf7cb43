import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { utf8Text } from "../../../../../server/wires/irc/format/utf8_text.ts";

/** What the platform makes of bytes. */
function expected(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

Deno.test("utf8Text() is what the platform's strict decoder gives, of any bytes", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.string({ unit: "grapheme" }).map((text) => new TextEncoder().encode(text)),
    fc.constantFrom([0xef, 0xbb, 0xbf], [0xef, 0xbf, 0xbd], [0xed, 0xa0, 0x80], [
      0xf4,
      0x90,
      0x80,
      0x80,
    ])
      .map((bytes) => Uint8Array.from(bytes)),
  );
  fc.assert(fc.property(fc.array(piece), fc.nat({ max: 3 }), (pieces, offset) => {
    const bytes = Uint8Array.from([
      ...new Array<number>(offset).fill(65),
      ...pieces.flatMap((one) => [...one]),
    ]);
    const part = bytes.subarray(offset);
    assertEquals(utf8Text(part), expected(part));
  }));
});
