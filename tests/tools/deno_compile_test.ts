import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { compileWords } from "../../tools/deno_compile.ts";
import { findTarget, targets } from "../../tools/targets.ts";
import { root } from "../import_graph.ts";
import { namesIn, withFolder } from "../fixtures/folders.ts";

/** What becomes of building for platforms into a folder, one after the other, with a base runtime for this machine. */
async function outcomesOf(folder: string, triples: string[], base: string): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "tests/tools/compile_child.ts", folder, ...triples],
    cwd: root,
    env: { DENORT_BIN: base },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  return text.trimEnd().split("\n");
}

const other = targets.find(({ triple }) => triple !== Deno.build.target)!.triple;

Deno.test("a base runtime for this machine is used wherever this machine stands in the list, and for no other", async () => {
  await withFolder(async (folder) => {
    const triples = [other, Deno.build.target];
    const [first, second] = await outcomesOf(folder, triples, "/no/such/base");
    assert(["BaseMissingError", "built"].includes(first!), first);
    assertEquals(second, "CommandError");
  });
});

Deno.test("a base runtime that is named by nothing is none", async () => {
  await withFolder(async (folder) => {
    const [outcome] = await outcomesOf(folder, [Deno.build.target], "");
    assert(["BaseMissingError", "built"].includes(outcome!), outcome);
  });
});

Deno.test("a file that does not run is not called built, and the earlier one stays", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "chat");
    await Deno.writeTextFile(path, "earlier");
    // It is a runtime, but not one that a program can be appended to.
    const base = Deno.execPath();
    assertEquals(await outcomesOf(folder, [Deno.build.target], base), ["CommandError"]);
    assertEquals(await Deno.readTextFile(path), "earlier");
    assertEquals(namesIn(folder), ["chat"]);
  });
});

Deno.test("a program of deno compile runs no code that it finds in the folder for temporary files", () => {
  assert(compileWords(findTarget(), "chat", "compile.json").includes("--no-code-cache"));
});
