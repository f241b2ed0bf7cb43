import { assertEquals, assertNotEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { decodeCommand } from "../../../../server/storage/command_text.ts";
import type { Command } from "../../../../server/storage/commands.ts";
import {
  openStorage,
  type SqliteStorage,
} from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { digestOf } from "../../../fixtures/digest.ts";
import { randomCommands } from "../../../fixtures/random_commands.ts";
import { Random } from "../../../stress/random.ts";
import { databasePath, withFolder } from "./storage_fixture.ts";

const recorded = new URL("./recorded/", import.meta.url);

/** A history of 372 commands, 86 of them refused. */
async function recordedCommands(): Promise<Command[]> {
  const text = await Deno.readTextFile(new URL("history.jsonl", recorded));
  return text.trim().split("\n").map((line) => decodeCommand(new TextEncoder().encode(line)));
}

/** The database that the program of version 6 had made when it had carried out that history. */
async function unpackVersion6(folder: string): Promise<void> {
  using file = await Deno.open(new URL("version_6.sqlite.gz", recorded));
  const unpacked = file.readable.pipeThrough(new DecompressionStream("gzip"));
  await Deno.writeFile(databasePath(folder), unpacked, { mode: 0o600 });
}

/** Submits a history in bursts; each burst is waited for, as by people who come and go. */
async function submit(
  storage: SqliteStorage,
  commands: readonly Command[],
  random: Random,
): Promise<void> {
  for (let at = 0; at < commands.length;) {
    const burst = commands.slice(at, at += 1 + random.below(40));
    await Promise.all(burst.map((command) => storage.submit(command)));
  }
}

function digestIn(folder: string): Record<string, string> {
  using database = new DatabaseSync(databasePath(folder), { readOnly: true });
  return digestOf(database);
}

Deno.test("a folder of the version before holds the same, once it is migrated, as one to which its history is applied", async () => {
  const commands = await recordedCommands();
  const later = randomCommands(new Random(7), 300);
  await withFolder(async (old) => {
    await withFolder(async (fresh) => {
      await unpackVersion6(old);
      const digests: Record<string, string>[] = [];
      for (const [folder, history] of [[old, []], [fresh, commands]] as const) {
        const random = new Random(digests.length + 1);
        const first = await openStorage(folder);
        await submit(first, history, random);
        assertEquals(await first.verify(), []);
        await first.close();
        digests.push(digestIn(folder));
        const second = await openStorage(folder);
        await submit(second, later, random);
        assertEquals(await second.verify(), []);
        await second.close();
        digests.push(digestIn(folder));
      }
      const [migrated, migratedLater, applied, appliedLater] = digests;
      assertEquals(applied, migrated);
      assertEquals(appliedLater, migratedLater);
      assertNotEquals(appliedLater, applied);
    });
  });
});
