import { assertEquals, assertGreater } from "@std/assert";
import { join } from "node:path";
import { root } from "./import_graph.ts";

/** The tests that a document names: a file below tests/, and the words of tests in it. */
function testsNamedIn(text: string): { file: string; words: string }[] {
  const named: { file: string; words: string }[] = [];
  for (
    const [, file = "", list = ""] of text.matchAll(/`([a-z_/]+_test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)
  ) {
    for (const [, words = ""] of list.matchAll(/"([^"]+)"/g)) named.push({ file, words });
  }
  return named;
}

Deno.test("every test that docs/security.md names exists", async () => {
  const named = testsNamedIn(await Deno.readTextFile(join(root, "docs/security.md")));
  assertGreater(named.length, 30);
  const missing: string[] = [];
  for (const { file, words } of named) {
    const text = await Deno.readTextFile(join(root, "tests", file)).catch(() => "");
    // Also steps of tests, whose words may stand in a line of their own.
    const isThere = ["test", "step"].some((one) =>
      text.replace(/\(\s+"/g, '("').includes(`${one}("${words}"`)
    );
    if (!isThere) missing.push(`${file}: ${words}`);
  }
  assertEquals(missing, []);
});

Deno.test("tests that a document names are found with their files", () => {
  const text = '| x | `a/b_test.ts`: "one", "two, three" |\n| `c_test.ts`: "four" |';
  assertEquals(testsNamedIn(text), [
    { file: "a/b_test.ts", words: "one" },
    { file: "a/b_test.ts", words: "two, three" },
    { file: "c_test.ts", words: "four" },
  ]);
});
