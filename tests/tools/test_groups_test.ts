import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { dealOut, findTestFiles, isSlow, slowTests, writeGroups } from "../../tools/test_groups.ts";
import { alone, longest, thorough } from "../../tools/test_stages.ts";
import { withFolder } from "../fixtures/folders.ts";
import { root } from "../import_graph.ts";

Deno.test("dealOut() gives each file to one group, and makes no empty group", () => {
  assertEquals(dealOut(["a", "b", "c", "d", "e"], 2), [["a", "c", "e"], ["b", "d"]]);
  assertEquals(dealOut(["a"], 4), [["a"]]);
  assertEquals(dealOut([], 4), []);
});

Deno.test("every folder and file that is named as slow, long or to run alone has tests", async () => {
  const files = await findTestFiles(root);
  for (const slow of slowTests) assert(files.some((path) => path.startsWith(slow)), slow);
  for (const named of [...longest, ...alone, ...thorough]) {
    assert(files.includes(named) && isSlow(named), named);
  }
  assert(isSlow("tests/system/start_test.ts"));
  assert(!isSlow("tests/systematic_test.ts"));
});

Deno.test("the tests of a group are those of its files, also where one of them fails", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "tests", "deep"), { recursive: true });
    await Deno.writeTextFile(join(folder, "tests", "one_test.ts"), `Deno.test("one", () => {});`);
    const failing = `Deno.test("two", () => { throw new Error("no"); });`;
    await Deno.writeTextFile(join(folder, "tests", "deep", "two_test.ts"), failing);
    const files = await findTestFiles(folder);
    assertEquals(files, ["tests/deep/two_test.ts", "tests/one_test.ts"]);
    const groups = await writeGroups(folder, folder, dealOut(files, 1));
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--no-config", ...groups],
      env: { NO_COLOR: "1" },
    }).output();
    const output = new TextDecoder().decode(stdout);
    assertEquals(code, 1);
    assert(output.includes("1 passed | 1 failed"), output);
    assert(output.includes("two_test.ts:1"), "a failure names the file that holds the test");
  });
});
