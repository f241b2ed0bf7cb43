import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { TextLineStream } from "@std/streams/text-line-stream";
import {
  openStorage,
  type SqliteStorage,
} from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { randomIntegers, withFolder } from "./storage_fixture.ts";

const rounds = 5;

/** Lets a process append, and kills it without warning after so many acknowledgements. */
async function appendAndKill(folder: string, prefix: string, kills: number): Promise<string[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./crash_child.ts", import.meta.url).pathname, folder, prefix],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const acknowledged: string[] = [];
  for await (const line of lines) {
    // What comes after the kill was acknowledged before it. A last line that was cut off was not.
    if (/^\d+ r\d+-\d+$/.test(line)) acknowledged.push(line);
    if (acknowledged.length === kills) child.kill("SIGKILL");
  }
  await child.status;
  return acknowledged;
}

async function storedLines(storage: SqliteStorage): Promise<string[]> {
  const lines: string[] = [];
  const roomIds = storage.opened.rooms.map(({ id }) => id);
  for (let after = 0, more = true; more;) {
    const page = await storage.history({
      reader: "ann",
      roomIds,
      privateWith: "all",
      after,
      limit: 100,
    });
    lines.push(...page.posts.map(({ sequence, id }) => `${sequence} ${id}`));
    after = page.posts.at(-1)?.sequence ?? after;
    more = page.more;
  }
  return lines;
}

Deno.test("a process that is killed loses and doubles nothing that was acknowledged", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  const random = randomIntegers(seed | 1);
  await withFolder(async (folder) => {
    const acknowledged: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const kills = 1 + random(2_000);
      acknowledged.push(...await appendAndKill(folder, `r${round}`, kills));
      const storage = await openStorage(folder);
      const stored = await storedLines(storage);
      assertEquals(new Set(acknowledged).difference(new Set(stored)), new Set(), `seed ${seed}`);
      const ids = stored.map((line) => line.split(" ")[1]);
      assertEquals(new Set(ids).size, ids.length, `seed ${seed}`);
      assertEquals(storage.opened.lastSequence, stored.length, `seed ${seed}`);
      assertEquals(await storage.verify(), [], `seed ${seed}`);
      await storage.close();
    }
    assertGreaterOrEqual(acknowledged.length, rounds);
  });
});
