import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertRejects } from "@std/assert";
import { holdFolder } from "../../../../../server/storage/sqlite/file/data_folder.ts";
import { openStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import { databasePath, makeRoom, tamper, withFolder, withStorage } from "../storage_fixture.ts";

/** Opens a store that must not open. */
async function refusalOf(folder: string): Promise<StorageError> {
  return await assertRejects(() => openStorage(folder), StorageError);
}

/** Opens a store in another process. */
async function outcomeOfChild(folder: string): Promise<string> {
  const program = new URL("../open_child.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", program, folder],
    stdout: "piped",
    stderr: "inherit",
  });
  return new TextDecoder().decode((await child.output()).stdout).trim();
}

Deno.test("holdFolder() makes the folder and its parents, for the owner only", async () => {
  await withFolder(async (parent) => {
    const folder = `${parent}/a/b`;
    const storage = await openStorage(folder);
    await makeRoom(storage, "#lobby");
    if (Deno.build.os !== "windows") {
      const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
      assertEquals(modeOf(folder), 0o700);
      for (const { name } of Deno.readDirSync(folder)) {
        assertEquals([name, modeOf(`${folder}/${name}`)], [name, 0o600]);
      }
    }
    await storage.close();
  });
});

Deno.test("openStorage() refuses a folder that another store holds, and lets the first work on", async () => {
  await withStorage(async (storage, folder) => {
    const refusal = await refusalOf(folder);
    assertEquals(refusal.reason, "locked");
    assertEquals(refusal.message.includes(folder), true);
    assertEquals(await makeRoom(storage, "#lobby"), 1);
  });
});

Deno.test("openStorage() refuses a folder that another process holds", async () => {
  await withFolder(async (folder) => {
    const held = await holdFolder(folder);
    const outcome = await outcomeOfChild(folder);
    held.release();
    assertEquals(outcome, "locked");
  });
});

Deno.test("openStorage() refuses a folder without a name", async () => {
  assertEquals((await refusalOf("")).reason, "not_writable");
});

Deno.test("openStorage() refuses a path that is a file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/file`;
    await Deno.writeTextFile(path, "x");
    const refusal = await refusalOf(path);
    assertEquals(refusal.reason, "not_writable");
    assertEquals(refusal.message.includes(path), true);
    assertEquals((await refusalOf(`${path}/below`)).reason, "not_writable");
  });
});

Deno.test("openStorage() refuses a folder that cannot be written", async () => {
  // Folders of the kernel refuse root too, which folder modes do not.
  if (Deno.build.os !== "linux") return;
  const refusal = await refusalOf("/proc/self");
  assertEquals(refusal.reason, "not_writable");
  assertEquals(refusal.message.includes("/proc/self"), true);
});

Deno.test("openStorage() refuses a file that is no database, and leaves it as it is", async () => {
  await withFolder(async (folder) => {
    const text = "This is a letter, not a database. ".repeat(100);
    await Deno.writeTextFile(databasePath(folder), text);
    const refusal = await refusalOf(folder);
    assertEquals(refusal.reason, "damaged");
    assertEquals(refusal.message.includes(databasePath(folder)), true);
    assertEquals(await Deno.readTextFile(databasePath(folder)), text);
    assertEquals((await refusalOf(folder)).reason, "damaged");
  });
});

Deno.test("openStorage() refuses a database that was cut short", async () => {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    await makeRoom(storage, "#lobby");
    await storage.close();
    await Deno.truncate(databasePath(folder), 4096 * 3);
    assertEquals((await refusalOf(folder)).reason, "damaged");
  });
});

Deno.test("openStorage() refuses a database of a newer version and says so", async () => {
  await withFolder(async (folder) => {
    await (await openStorage(folder)).close();
    const database = new DatabaseSync(databasePath(folder));
    const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
    database.close();
    tamper(folder, "PRAGMA user_version = 1000");
    const refusal = await refusalOf(folder);
    assertEquals(refusal.reason, "failed");
    assertEquals(refusal.message.includes("newer version"), true);
    tamper(folder, `PRAGMA user_version = ${version}`);
    await (await openStorage(folder)).close();
  });
});

Deno.test("openStorage() refuses a database of another program", async () => {
  await withFolder(async (folder) => {
    tamper(folder, "CREATE TABLE accounts (x); PRAGMA application_id = 77");
    assertEquals((await refusalOf(folder)).reason, "damaged");
  });
});

Deno.test("openStorage() says when another program keeps the database locked", async () => {
  await withFolder(async (folder) => {
    await (await openStorage(folder)).close();
    const other = new DatabaseSync(databasePath(folder));
    other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    assertEquals((await refusalOf(folder)).reason, "locked");
    other.close();
    await (await openStorage(folder)).close();
  });
});
