import { assertEquals } from "@std/assert";
import { sizeText } from "../../../protocol/text/size_text.ts";

Deno.test("sizes have a unit, and no more digits than anyone reads", () => {
  const sizes: readonly (readonly [number, string])[] = [
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_000, "1.0 kB"],
    [1_234, "1.2 kB"],
    [9_949, "9.9 kB"],
    [9_950, "10 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [1_234_567, "1.2 MB"],
    [34_000_000_000, "34 GB"],
    [2 ** 40, "1.1 TB"],
    [5e18, "5,000 PB"],
  ];
  for (const [bytes, text] of sizes) assertEquals(sizeText(bytes), text, String(bytes));
});
