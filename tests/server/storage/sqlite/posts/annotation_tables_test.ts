import { assert, assertEquals, assertRejects } from "@std/assert";
import { editsPerPostMax } from "../../../../../protocol/wire/limits.ts";
import type { Destination, NewAnnotation } from "../../../../../server/storage/post_storage.ts";
import type { SqliteStorage } from "../../../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import { unindexedPostsMax } from "../../../../../server/storage/sqlite/search/word_index.ts";
import { annotate, append, RefusedError } from "../../../../fixtures/changes.ts";
import { makePost, makeRoom, withStorage } from "../storage_fixture.ts";

const between = { between: ["ann", "bob"] } as const;

function about(
  destination: Destination,
  target: number,
  more: Partial<NewAnnotation> = {},
): NewAnnotation {
  const kind = more.kind ?? "reply";
  const body = kind === "retraction" ? "" : "about it";
  return { ...makePost(destination, body), asModerator: false, target, ...more, kind };
}

/** So many posts that the index takes what waits. */
async function fill(storage: SqliteStorage, roomId: number, count: number): Promise<void> {
  const posts = Array.from({ length: count }, (_, at) => makePost({ roomId }, `tea ${at}`));
  await Promise.all(posts.map((post) => append(storage, post)));
}

async function page(storage: SqliteStorage, roomId: number) {
  return await storage.history({
    reader: null,
    roomIds: [roomId],
    privateWith: "none",
    limit: 100,
  });
}

async function refusal(storage: SqliteStorage, annotation: NewAnnotation): Promise<string> {
  return (await assertRejects(() => annotate(storage, annotation), RefusedError)).message;
}

Deno.test("what is said about a post has a place in the one order, and names its target", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#room");
    await append(storage, makePost({ roomId }, "red roses"));
    await annotate(storage, about({ roomId }, 1, { from: "Bob", body: "white ones" }));
    await append(storage, makePost({ roomId }, "tea"));
    const { posts } = await page(storage, roomId);
    assertEquals(posts.map(({ sequence, kind, target, body }) => [sequence, kind, target, body]), [
      [1, "text", undefined, "red roses"],
      [2, "reply", 1, "white ones"],
      [3, "text", undefined, "tea"],
    ]);
  });
});

Deno.test("a page brings the later edits and reactions of its posts, and of no others", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#room");
    await append(storage, makePost({ roomId }, "one"));
    await append(storage, makePost({ roomId }, "two"));
    await annotate(storage, about({ roomId }, 1, { kind: "edit", body: "first" }));
    await annotate(storage, about({ roomId }, 2, { kind: "reaction", body: "👍", from: "Bob" }));
    await annotate(storage, about({ roomId }, 1, { kind: "reply", body: "a reply is a post" }));
    const query = { reader: null, roomIds: [roomId], privateWith: "none" } as const;
    const first = await storage.history({ ...query, before: 2, limit: 1 });
    assertEquals(first.annotations.map(({ sequence }) => sequence), [3]);
    const all = await storage.history({ ...query, limit: 100 });
    assertEquals(all.annotations, []);
  });
});

Deno.test("a message is changed and taken back by its author, and taken back by moderators", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#room");
    await append(storage, makePost({ roomId }, "mine", { from: "Ann" }));
    const bob = { from: "Bob" };
    assertEquals(
      await refusal(storage, about({ roomId }, 1, { ...bob, kind: "edit" })),
      "not_yours",
    );
    assertEquals(
      await refusal(storage, about({ roomId }, 1, { ...bob, kind: "retraction" })),
      "not_yours",
    );
    // Moderators change nobody's words.
    const edit = about({ roomId }, 1, { ...bob, kind: "edit", asModerator: true });
    assertEquals(await refusal(storage, edit), "not_yours");
    await annotate(
      storage,
      about({ roomId }, 1, { ...bob, kind: "retraction", asModerator: true }),
    );
    const { posts } = await page(storage, roomId);
    assertEquals(posts.map(({ kind, body }) => [kind, body]), [
      ["retracted", ""],
      ["retraction", ""],
    ]);
    assertEquals(await storage.verify(), []);
  });
});

Deno.test("nothing can be said about what is not there, elsewhere, or taken back", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#room");
    const other = await makeRoom(storage, "#other");
    await append(storage, makePost({ roomId }, "here"));
    assertEquals(await refusal(storage, about({ roomId }, 2)), "no_such_post");
    assertEquals(await refusal(storage, about({ roomId }, 0)), "no_such_post");
    assertEquals(await refusal(storage, about({ roomId: other }, 1)), "no_such_post");
    assertEquals(await refusal(storage, about({ roomId: 99 }, 1)), "no_such_room");
    assertEquals(await refusal(storage, about(between, 1)), "no_such_post");
    await annotate(storage, about({ roomId }, 1, { kind: "reaction", body: "👍" }));
    assertEquals(
      await refusal(storage, about({ roomId }, 2, { kind: "reaction", body: "👎" })),
      "no_such_post",
    );
    await annotate(storage, about({ roomId }, 1, { kind: "retraction" }));
    assertEquals(await refusal(storage, about({ roomId }, 1)), "taken_back");
    // Nothing that was refused has left a conversation behind.
    assertEquals(await storage.verify(), []);
  });
});

