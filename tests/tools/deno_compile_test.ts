import { assert } from "@std/assert";
import { join } from "node:path";
import { BaseMissingError, denoCompile } from "../../tools/deno_compile.ts";
import { findTarget } from "../../tools/targets.ts";
import { withFolder } from "../folders.ts";

Deno.test("denoCompile() builds over what another build has left, or says that it lacks the base", async () => {
  await withFolder(async (folder) => {
    for (const name of ["main.js", "storage_worker.js"]) {
      await Deno.writeTextFile(join(folder, name), "");
    }
    const output = join(folder, "chat");
    await Deno.writeTextFile(output, "#!/bin/sh\n# the self-extracting form\n");
    try {
      await denoCompile(folder, findTarget(), output);
      assert((await Deno.stat(output)).size > 1_000_000);
    } catch (error) {
      if (!(error instanceof BaseMissingError)) throw error;
    }
  });
});
