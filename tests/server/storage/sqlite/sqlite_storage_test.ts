import { assertEquals, assertRejects } from "@std/assert";
import { openStorage } from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { usualLaw } from "../../../../server/storage/room_law.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import {
  makeAccount,
  makePost,
  makeRoom,
  topicSetting,
  withFolder,
  withStorage,
} from "./storage_fixture.ts";
import {
  addMember,
  append,
  createAccount,
  createRoom,
  RefusedError,
  removeMember,
  saveConversationPositions,
  saveReadPositions,
  setTopic,
} from "../../../fixtures/changes.ts";
import { keptSecret } from "../../../../server/storage/secret_storage.ts";

const nobody = { reader: null, privateWith: "none" } as const;

Deno.test("openStorage() finds nothing in a new folder", async () => {
  await withStorage((storage) => {
    assertEquals(storage.opened, { rooms: [], lastSequence: 0 });
    return Promise.resolve();
  });
});

Deno.test("openStorage() finds rooms, members, topics and the last sequence again", async () => {
  await withFolder(async (folder) => {
    const first = await openStorage(folder);
    const lobby = await makeRoom(first, "#lobby");
    const other = await makeRoom(first, "#other");
    const setting = { by: "~Zoë", timeMs: 1_764_000_000_000 };
    await setTopic(first, other, "Tea\nand more", setting);
    await addMember(first, other, "ann");
    await addMember(first, other, "ann");
    await addMember(first, other, "bob");
    await removeMember(first, other, "bob");
    await removeMember(first, other, "nobody");
    await append(first, makePost({ roomId: lobby }, "one"));
    await append(first, makePost({ roomId: lobby }, "two"));
    await first.close();
    const second = await openStorage(folder);
    assertEquals(second.opened, {
      rooms: [
        {
          id: lobby,
          name: "#lobby",
          nameKey: "#lobby",
          skeleton: "#lobby",
          topic: "",
          topicSetting: null,
          members: [],
          entries: 0,
          law: usualLaw,
        },
        {
          id: other,
          name: "#other",
          nameKey: "#other",
          skeleton: "#other",
          topic: "Tea\nand more",
          topicSetting: setting,
          members: ["ann"],
          entries: 0,
          law: usualLaw,
        },
      ],
      lastSequence: 2,
    });
    await second.close();
  });
});

Deno.test("createAccount() stores every field; findAccount() returns it", async () => {
  await withStorage(async (storage) => {
    const account = makeAccount("änn", { name: "Änn" });
    await createAccount(storage, account);
    assertEquals(await storage.findAccount("änn"), account);
    assertEquals(await storage.findAccount("Änn"), null);
    assertEquals(await storage.countAccounts(), 1);
  });
});

Deno.test("createAccount() refuses a name that exists, and one that looks like it", async () => {
  await withStorage(async (storage) => {
    await createAccount(storage, makeAccount("ann"));
    await assertRejects(
      () => createAccount(storage, makeAccount("ann")),
      RefusedError,
      "name_taken",
    );
    await assertRejects(
      () => createAccount(storage, makeAccount("other", { skeleton: "skeleton of ann" })),
      RefusedError,
      "name_taken",
    );
    assertEquals(await storage.countAccounts(), 1);
  });
});

Deno.test("isNameTaken() knows folded names and look-alikes", async () => {
  await withStorage(async (storage) => {
    await createAccount(storage, makeAccount("ann"));
    const taken = (nameKey: string, skeleton: string) => storage.isNameTaken({ nameKey, skeleton });
    assertEquals(await taken("ann", "x"), true);
    assertEquals(await taken("x", "skeleton of ann"), true);
    assertEquals(await taken("x", "ann"), false);
  });
});

Deno.test("createAccount() lets exactly one of 100 win a name", async () => {
  await withStorage(async (storage) => {
    const tries = Array.from({ length: 100 }, () => createAccount(storage, makeAccount("ann")));
    const results = await Promise.allSettled(tries);
    assertEquals(results.filter(({ status }) => status === "fulfilled").length, 1);
    assertEquals(await storage.countAccounts(), 1);
  });
});