Deno.test("an annotation sent twice is stored once, also after what it had said was taken back", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#room");
    await append(storage, makePost({ roomId }, "here"));
    const reply = about({ roomId }, 1, { body: "yes" });
    assertEquals((await annotate(storage, reply)).sequence, 2);
    assertEquals(await annotate(storage, reply), { ...await annotate(storage, reply) });
    await annotate(storage, about({ roomId }, 2, { kind: "retraction" }));
    const again = await annotate(storage, reply);
    assertEquals([again.repeated, again.sequence], [true, 2]);
  });
});

Deno.test("what was taken back is found by no search, whether its words were in the index or waited", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#room");
    await append(storage, makePost({ roomId }, "secret roses"));
    await annotate(storage, about({ roomId }, 1, { kind: "edit", body: "secret tulips" }));
    await fill(storage, roomId, unindexedPostsMax);
    await append(storage, makePost({ roomId }, "secret moon"));
    const find = async () => {
      const { posts } = await storage.search({ words: ["secret"], roomIds: [roomId], limit: 100 });
      return posts.map(({ sequence }) => sequence);
    };
    const last = unindexedPostsMax + 3;
    assertEquals(await find(), [1, 2, last]);
    await annotate(storage, about({ roomId }, 1, { kind: "retraction" }));
    assertEquals(await find(), [last]);
    await annotate(storage, about({ roomId }, last, { kind: "retraction" }));
    assertEquals(await find(), []);
    assertEquals(await storage.verify(), []);
  });
});

Deno.test("a text that was taken back is nowhere in the data folder, nor are its words", async () => {
  await withStorage(async (storage, folder) => {
    const roomId = await makeRoom(storage, "#room");
    const long = "xylophone ".repeat(700);
    await append(storage, makePost({ roomId }, `zanzibarian ${long}`));
    await annotate(storage, about({ roomId }, 1, { kind: "edit", body: "quetzalcoatlus" }));
    await append(storage, makePost(between, "c2VhbGVkIGJvZHkgb2YgYW5u", { kind: "sealed" }));
    await fill(storage, roomId, 3 * unindexedPostsMax);
    const words = ["xylophone", "zanzibarian", "quetzalcoatlus", "c2VhbGVkIGJvZHkgb2YgYW5u"];
    assertEquals(await foundIn(folder, words), words);
    await annotate(storage, about({ roomId }, 1, { kind: "retraction" }));
    await annotate(storage, about(between, 3, { kind: "retraction" }));
    assertEquals(await foundIn(folder, words), []);
    assertEquals(await storage.verify(), []);
  });
});

/** Those of the words that some file of the folder holds. */
async function foundIn(folder: string, words: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    const bytes = new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/${name}`));
    for (const word of words) if (bytes.includes(word)) found.add(word);
  }
  assert(words.every((word) => word.length > 6), "shorter ones are found by chance");
  return words.filter((word) => found.has(word));
}

Deno.test("of very many reactions a page brings the newest, and none of them brings back what was changed", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#room");
    for (const body of ["one", "two", "three"]) await append(storage, makePost({ roomId }, body));
    await annotate(storage, about({ roomId }, 1, { kind: "edit", body: "secret" }));
    await annotate(storage, about({ roomId }, 1, { kind: "edit", body: "uno" }));
    const more = { kind: "reaction", body: "👍" } as const;
    // Nearly all to one of them, and some to another, older and newer than these.
    const targets = Array.from({ length: 700 }, (_, at) => at % 100 === 0 ? 3 : 2);
    await Promise.all(targets.map((target) => annotate(storage, about({ roomId }, target, more))));
    const query = { reader: null, roomIds: [roomId], privateWith: "none" } as const;
    const { annotations } = await storage.history({ ...query, before: 4, limit: 100 });
    const sequences = annotations.map(({ sequence }) => sequence);
    const newest = Array.from({ length: 499 }, (_, at) => 705 - 498 + at);
    assertEquals(sequences, [5, ...newest]);
  });
});

Deno.test("a post is changed a hundred times by its author, and then no more: all that would go with it at once", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#room");
    await append(storage, makePost({ roomId }, "one"));
    await append(storage, makePost({ roomId }, "two"));
    const edit = () => about({ roomId }, 1, { kind: "edit", body: "again" });
    for (let at = 0; at < editsPerPostMax; at++) await annotate(storage, edit());
    assertEquals(await refusal(storage, edit()), "too_many_edits");
    await annotate(storage, about({ roomId }, 2, { kind: "edit" }));
    await annotate(storage, about({ roomId }, 1, { kind: "retraction" }));
    await append(storage, makePost(between, "cipher", { kind: "sealed" }));
    const sealed = () => about(between, 105, { kind: "sealed" });
    for (let at = 0; at < editsPerPostMax; at++) await annotate(storage, sealed());
    assertEquals(await refusal(storage, sealed()), "too_many_edits");
    await annotate(storage, { ...sealed(), from: "bob" });
  });
});

Deno.test("what SQLite cannot keep is refused or made good in what is said about a post, too", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#room");
    await append(storage, makePost({ roomId }, "one"));
    await assertRejects(
      () => annotate(storage, about({ roomId }, 1, { body: "a\0b" })),
      StorageError,
      "NUL",
    );
    await annotate(storage, about({ roomId }, 1, { body: "a\ud800b" }));
    const { posts } = await page(storage, roomId);
    assertEquals(posts.map(({ body }) => body), ["one", "a\ufffdb"]);
  });
});
