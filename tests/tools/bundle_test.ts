import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { bundle } from "../../tools/bundle.ts";
import { CommandError } from "../../tools/commands.ts";
import { namesIn, withFolder } from "../fixtures/folders.ts";

Deno.test("nothing is bundled whose types are not right, as where a name is imported that does not exist", async () => {
  await withFolder(async (root) => {
    const sources = { main: "main.ts", worker: "worker.ts" };
    await Deno.writeTextFile(join(root, "deno.json"), "{}");
    await Deno.writeTextFile(
      join(root, sources.main),
      'import { none } from "./worker.ts";\nnone();\n',
    );
    await Deno.writeTextFile(join(root, sources.worker), "export {};\n");
    const output = join(root, "output");
    await assertRejects(() => bundle(output, root, sources), CommandError, "none");
    assertEquals(namesIn(root).includes("output"), false);
  });
});
