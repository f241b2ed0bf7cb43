import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { migrate } from "../../../../../server/storage/sqlite/file/schema.ts";
import { usualLaw } from "../../../../../server/storage/room_law.ts";
import { openStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import {
  databasePath,
  makeAccount,
  makeIdentity,
  makePost,
  makeRoom,
  tamper,
  topicSetting,
  withFolder,
} from "../storage_fixture.ts";
import {
  addMember,
  addSupplement,
  append,
  changeLaw,
  changePassword,
  createAccount,
  saveConversationPositions,
  setTopic,
} from "../../../../fixtures/changes.ts";

function columnsOfIndex(folder: string, name: string): unknown[] {
  const database = new DatabaseSync(databasePath(folder), { readOnly: true });
  try {
    return database.prepare("SELECT name FROM pragma_index_info(?) ORDER BY seqno").all(name)
      .map((row) => row["name"]);
  } finally {
    database.close();
  }
}

const backToVersion14 = "ALTER TABLE files DROP COLUMN hash; PRAGMA user_version = 14";
const backToVersion13 = `${backToVersion14}; DROP TABLE files; PRAGMA user_version = 13`;
const backToVersion12 = `${backToVersion13}; ` +
  "ALTER TABLE accounts DROP COLUMN refuses_pages; PRAGMA user_version = 12";
const backToVersion11 = `${backToVersion12}; ` +
  "ALTER TABLE identities DROP COLUMN supplement; PRAGMA user_version = 11";
const backToVersion10 = `${backToVersion11}; DROP INDEX posts_by_target; ` +
  "ALTER TABLE posts DROP COLUMN target; PRAGMA user_version = 10";
const backToVersion9 =
  `${backToVersion10}; ALTER TABLE rooms DROP COLUMN entries; PRAGMA user_version = 9`;
const backToVersion8 =
  `${backToVersion9}; DROP TABLE log_place; DROP TABLE log_runs; PRAGMA user_version = 8`;
const backToVersion7 =
  `${backToVersion8}; CREATE INDEX posts_by_conversation ON posts (conversation); ` +
  "DROP TABLE conversation_posts; DROP TABLE conversation_posts_progress; PRAGMA user_version = 7";
const backToVersion6 =
  `${backToVersion7}; ALTER TABLE rooms DROP COLUMN law; PRAGMA user_version = 6`;
const backToVersion5 = `${backToVersion6}; ` +
  "ALTER TABLE accounts DROP COLUMN password_generation; PRAGMA user_version = 5";
const backToVersion4 =
  `${backToVersion5}; DROP TABLE conversation_positions; PRAGMA user_version = 4`;
const backToVersion3 = `${backToVersion4}; ` + "ALTER TABLE rooms DROP COLUMN topic_by; " +
  "ALTER TABLE rooms DROP COLUMN topic_ms; PRAGMA user_version = 3";
const backToVersion2 = `${backToVersion3}; ` +
  "DROP INDEX posts_by_id; CREATE UNIQUE INDEX posts_by_id ON posts (sender, id); " +
  "PRAGMA user_version = 2";

Deno.test("a database of version 2 is brought to the newest version with all that is in it", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    const post = makePost({ roomId }, "hello");
    const { sequence } = await append(storage, post);
    await storage.close();
    tamper(folder, backToVersion2);

    storage = await openStorage(folder);
    try {
      assertEquals(columnsOfIndex(folder, "posts_by_id"), ["id", "sender"]);
      assertEquals((await append(storage, post)).sequence, sequence);
      assertEquals((await append(storage, { ...post, from: "Ben" })).sequence, sequence + 1);
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});

Deno.test("a database of version 3 keeps its topics, whose setters are not known, and learns the next one's", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    await addMember(storage, roomId, "ann");
    await storage.close();
    // What version 3 wrote: the checksum knew of no setter.
    const old = roomChecksumOfVersion3({ id: roomId, name: "#lobby", topic: "tea" }, ["ann"]);
    tamper(folder, `UPDATE rooms SET topic = 'tea', checksum = ${old}; ${backToVersion3}`);

    storage = await openStorage(folder);
    const [before] = storage.opened.rooms;
    assertEquals([before?.topic, before?.topicSetting, before?.members], ["tea", null, ["ann"]]);
    await setTopic(storage, roomId, "coffee", topicSetting);
    await createAccount(storage, makeAccount("ann"));
    assertEquals(await storage.conversationPosition("ann", roomId), null);
    await saveConversationPositions(storage, [{
      nameKey: "ann",
      conversation: roomId,
      sequence: 3,
    }]);
    await storage.close();
    storage = await openStorage(folder);
    try {
      const [after] = storage.opened.rooms;
      assertEquals([after?.topic, after?.topicSetting], ["coffee", topicSetting]);
      assertEquals(await storage.conversationPosition("ann", roomId), 3);
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});

function roomChecksumOfVersion3(
  { id, name, topic }: { id: number; name: string; topic: string },
  members: readonly string[],
): number {
  const own = crc32(JSON.stringify([id, name, name, name, topic]));
  return members.reduce((sum, nameKey) => sum ^ crc32(JSON.stringify([id, nameKey])), own) >>> 0;
}

Deno.test("a disk that fills up while a database of version 2 is brought to the newest leaves it as it was", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    const posts = Array.from({ length: 2_000 }, () => makePost({ roomId }, "hello"));
    await Promise.all(posts.map((post) => append(storage, post)));
    await storage.close();
    // The place that the old index leaves would be enough for the new one.
    const smallIndex = backToVersion2.replace("(sender, id)", "(sender, id) WHERE sequence = 1");
    tamper(folder, `${smallIndex}; VACUUM`);

    const database = new DatabaseSync(databasePath(folder));
    database.exec("PRAGMA cache_size = 1; PRAGMA max_page_count = 1");
    assertThrows(() => migrate(database), Error, "full");
    database.close();
    assertEquals(columnsOfIndex(folder, "posts_by_id"), ["sender", "id"]);

    storage = await openStorage(folder);
    try {
      assertEquals(columnsOfIndex(folder, "posts_by_id"), ["id", "sender"]);
      assertEquals((await append(storage, posts[0]!)).repeated, true);
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});

Deno.test("accounts of a database of version 5 stay as they are, and their next password is the first that is counted", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const ann = makeAccount("ann");
    await createAccount(storage, ann, makeIdentity(1));
    await storage.close();
    tamper(folder, backToVersion5);

    storage = await openStorage(folder);
    try {
      assertEquals(await storage.findAccount("ann"), { ...ann, passwordGeneration: 0 });
      assertEquals(await storage.verify(), []);
      const { salt, iterations, storedKey, serverKey } = makeAccount("ann");
      const keys = { salt, iterations, storedKey: storedKey.map((byte) => byte ^ 1), serverKey };
      const { wrappedKey } = makeIdentity(2);
      assertEquals(await changePassword(storage, "ann", storedKey, { ...keys, wrappedKey }), 1);
      assertEquals((await storage.findAccount("ann"))?.passwordGeneration, 1);
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});

Deno.test("rooms of a database of version 6 stay as they are, nobody owns them, and their first rule is kept", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#a");
    await addMember(storage, roomId, "ann");
    await setTopic(storage, roomId, "tea", topicSetting);
    await storage.close();
    tamper(folder, backToVersion6);

    storage = await openStorage(folder);
    const [before] = storage.opened.rooms;
    assertEquals([before?.topic, before?.members, before?.law], ["tea", ["ann"], usualLaw]);
    assertEquals(await storage.verify(), []);
    await changeLaw(storage, roomId, [
      { kind: "role", role: "owner", nameKey: "ann", name: "Ann", held: true },
      { kind: "rules", rules: { invited: true } },
    ]);
    await storage.close();
    storage = await openStorage(folder);
    try {
      const [after] = storage.opened.rooms;
      assertEquals([after?.law.roles, after?.law.rules.invited, after?.members], [
        [{ nameKey: "ann", name: "Ann", roles: ["owner"] }],
        true,
        ["ann"],
      ]);
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});

Deno.test("keys of a database of version 11 stay as they are, and their record can grow", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    await createAccount(storage, makeAccount("ann"), makeIdentity(1));
    await storage.close();
    tamper(folder, backToVersion11);

    storage = await openStorage(folder);
    try {
      assertEquals(await storage.findIdentity("ann"), { ...makeIdentity(1), supplement: null });
      const supplement = new Uint8Array(1_248).fill(9);
      const { record } = makeIdentity(1);
      assertEquals(await addSupplement(storage, "ann", record, supplement), true);
      assertEquals(await storage.findIdentity("ann"), { ...makeIdentity(1), supplement });
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});

Deno.test("accounts of a database of version 12 may be used by pages, until they refuse that", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const ann = makeAccount("ann");
    await createAccount(storage, ann);
    await storage.close();
    tamper(folder, backToVersion12);

    storage = await openStorage(folder);
    try {
      assertEquals(await storage.findAccount("ann"), { ...ann, passwordGeneration: 0 });
      const command = { type: "pages", version: 1, nameKey: "ann", refuses: true } as const;
      assertEquals(await storage.submit(command), { refused: null, repeated: false });
      assertEquals(await storage.submit(command), { refused: null, repeated: true });
      assertEquals((await storage.findAccount("ann"))?.refusesPages, true);
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});

Deno.test("files of a database of version 14 are there without a hash, and those that come then have one", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    const [before, after, hash] = ["a".repeat(32), "b".repeat(32), "c".repeat(64)];
    const send = async (file: string, hash: string | null) => {
      await storage.submit({
        ...{ type: "file", version: 1, file, from: "Ann", owner: "ann", postId: file, bytes: 23 },
        destination: { roomId },
        timeMs: 1_764_000_000_000,
      });
      return await storage.submit({ type: "file_whole", version: 1, file, hash });
    };
    await send(before, null);
    await storage.close();
    tamper(folder, backToVersion14);

    storage = await openStorage(folder);
    try {
      await send(after, hash);
      assertEquals((await storage.findFile(before))?.hash, null);
      assertEquals((await storage.findFile(after))?.hash, hash);
      assertEquals(await storage.wholeFiles({ after: "", limit: 9 }), [before, after]);
      assertEquals(await storage.wholeFiles({ after: before, limit: 9 }), [after]);
      assertEquals((await send(after, "d".repeat(64))).refused, "other_bytes");
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});

Deno.test("posts of a database of version 7 are found again, and those that come after them", async () => {
  await withFolder(async (folder) => {
    let storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    const appendBoth = (body: string) =>
      Promise.all([
        append(storage, makePost({ roomId }, body)),
        append(storage, makePost({ between: ["ann", "ben"] }, body)),
      ]);
    await appendBoth("before");
    await storage.close();
    tamper(folder, backToVersion7);

    storage = await openStorage(folder);
    try {
      await appendBoth("after");
      const query = { reader: "ann", roomIds: [roomId], privateWith: "all", limit: 9 } as const;
      const { posts } = await storage.history(query);
      assertEquals(posts.map(({ body }) => body), ["before", "before", "after", "after"]);
      assertEquals(await storage.verify(), []);
    } finally {
      await storage.close();
    }
  });
});

Deno.test("a new database is made without a word of being brought to another form", () => {
  const database = new DatabaseSync(":memory:");
  const told: number[] = [];
  migrate(database, ({ done }) => told.push(done));
  assertEquals(told, []);
  database.close();
});
