import { assertEquals } from "@std/assert";
import { numberText } from "../../../protocol/text/number_text.ts";

Deno.test("numberText() puts commas between thousands", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [999, "999"],
    [1_000, "1,000"],
    [12_345, "12,345"],
    [1_200_000, "1,200,000"],
    [-1_000, "-1,000"],
  ];
  for (const [number, text] of cases) assertEquals(numberText(number), text);
});
