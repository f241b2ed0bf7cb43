import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { safetyNumber } from "../../../protocol/e2e/safety_number.ts";
import { filled } from "../../fixtures/identities.ts";

const jack = { nameKey: "jack", keys: { agreement: filled(1), signing: filled(2) } };
const jill = { nameKey: "jill", keys: { agreement: filled(3), signing: filled(4) } };

Deno.test("a safety number has 60 digits in groups of five", async () => {
  assertMatch(await safetyNumber(jack, jill), /^(\d{5} ){11}\d{5}$/);
});

Deno.test("a safety number is the same at both ends", async () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.slice());
  const end = fc.record({
    nameKey: fc.string(),
    keys: fc.record({ agreement: key, signing: key }),
  });
  await fc.assert(fc.asyncProperty(end, end, async (a, b) => {
    assertEquals(await safetyNumber(a, b), await safetyNumber(b, a));
  }));
});

Deno.test("a safety number never changes for the same keys", async () => {
  assertEquals(
    await safetyNumber(jack, jill),
    "06132 50597 70093 73394 74431 20044 69650 87146 01756 77566 61968 98360",
  );
});

Deno.test("another key or another name at either end makes another safety number", async () => {
  const number = await safetyNumber(jack, jill);
  const others = [
    { ...jill, nameKey: "jilly" },
    { ...jill, keys: { ...jill.keys, agreement: filled(5) } },
    { ...jill, keys: { ...jill.keys, signing: filled(5) } },
    { ...jill, keys: { agreement: jill.keys.signing, signing: jill.keys.agreement } },
  ];
  for (const other of others) assertNotEquals(await safetyNumber(jack, other), number);
});
