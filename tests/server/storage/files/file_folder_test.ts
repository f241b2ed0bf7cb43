import { assertEquals, assertRejects } from "@std/assert";
import { FileFolder, syncedPieceBytes } from "../../../../server/storage/files/file_folder.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { withFolder } from "../../../fixtures/folders.ts";
import { someBytes } from "../../../fixtures/memory_files.ts";

const file = "0123456789abcdef0123456789abcdef";

async function write(folder: FileFolder, bytes: Uint8Array, offset = 0): Promise<void> {
  const writer = await folder.write(file, offset);
  await writer.append(bytes);
  await writer.sync();
  writer.close();
}

async function read(folder: FileFolder, offset = 0): Promise<Uint8Array | null> {
  const reader = await folder.read(file, offset);
  if (reader === null) return null;
  const buffer = new Uint8Array(1_000);
  let at = 0;
  for (let count; (count = await reader.read(buffer.subarray(at))) !== null;) at += count;
  reader.close();
  return buffer.slice(0, at);
}

Deno.test("a file can be read when all of it is there, from any place", async () => {
  await withFolder(async (path) => {
    const folder = await FileFolder.open(path);
    const writer = await folder.write(file, 0);
    await writer.append(someBytes(100));
    assertEquals(await read(folder), null);
    await writer.append(someBytes(50, 2));
    await writer.finish();
    writer.close();
    assertEquals(await read(folder), new Uint8Array([...someBytes(100), ...someBytes(50, 2)]));
    assertEquals(await read(folder, 100), someBytes(50, 2));
    assertEquals(await Array.fromAsync(folder.list()), [file]);
    await folder.remove(file);
    assertEquals(await read(folder), null);
    assertEquals(await Array.fromAsync(folder.list()), []);
    await folder.remove(file);
  });
});

Deno.test("a file goes on from any place of what has come", async () => {
  await withFolder(async (path) => {
    const folder = await FileFolder.open(path);
    await write(folder, someBytes(100));
    assertEquals(await folder.arrived(file), 100);
    await write(folder, someBytes(10, 2), 60);
    assertEquals(await folder.arrived(file), 70);
    const writer = await folder.write(file, 70);
    await writer.finish();
    writer.close();
    assertEquals(
      await read(folder),
      new Uint8Array([...someBytes(60), ...someBytes(10, 2)]),
    );
  });
});

Deno.test("after a restart only what was brought to the disk for sure has come", async () => {
  await withFolder(async (path) => {
    const folder = await FileFolder.open(path);
    await write(folder, new Uint8Array(3 * syncedPieceBytes + 5));
    const restarted = await FileFolder.open(path);
    assertEquals(await restarted.arrived(file), syncedPieceBytes);
    const writer = await restarted.write(file, syncedPieceBytes);
    assertEquals(writer.offset, syncedPieceBytes);
    writer.close();
  });
});

Deno.test("a file that was whole when the server ended has come, and can be made whole again", async () => {
  await withFolder(async (path) => {
    const folder = await FileFolder.open(path);
    const writer = await folder.write(file, 0);
    await writer.append(someBytes(100));
    await writer.finish();
    writer.close();
    const restarted = await FileFolder.open(path);
    assertEquals(await restarted.arrived(file), 100);
    const again = await restarted.write(file, 100);
    await again.finish();
    again.close();
    assertEquals(await read(restarted), someBytes(100));
  });
});

Deno.test("a file is written by one connection at a time", async () => {
  await withFolder(async (path) => {
    const folder = await FileFolder.open(path);
    const writer = await folder.write(file, 0);
    await assertRejects(() => folder.write(file, 0), StorageError);
    writer.close();
    (await folder.write(file, 0)).close();
  });
});

Deno.test("nobody but the server's user can read what is stored", async () => {
  if (Deno.build.os === "windows") return;
  await withFolder(async (path) => {
    const folder = await FileFolder.open(path);
    await write(folder, someBytes(10));
    assertEquals((await Deno.stat(`${path}/files`)).mode! & 0o777, 0o700);
    assertEquals((await Deno.stat(`${path}/files/${file}.part`)).mode! & 0o777, 0o600);
  });
});
