import { assertEquals } from "@std/assert";
import type { DatabaseSync } from "node:sqlite";
import { Applier, type Result } from "../../server/storage/sqlite/workers/applier.ts";
import type { Command } from "../../server/storage/commands.ts";
import { openForWriting } from "../../server/storage/sqlite/file/database.ts";
import { HistoryReader } from "../../server/storage/sqlite/posts/history_reader.ts";
import { SearchReader } from "../../server/storage/sqlite/posts/search_reader.ts";
import { UnenteredPosts } from "../../server/storage/sqlite/posts/unentered_posts.ts";
import { readRooms } from "../../server/storage/sqlite/tables/room_tables.ts";
import { verifyDatabase } from "../../server/storage/sqlite/workers/verification.ts";
import { digestOf } from "../fixtures/digest.ts";
import { randomCommands } from "../fixtures/random_commands.ts";
import { Random } from "./random.ts";
import { amount, firstSeed, isReplay, note } from "./settings.ts";

const histories = isReplay ? 1 : amount("STRESS_HISTORIES", 200, 20_000);

/** What came of a history: what each command got, and what the database holds afterwards. */
interface Applied {
  readonly results: readonly Result[];
  readonly digest: Record<string, string>;
  readonly found: readonly unknown[];
  readonly problems: readonly string[];
}

/** Applies a history in batches that end where `ends` says so; what the writer remembers goes where `restarts` says so. */
function apply(
  commands: readonly Command[],
  { ends, restarts }: { ends: () => boolean; restarts: () => boolean },
): Applied {
  using database = openForWriting(":memory:");
  let applier = new Applier(database, ":memory:");
  const results: Result[] = [];
  let batch: Command[] = [];
  const commit = () => {
    results.push(...applier.apply(batch));
    batch = [];
    if (restarts()) applier = new Applier(database, ":memory:");
  };
  for (const command of commands) {
    batch.push(command);
    if (ends()) commit();
  }
  commit();
  const problems = verifyDatabase(database, ":memory:");
  return { results, digest: digestOf(database), found: readAll(database), problems };
}

/** The newest posts that words find, and that people read: by indexes that are filled now and then. */
function readAll(database: DatabaseSync): unknown[] {
  new UnenteredPosts(database).update();
  const roomIds = readRooms(database).map(({ id }) => id);
  const search = new SearchReader(database);
  const history = new HistoryReader(database);
  const newest = { roomIds, limit: 100 };
  return [
    ...["r", "tea", "uber", "fine"].map((word) => search.search({ words: [word], ...newest })),
    ...["ann", "bob", "cid", "eve"].map((reader) =>
      history.history({ reader, privateWith: "all", ...newest })
    ),
  ];
}

Deno.test("the same commands make the same database, however they share transactions, and through restarts", () => {
  const first = firstSeed();
  let commandsDone = 0;
  let refused = 0;
  let repeated = 0;
  for (let seed = first; seed < first + histories; seed++) {
    const random = new Random(seed);
    // Now and then one that fills the indexes of words and of conversations several times.
    const count = random.chance(0.01) ? 4_000 : 20 + random.below(60);
    const commands = randomCommands(random, count);
    const alone = apply(commands, { ends: () => true, restarts: () => false });
    const together = apply(commands, { ends: () => false, restarts: () => false });
    const torn = apply(commands, {
      ends: () => random.chance(0.3),
      restarts: () => random.chance(0.3),
    });
    const again = `Again: STRESS_SEED=${seed} deno test -A tests/stress/digest_test.ts`;
    assertEquals(alone.problems, [], again);
    assertEquals(together, alone, again);
    assertEquals(torn, alone, again);
    commandsDone += commands.length;
    for (const result of alone.results) {
      if ("error" in result || result.refused !== null) refused++;
      else if (result.repeated) repeated++;
    }
  }
  note(
    `${histories} histories of ${commandsDone} commands (${refused} refused, ${repeated} repeated), each applied in three ways: ` +
      `equal digests. First seed ${first}.`,
  );
});
