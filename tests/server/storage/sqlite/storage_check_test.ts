import { assertEquals, assertRejects } from "@std/assert";
import { openStorage } from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { checkStorage } from "../../../../server/storage/sqlite/storage_check.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import {
  databasePath,
  makeAccount,
  makePost,
  makeRoom,
  tamper,
  withFolder,
} from "./storage_fixture.ts";
import { append, createAccount } from "../../../fixtures/changes.ts";

/** A folder with a database that something is in. */
async function withData(use: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    await createAccount(storage, makeAccount("ann"));
    const roomId = await makeRoom(storage, "#lobby");
    await append(storage, makePost({ roomId }, "hello"));
    await storage.close();
    await use(folder);
  });
}

async function contents(folder: string): Promise<string[]> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const bytes = await Deno.readFile(databasePath(folder)).catch(() => new Uint8Array());
  return [...names, new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()];
}

Deno.test("a check leaves a data folder as it was, also an empty one", async () => {
  await withData(async (folder) => {
    const before = await contents(folder);
    assertEquals(await checkStorage(folder), []);
    assertEquals(await contents(folder), before);
  });
  await withFolder(async (folder) => {
    assertEquals(await checkStorage(folder), null);
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a check of a folder that a server uses is refused", async () => {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    const error = await assertRejects(() => checkStorage(folder), StorageError);
    assertEquals(error.reason, "locked");
    await storage.close();
    assertEquals(await checkStorage(folder), []);
  });
});

Deno.test("a check names what somebody has put into the database, changed in it or taken out of it", async () => {
  const foreign = (part: string) => `The ${part} in the database was not made by this program.`;
  const missing = (part: string) => `The ${part} of the database is missing.`;
  const planted: [sql: string, problems: string[]][] = [
    ["CREATE TABLE more (x)", [foreign('table "more"')]],
    ["CREATE INDEX extra ON posts (body)", [foreign('index "extra"')]],
    ["DROP TRIGGER count_insert_rooms", [missing('trigger "count_insert_rooms"')]],
    ["ALTER TABLE members ADD COLUMN extra TEXT", [foreign('table "members"')]],
    ["ANALYZE", []],
  ];
  for (const [sql, problems] of planted) {
    await withData(async (folder) => {
      tamper(folder, sql);
      assertEquals(await checkStorage(folder), problems);
    });
  }
});

Deno.test("a database with a planted trigger or view is neither checked nor used", async () => {
  const planted = [
    "CREATE TRIGGER spy AFTER INSERT ON posts BEGIN DELETE FROM accounts; END",
    "DROP TRIGGER count_insert_rooms; CREATE TRIGGER count_insert_rooms AFTER INSERT ON rooms " +
    "BEGIN DELETE FROM accounts; END",
    "CREATE VIEW seen AS SELECT * FROM posts",
  ];
  for (const sql of planted) {
    await withData(async (folder) => {
      tamper(folder, sql);
      for (const use of [checkStorage, openStorage]) {
        const error = await assertRejects(() => use(folder) as Promise<unknown>, StorageError);
        assertEquals(error.reason, "damaged", error.message);
        assertEquals(/changed by somebody else\. The (trigger|view) "/.test(error.message), true);
      }
    });
  }
});

Deno.test("a check does not bring a database to a newer version, and says so", async () => {
  await withData(async (folder) => {
    tamper(
      folder,
      "DROP TABLE log_place; DROP TABLE log_runs; " +
        "CREATE INDEX posts_by_conversation ON posts (conversation); " +
        "DROP TABLE conversation_posts; DROP TABLE conversation_posts_progress; " +
        "ALTER TABLE rooms DROP COLUMN law; ALTER TABLE rooms DROP COLUMN entries; " +
        "ALTER TABLE accounts DROP COLUMN password_generation; " +
        "ALTER TABLE identities DROP COLUMN supplement; DROP TABLE files; " +
        "ALTER TABLE accounts DROP COLUMN refuses_pages; " +
        "DROP INDEX posts_by_target; ALTER TABLE posts DROP COLUMN target; " +
        "PRAGMA user_version = 5",
    );
    const before = await contents(folder);
    await assertRejects(() => checkStorage(folder), StorageError, "older version of this program");
    assertEquals(await contents(folder), before);
    await (await openStorage(folder)).close();
    assertEquals(await checkStorage(folder), []);
  });
});
