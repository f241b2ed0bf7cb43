import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { withFolder } from "./fixtures/folders.ts";
import { missingNeeds, needs } from "./needs.ts";

/** Runs a file with one test that wants irssi, where PATH is just one folder. */
async function runWith(folder: string): Promise<string> {
  const module = new URL("./needs.ts", import.meta.url).href;
  const path = join(folder, "wanting_test.ts");
  const source = `import { testWanting } from "${module}";
    testWanting("irssi")("irssi joins", async () => {});`;
  await Deno.writeTextFile(path, source);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--no-lock", path],
    env: { PATH: folder, NO_COLOR: "1" },
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("a test that wants a program that is not there is ignored, and runs as soon as it is", async () => {
  await withFolder(async (folder) => {
    assertMatch(await runWith(folder), /0 passed \| 0 failed \| 1 ignored/);
    await Deno.writeTextFile(join(folder, "irssi"), "");
    assertMatch(await runWith(folder), /1 ignored/, "a file that cannot be run is no program");
    await Deno.chmod(join(folder, "irssi"), 0o755);
    assertMatch(await runWith(folder), /1 passed \| 0 failed/);
  });
});

Deno.test("missingNeeds() names just what is not there", () => {
  const missing = missingNeeds();
  for (const [name, need] of Object.entries(needs)) {
    assertEquals(missing.some((other) => other === name), !need.isThere(), name);
  }
});
