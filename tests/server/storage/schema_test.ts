import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openStorage } from "../../../server/storage/sqlite_storage.ts";
import { databasePath, makePost, makeRoom, tamper, withFolder } from "./storage_fixture.ts";

function columnsOfIndex(folder: string, name: string): unknown[] {
  const database = new DatabaseSync(databasePath(folder), { readOnly: true });
  try {
    return database.prepare("SELECT name FROM pragma_index_info(?) ORDER BY seqno").all(name)
      .map((row) => row["name"]);
  } finally {
    database.close();
  }
}

Deno.test("a database of version 2 is brought to version 3 with all that is in it", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    const post = makePost({ roomId }, "hello");
    const { sequence } = await storage.append(post);
    await storage.close();
    tamper(
      folder,
      "DROP INDEX posts_by_id; CREATE UNIQUE INDEX posts_by_id ON posts (sender, id); " +
        "PRAGMA user_version = 2",
    );

    storage = await openStorage(folder);
    try {
      assertEquals(columnsOfIndex(folder, "posts_by_id"), ["id", "sender"]);
      assertEquals((await storage.append(post)).sequence, sequence);
      assertEquals((await storage.append({ ...post, from: "Ben" })).sequence, sequence + 1);
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});
