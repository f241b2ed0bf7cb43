import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { TextSlab } from "../../../../server/wires/connection/text_slab.ts";
import { anyText } from "../../../fixtures/any_text.ts";

const text = fc.oneof(
  anyText(),
  fc.nat({ max: 1100 }).map((length) => "€".repeat(length)),
  fc.nat({ max: 9000 }).map((length) => "x".repeat(length)),
);

Deno.test("a slab encodes texts of any length, and none of them changes later", () => {
  fc.assert(fc.property(fc.array(text, { maxLength: 40 }), (texts) => {
    const slab = new TextSlab();
    const encoded = texts.map((one) => slab.encode(one));
    assertEquals(encoded, texts.map((one) => new TextEncoder().encode(one)));
  }));
});

Deno.test("texts lie one after the other in memory", () => {
  const slab = new TextSlab();
  const [one, other] = [slab.encode("one"), slab.encode("zwei")];
  assertStrictEquals(one.buffer, other.buffer);
  assertEquals(other.byteOffset, one.byteOffset + 3);
});
