import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { writePrivateFile } from "../../platform/private_file.ts";
import { namesIn, withFolder } from "../fixtures/folders.ts";

Deno.test("writePrivateFile() makes a file that only this user can read", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "secret");
    assertEquals(await writePrivateFile(path, "text", "keep"), true);
    assertEquals(await Deno.readTextFile(path), "text");
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    assertEquals(namesIn(folder), ["secret"]);
  });
});

Deno.test("writePrivateFile() replaces an older file, also one that others could read", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "secret");
    await Deno.writeTextFile(path, "a longer old text", { mode: 0o644 });
    assertEquals(await writePrivateFile(path, "new", "replace"), true);
    assertEquals(await Deno.readTextFile(path), "new");
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    assertEquals(namesIn(folder), ["secret"]);
  });
});

Deno.test("writePrivateFile() keeps an older file where it is told to", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "secret");
    await Deno.writeTextFile(path, "old");
    assertEquals(await writePrivateFile(path, "new", "keep"), false);
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals(namesIn(folder), ["secret"]);
  });
});

Deno.test("writePrivateFile() lets exactly one of many win", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "secret");
    const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    const written = await Promise.all(texts.map((text) => writePrivateFile(path, text, "keep")));
    const winners = texts.filter((_, index) => written[index]);
    assertEquals(winners, [await Deno.readTextFile(path)]);
    assertEquals(namesIn(folder), ["secret"]);
  });
});

Deno.test("writePrivateFile() leaves nothing behind where it fails", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(join(folder, "taken"));
    await assertRejects(() => writePrivateFile(join(folder, "taken"), "text", "replace"));
    await assertRejects(() => writePrivateFile(join(folder, "none", "secret"), "text", "keep"));
    assertEquals(namesIn(folder), ["taken"]);
  });
});
