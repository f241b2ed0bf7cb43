import { assertEquals, assertRejects } from "@std/assert";
import { openFetchedFile } from "../../../client/files/fetched_file.ts";
import { openSentFile } from "../../../client/files/sent_file.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { withFolder } from "../../fixtures/folders.ts";
import { someBytes } from "../../fixtures/memory_files.ts";

async function namesIn(folder: string): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  return names.sort();
}

async function fetched(folder: string, bytes: Uint8Array): Promise<string | null> {
  const { sink, path } = await openFetchedFile(folder, "roses.jpg", null);
  await sink.write(0, bytes);
  await sink.finish();
  return path();
}

Deno.test("a fetched file has its name when it is whole, and overwrites nothing", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/roses.jpg`, "mine");
    const { sink, path, partPath } = await openFetchedFile(folder, "roses.jpg", null);
    await sink.write(0, someBytes(100));
    assertEquals([path(), partPath], [null, `${folder}/roses.jpg.part`]);
    assertEquals(await namesIn(folder), ["roses.jpg", "roses.jpg.part"]);
    await sink.finish();
    assertEquals(path(), `${folder}/roses (2).jpg`);
    assertEquals(await Deno.readTextFile(`${folder}/roses.jpg`), "mine");
    assertEquals(await Deno.readFile(`${folder}/roses (2).jpg`), someBytes(100));
    assertEquals(await fetched(folder, new Uint8Array(0)), `${folder}/roses (3).jpg`);
    assertEquals(await namesIn(folder), ["roses (2).jpg", "roses (3).jpg", "roses.jpg"]);
  });
});

Deno.test("a fetched file cannot be run, and only its owner reads it", async () => {
  if (Deno.build.os === "windows") return;
  await withFolder(async (folder) => {
    const path = await fetched(folder, someBytes(1));
    assertEquals((await Deno.stat(path!)).mode! & 0o777, 0o600);
  });
});

Deno.test("another run goes on with what was left, and drops what is behind the end", async () => {
  await withFolder(async (folder) => {
    const first = await openFetchedFile(folder, "roses.jpg", null);
    await first.sink.write(0, someBytes(100));
    await first.sink.pause();
    const second = await openFetchedFile(folder, "roses.jpg", first.partPath);
    assertEquals(second.sink.kept, 100);
    const buffer = new Uint8Array(60);
    assertEquals(await second.sink.read(20, buffer), 60);
    assertEquals(buffer, someBytes(100).subarray(20, 80));
    await second.sink.write(80, someBytes(10, 2));
    await second.sink.finish();
    const expected = new Uint8Array([...someBytes(100).subarray(0, 80), ...someBytes(10, 2)]);
    assertEquals(await Deno.readFile(second.path()!), expected);
  });
});

Deno.test("nothing stays of a file that is not right", async () => {
  await withFolder(async (folder) => {
    const { sink } = await openFetchedFile(folder, "roses.jpg", null);
    await sink.write(0, someBytes(100));
    await sink.discard();
    assertEquals(await namesIn(folder), []);
  });
});

Deno.test("a folder that cannot be written is named", async () => {
  const error = await assertRejects(() => openFetchedFile("/nowhere/at/all", "a", null), ChatError);
  assertEquals(error.code, "forbidden");
  assertEquals(
    error.message,
    'Nothing can be written in the folder "/nowhere/at/all": it does not exist.',
  );
});

Deno.test("what is no file is not sent", async () => {
  await withFolder(async (folder) => {
    const sentences = [
      [`${folder}/none`, `The file "${folder}/none" cannot be read: it does not exist.`],
      [folder, `The file "${folder}" cannot be read: it is a folder.`],
    ] as const;
    for (const [path, message] of sentences) {
      const error = await assertRejects(() => openSentFile(path), ChatError);
      assertEquals([error.code, error.message], ["not_found", message]);
    }
  });
});

Deno.test("a file that is sent is read in parts, and a change of it is noticed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/roses.jpg`;
    await Deno.writeFile(path, someBytes(100));
    const { source, name, type } = await openSentFile(path);
    assertEquals([name, type, source.size], ["roses.jpg", "image/jpeg", 100]);
    const buffer = new Uint8Array(30);
    assertEquals(await source.read(80, buffer), 20);
    assertEquals(buffer.subarray(0, 20), someBytes(100).subarray(80));
    assertEquals(await source.isUnchanged(), true);
    await Deno.writeFile(path, someBytes(101));
    assertEquals(await source.isUnchanged(), false);
    source.close();
  });
});
