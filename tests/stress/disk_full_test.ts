import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { ChatError } from "../../protocol/wire/errors.ts";
import { newPostId } from "../../protocol/wire/post_id.ts";
import type { Link } from "../../client/core/link/link.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { Door } from "./real/native.ts";
import { ServerProcess } from "./real/server.ts";
import { note } from "./settings.ts";

const test = testWanting("root");

const recoveryMs = 5_000;

async function command(name: string, ...args: string[]): Promise<string | null> {
  const { success, stderr } = await new Deno.Command(name, { args, stdout: "null" }).output();
  return success ? null : new TextDecoder().decode(stderr).trim();
}

/** Gives a test a small disk of its own. */
async function withSmallDisk(megabytes: number, test: (disk: string) => Promise<void>) {
  await withFolder(async (disk) => {
    const options = `size=${megabytes}m,mode=700,uid=${Deno.uid()}`;
    const problem = await command("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk);
    assertEquals(problem, null);
    try {
      await test(disk);
    } finally {
      assertEquals(await command("umount", disk), null);
    }
  });
}

async function post(link: Link, text: string): Promise<string> {
  const postId = newPostId(Date.now());
  await link.request("post", { room: "#lobby", postId, text });
  return postId;
}

async function codeOf(attempt: Promise<unknown>): Promise<string | null> {
  try {
    await attempt;
    return null;
  } catch (error) {
    if (error instanceof ChatError) return error.code;
    throw error;
  }
}

async function idsRead(link: Link): Promise<string[]> {
  const ids: string[] = [];
  for (let after = 0, more = true; more;) {
    const page = await link.request("history", { room: "#lobby", after, limit: 100 });
    ids.push(...page.posts.map(({ id }) => id));
    after = page.posts.at(-1)?.sequence ?? after;
    more = page.more;
  }
  return ids;
}

/** Fills what is left of the disk, but for some bytes, with a file beside the database. */
function fill(disk: string, spareBytes: number): string {
  const path = `${disk}/ballast`;
  using file = Deno.openSync(path, { create: true, write: true });
  try {
    for (;;) file.writeSync(new Uint8Array(4_096));
  } catch {
    file.truncateSync(file.statSync().size - spareBytes);
    return path;
  }
}

test("a full disk is told to the sender, reading goes on, and posts are taken again when there is space", async () => {
  await withSmallDisk(16, async (disk) => {
    const directory = `${disk}/data`;
    await addAccountsTo(directory, ["ann", "bob"]);
    await using server = await ServerProcess.start({ directory });
    const door = await Door.of(server);
    const shown: string[] = [];
    const bob = await door.enter("bob", (event) => {
      if (event.event === "post") shown.push(event.content.post.id);
    });
    const ann = await door.enter("ann");
    const stored = [await post(ann, "before")];
    const rounds: string[] = [];
    for (let round = 0; round < 3; round++) {
      const ballast = fill(disk, 1024 * 1024);
      let code: string | null = null;
      for (let tries = 0; code === null && tries < 5_000; tries++) {
        const postId = newPostId(Date.now());
        const request = { room: "#lobby", postId, text: `${tries} ${"x".repeat(2_000)}` };
        code = await codeOf(ann.request("post", request));
        if (code === null) stored.push(postId);
      }
      assertEquals(code, "storage_failed");
      // What the store gave back when it undid the failed commit is taken too.
      fill(disk, 0);
      assertEquals(await codeOf(post(ann, "while it is full ".repeat(200))), "storage_failed");
      assertEquals(await idsRead(bob), stored);
      await Deno.remove(ballast);
      const freedMs = performance.now();
      let id: string | null = null;
      while (id === null) {
        id = await post(ann, "after").catch(() => null);
        assertLess(performance.now() - freedMs, recoveryMs, "It does not recover.");
      }
      stored.push(id);
      rounds.push(`${(performance.now() - freedMs).toFixed(0)} ms`);
      assertEquals(await idsRead(bob), stored);
    }
    assertEquals(shown, stored, "shown is what was stored, and nothing that was refused");
    assertGreater(stored.length, 3);
    ann.close();
    bob.close();
    assertEquals(await server.stop(), 0);
    const again = await ServerProcess.start({ directory });
    const reader = await (await Door.of(again)).enter("ann");
    assertEquals(await idsRead(reader), stored, "the same after a restart");
    reader.close();
    assertEquals(await again.stop(), 0);
    assert(server.log.every((line) => !line.includes("Uncaught")), server.log.join("\n"));
    note(
      `disk full: ${stored.length} posts kept in 3 rounds; taken again after ${rounds.join(", ")}`,
    );
  });
});
