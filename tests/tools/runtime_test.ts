import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { findRuntime, RuntimeMissingError } from "../../tools/runtime.ts";
import { findTarget, targets } from "../../tools/targets.ts";

Deno.test("findRuntime() takes the runtime that runs now for this machine", async () => {
  assertEquals(await findRuntime(findTarget(), "0.0.0", "/nowhere"), Deno.execPath());
});

Deno.test("findRuntime() names what npm does not have, in one line", async () => {
  const other = targets.find(({ triple }) => triple !== Deno.build.target);
  assert(other !== undefined);
  const folder = await Deno.makeTempDir();
  try {
    const error = await findRuntime(other, "0.0.0", folder).catch((thrown) => thrown);
    assertInstanceOf(error, RuntimeMissingError);
    assertMatch(error.message, /^npm has no @deno\/[\w-]+@0\.0\.0 \([^\n]+\): [^\n]+$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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