Deno.test("createRoom() refuses a name that exists and leaves nothing behind", async () => {
  await withStorage(async (storage) => {
    const first = await makeRoom(storage, "#a");
    await assertRejects(() => makeRoom(storage, "#a"), RefusedError, "name_taken");
    await assertRejects(
      () => createRoom(storage, { name: "#b", nameKey: "#b", skeleton: "#a" }),
      RefusedError,
      "name_taken",
    );
    assertEquals(await makeRoom(storage, "#b"), first + 1);
  });
});

Deno.test("setTopic() and addMember() refuse a room that does not exist", async () => {
  await withStorage(async (storage) => {
    await assertRejects(
      () => setTopic(storage, 7, "x", topicSetting),
      RefusedError,
      "no_such_room",
    );
    await assertRejects(() => addMember(storage, 7, "ann"), RefusedError, "no_such_room");
  });
});

Deno.test("append() numbers posts in the order of the calls", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    const posts = Array.from({ length: 2_500 }, (_, index) => makePost({ roomId }, `${index}`));
    const appended = await Promise.all(posts.map((post) => append(storage, post)));
    assertEquals(appended.map(({ sequence }) => sequence), posts.map((_, index) => index + 1));
  });
});

Deno.test("append() stores an id once and acknowledges it twice, with the first time", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    const post = makePost({ roomId }, "hello", { timeMs: 5 });
    const [first, second] = await Promise.all([
      append(storage, post),
      append(storage, { ...post, timeMs: 6 }),
    ]);
    assertEquals(first, { refused: null, sequence: 1, timeMs: 5, repeated: false });
    assertEquals(second, { refused: null, sequence: 1, timeMs: 5, repeated: true });
    assertEquals(await append(storage, post), {
      refused: null,
      sequence: 1,
      timeMs: 5,
      repeated: true,
    });
    const page = await storage.history({ ...nobody, roomIds: [roomId], limit: 10 });
    assertEquals(page.posts.length, 1);
  });
});

Deno.test("append() refuses an id that was used for another body or place, without harm to others", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    const otherId = await makeRoom(storage, "#other");
    const post = makePost({ roomId }, "hello");
    const results = await Promise.allSettled([
      append(storage, post),
      append(storage, { ...post, body: "other" }),
      append(storage, { ...post, destination: { roomId: otherId } }),
      append(storage, { ...post, destination: { between: ["ann", "bob"] } }),
      append(storage, { ...post, from: "Bob" }),
      append(storage, makePost({ roomId }, "after")),
    ]);
    const seen = results.map((result) =>
      result.status === "fulfilled" ? result.value.sequence : result.reason.message
    );
    assertEquals(seen, [1, "id_reused", "id_reused", "id_reused", 2, 3]);
    assertEquals(await storage.verify(), []);
    const ofAnn = { reader: "ann", privateWith: "all", roomIds: [], limit: 1 } as const;
    assertEquals((await storage.history(ofAnn)).posts, []);
    assertEquals(await makeRoom(storage, "#next"), otherId + 1, "no conversation was left behind");
  });
});

Deno.test("append() refuses a room that does not exist, without harm to others", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    const [bad, good] = await Promise.allSettled([
      append(storage, makePost({ roomId: 99 }, "lost")),
      append(storage, makePost({ roomId }, "kept")),
    ]);
    assertEquals(bad.status, "rejected");
    assertEquals(good.status, "fulfilled");
  });
});

Deno.test("append() does not take a private conversation for a room", async () => {
  await withStorage(async (storage) => {
    await append(storage, makePost({ between: ["ann", "bob"] }, "psst"));
    await assertRejects(() => append(storage, makePost({ roomId: 1 }, "x")), RefusedError);
    const page = await storage.history({ ...nobody, roomIds: [1], limit: 10 });
    assertEquals(page.posts, []);
  });
});

