import { assertEquals } from "@std/assert";
import { flagsDocument } from "../../tools/flags_document.ts";

Deno.test("docs/flags.md is what tools/make_flags.ts makes of the tables of flags", async () => {
  const written = await Deno.readTextFile(new URL("../../docs/flags.md", import.meta.url));
  assertEquals(written, flagsDocument(), "stale: deno run -A tools/make_flags.ts");
});
