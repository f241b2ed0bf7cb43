import { assert, assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { runCommand } from "../../tools/commands.ts";
import { findRuntime, runtimeHashes, RuntimeMissingError } from "../../tools/runtime.ts";
import { findTarget, targets } from "../../tools/targets.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";

const other = targets.find(({ triple }) => triple !== Deno.build.target)!;
const test = testWanting("tar");

Deno.test("findRuntime() takes the runtime that runs now for this machine", async () => {
  assertEquals(await findRuntime(findTarget(), "0.0.0", "/nowhere"), Deno.execPath());
});

Deno.test("findRuntime() names what npm does not have, in one line", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const error = await findRuntime(other, "0.0.0", folder).catch((thrown) => thrown);
    assertInstanceOf(error, RuntimeMissingError);
    assertMatch(error.message, /^npm has no @deno\/[\w-]+@0\.0\.0 \([^\n]+\): [^\n]+$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("findRuntime() has a hash of every runtime that it takes from npm for this version of Deno", () => {
  for (const { runtimePackage } of targets) {
    assertMatch(runtimeHashes[`${runtimePackage}@2.9.6`] ?? "", /^[0-9a-f]{64}$/);
  }
});

test("findRuntime() refuses a runtime that is another file than the table says, or is not in it", async () => {
  await withFolder(async (folder) => {
    const packed = join(folder, "package");
    await Deno.mkdir(packed);
    await Deno.writeTextFile(join(packed, other.runtimeFile), "a runtime");
    const archive = join(folder, "runtime.tgz");
    await runCommand("tar", ["-czf", archive, "-C", folder, "package"]);
    const name = `${other.runtimePackage}@1.0.0`;
    const find = (hashes: Record<string, string>) =>
      findRuntime(other, "1.0.0", folder, hashes, () => Promise.resolve(archive));
    await assertRejects(() => find({ [name]: "00" }), RuntimeMissingError, "is not the file");
    await assertRejects(() => find({}), RuntimeMissingError, "has no hash");
    const right = new Uint8Array(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode("a runtime")),
    ).toHex();
    assertEquals(await find({ [name]: right }), join(packed, other.runtimeFile));
  });
});

Deno.test("findTarget() refuses a platform that the program is not built for, and names those it is", () => {
  try {
    findTarget("pdp11-dec-unix");
  } catch (error) {
    assertInstanceOf(error, Error);
    for (const { triple } of targets) assert(error.message.includes(triple));
    return;
  }
  throw new Error("It was taken.");
});