Deno.test("append() refuses what cannot be stored", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    const bad = [
      makePost({ roomId }, "a\0b"),
      makePost({ roomId }, "x", { from: "\0" }),
      makePost({ roomId }, "x", { id: "" }),
      makePost({ roomId }, "x", { timeMs: 0.5 }),
      makePost({ roomId }, "x", { timeMs: 2 ** 53 }),
      makePost({ roomId }, "x".repeat(24 * 1024 + 1)),
    ];
    for (const post of bad) await assertRejects(() => append(storage, post), StorageError);
    assertEquals((await append(storage, makePost({ roomId }, "fine"))).sequence, 1);
  });
});

Deno.test("append() keeps any text exactly; lone surrogates become U+FFFD", async () => {
  await withStorage(async (storage) => {
    const roomId = await makeRoom(storage, "#lobby");
    const bodies = [
      "",
      "'; DROP TABLE posts; --",
      "ends in \\",
      "\u{1f600} ﷽ e\u0301",
      "\r\n\t\x1b[0m",
    ];
    for (const body of bodies) await append(storage, makePost({ roomId }, body));
    const lone = makePost({ roomId }, "a\ud800b");
    await append(storage, lone);
    assertEquals((await append(storage, lone)).repeated, true);
    const page = await storage.history({ ...nobody, roomIds: [roomId], limit: 10 });
    assertEquals(page.posts.map(({ body }) => body), [...bodies, "a\ufffdb"]);
  });
});

Deno.test("append() goes on with the order after a restart", async () => {
  await withFolder(async (folder) => {
    let roomId = 0;
    for (let round = 0; round < 3; round++) {
      const storage = await openStorage(folder);
      assertEquals(storage.opened.lastSequence, round * 10);
      if (round === 0) roomId = await makeRoom(storage, "#lobby");
      const appended = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          append(
            storage,
            makePost(
              index % 2 === 0 ? { roomId } : { between: ["ann", "bob"] },
              `${round} ${index}`,
            ),
          )),
      );
      assertEquals(
        appended.map(({ sequence }) => sequence),
        Array.from({ length: 10 }, (_, index) => round * 10 + index + 1),
      );
      assertEquals(await storage.verify(), []);
      await storage.close();
    }
  });
});

Deno.test("conversationPosition() grows for each conversation by itself, never goes back, and survives a restart", async () => {
  await withFolder(async (folder) => {
    const first = await openStorage(folder);
    for (const nameKey of ["ann", "bob"]) await createAccount(first, makeAccount(nameKey));
    assertEquals(await first.conversationPosition("ann", 1), null);
    await saveConversationPositions(first, [
      { nameKey: "ann", conversation: 1, sequence: 5 },
      { nameKey: "ann", conversation: 0, sequence: 9 },
      { nameKey: "bob", conversation: 1, sequence: 2 },
      { nameKey: "nobody", conversation: 1, sequence: 7 },
    ]);
    await saveConversationPositions(first, [{ nameKey: "ann", conversation: 1, sequence: 3 }]);
    await first.close();
    const second = await openStorage(folder);
    const all = [["ann", 1], ["ann", 0], ["ann", 2], ["bob", 1], ["nobody", 1]] as const;
    const found = [];
    for (const [nameKey, conversation] of all) {
      found.push(await second.conversationPosition(nameKey, conversation));
    }
    assertEquals(found, [5, 9, null, 2, null]);
    assertEquals(await second.readPosition("ann"), 0);
    assertEquals(await second.verify(), []);
    await second.close();
  });
});

Deno.test("readPosition() grows, never goes back, and survives a restart", async () => {
  await withFolder(async (folder) => {
    const first = await openStorage(folder);
    await createAccount(first, makeAccount("ann"));
    assertEquals(await first.readPosition("ann"), 0);
    assertEquals(await first.readPosition("nobody"), 0);
    await saveReadPositions(first, new Map([["ann", 5], ["nobody", 7]]));
    assertEquals(await first.readPosition("ann"), 5);
    await saveReadPositions(first, new Map([["ann", 3]]));
    assertEquals(await first.readPosition("ann"), 5);
    await first.close();
    const second = await openStorage(folder);
    assertEquals(await second.readPosition("ann"), 5);
    assertEquals(await second.readPosition("nobody"), 0);
    await saveReadPositions(second, new Map([["ann", 4]]));
    await second.close();
    const third = await openStorage(folder);
    assertEquals(await third.readPosition("ann"), 5);
    await third.close();
  });
});

