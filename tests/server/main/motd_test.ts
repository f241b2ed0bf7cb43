import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ExitError, exitStatus } from "../../../platform/command_line.ts";
import { readMotd } from "../../../server/main/motd.ts";
import { withFolder } from "../../fixtures/folders.ts";

async function motdOf(bytes: Uint8Array | string): Promise<string | undefined> {
  let text: string | undefined;
  await withFolder(async (folder) => {
    const file = `${folder}/motd`;
    await Deno.writeFile(file, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    text = await readMotd(file);
  });
  return text;
}

async function refusalOf(action: () => Promise<unknown>): Promise<string> {
  const error = await assertRejects(action, ExitError);
  assertEquals(error.status, exitStatus.failed);
  return error.message;
}

Deno.test("readMotd() gives the text without its last line break", async () => {
  assertEquals(await motdOf("Welcome,\neveryone: ☕\n"), "Welcome,\neveryone: ☕");
  assertEquals(await readMotd(undefined), undefined);
});

Deno.test("readMotd() takes 8 KiB and refuses one byte more", async () => {
  assertEquals((await motdOf("a".repeat(8192)))?.length, 8192);
  assertStringIncludes(await refusalOf(() => motdOf("a".repeat(8193))), "longer than 8,192 bytes");
});

Deno.test("readMotd() refuses what is no text, no file, or not there", async () => {
  assertStringIncludes(await refusalOf(() => motdOf(new Uint8Array([0xc3, 0x28]))), "not UTF-8");
  assertStringIncludes(await refusalOf(() => readMotd("/nonexistent/motd")), "no such file");
  await withFolder(async (folder) => {
    assertStringIncludes(await refusalOf(() => readMotd(folder)), folder);
  });
});