Deno.test("keptSecret() makes a value once", async () => {
  await withFolder(async (folder) => {
    const first = await openStorage(folder);
    let made = 0;
    const make = () => new Uint8Array([++made, 0, 255]);
    const both = await Promise.all([
      keptSecret(first, "key", make),
      keptSecret(first, "key", make),
    ]);
    assertEquals(both[0], both[1]);
    await first.close();
    const second = await openStorage(folder);
    assertEquals(await keptSecret(second, "key", () => new Uint8Array([99])), both[0]);
    assertEquals(await keptSecret(second, "other", () => new Uint8Array(0)), new Uint8Array(0));
    await second.close();
  });
});

Deno.test("close() finishes what was appended, and may be called twice", async () => {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    const roomId = await makeRoom(storage, "#lobby");
    const appends = Array.from(
      { length: 1_500 },
      (_, index) => append(storage, makePost({ roomId }, `${index}`)),
    );
    await Promise.all([storage.close(), storage.close()]);
    assertEquals((await Promise.all(appends)).length, 1_500);
    const again = await openStorage(folder);
    assertEquals(again.opened.lastSequence, 1_500);
    await again.close();
  });
});

Deno.test("every call after close() is rejected", async () => {
  await withFolder(async (folder) => {
    const storage = await openStorage(folder);
    await storage.close();
    const calls: (() => Promise<unknown>)[] = [
      () => storage.findAccount("ann"),
      () => createAccount(storage, makeAccount("ann")),
      () => storage.countAccounts(),
      () => storage.readPosition("ann"),
      () => saveReadPositions(storage, new Map([["ann", 1]])),
      () => createRoom(storage, { name: "#a", nameKey: "#a", skeleton: "#a" }),
      () => setTopic(storage, 1, "x", topicSetting),
      () => addMember(storage, 1, "ann"),
      () => removeMember(storage, 1, "ann"),
      () => append(storage, makePost({ roomId: 1 }, "x")),
      () => storage.history({ ...nobody, roomIds: [], limit: 1 }),
      () => storage.search({ words: ["x"], roomIds: [], limit: 1 }),
      () => keptSecret(storage, "x", () => new Uint8Array(1)),
      () => storage.verify(),
    ];
    for (const call of calls) await assertRejects(call, StorageError, "closed");
  });
});

/** A worker that opens well and dies at the first commit: what it gives then cannot be sent. */
const dyingWorker = `
  import { serveCalls } from "${
  import.meta.resolve("../../../../server/storage/sqlite/workers/worker_calls.ts")
}";
  serveCalls({
    open: () => {},
    opened: () => ({ rooms: [], lastSequence: 0 }),
    apply: () => () => {},
  });`;

Deno.test("a worker that dies rejects what waits and all later calls, and tells it once", async () => {
  await withFolder(async (folder) => {
    const workerUrl = new URL(`data:text/javascript,${encodeURIComponent(dyingWorker)}`);
    const deaths: StorageError[] = [];
    const storage = await openStorage(folder, {
      workerUrl,
      onDeath: (error) => deaths.push(error),
    });
    const results = await Promise.allSettled([
      append(storage, makePost({ roomId: 1 }, "one")),
      append(storage, makePost({ roomId: 1 }, "two")),
    ]);
    for (const result of results) {
      assertEquals(result.status === "rejected" && result.reason instanceof StorageError, true);
    }
    await assertRejects(
      () => append(storage, makePost({ roomId: 1 }, "three")),
      StorageError,
      "has failed",
    );
    await assertRejects(() => storage.findAccount("ann"), StorageError, "has failed");
    assertEquals(deaths.map(({ reason }) => reason), ["failed"]);
    await storage.close();
  });
});
