/** A data folder that becomes a cluster, a single server again, and another cluster: with everything that was in it. */
import { assertEquals, assertLess } from "@std/assert";
import { openStorage } from "../../server/storage/sqlite/sqlite_storage.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { append } from "../fixtures/changes.ts";
import { digestOf } from "../fixtures/digest.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { NatsServers } from "../system/nats_servers.ts";
import { RealNode } from "./real/cluster.ts";
import { ServerProcess } from "./real/server.ts";
import { Door } from "./real/native.ts";
import { amount, isLong, note } from "./settings.ts";

/** A copy of the few has more than one piece, too. */
const posts = amount("STRESS_GROWN_POSTS", 8_000, 1_000_000);
/** So many are stored together. */
const together = 5_000;
/** A new server must be ready by then, also with a million posts. */
const readyMs = 60_000;

const test = testWanting("nats-server 2.15");

/** Fills a data folder as a single server would have. */
async function fill(directory: string): Promise<void> {
  await addAccountsTo(directory, ["ann", "bob"]);
  const server = await ServerProcess.start({ directory });
  assertEquals(await server.stop(), 0);
  const storage = await openStorage(directory);
  const { id: roomId } = storage.opened.rooms[0]!;
  for (let first = 0; first < posts; first += together) {
    await Promise.all(Array.from({ length: Math.min(together, posts - first) }, (_, at) => {
      const id = `old-${first + at}`;
      const body = `message ${first + at} of those that were here before`;
      const post = { from: "ann", to: "#lobby", id, timeMs: 1, kind: "text", body } as const;
      return append(storage, { destination: { roomId }, ...post });
    }));
  }
  await storage.close();
}

/** Signs in, posts once, and has everything read. */
async function visit(door: Door, id: string): Promise<void> {
  const link = await door.enter("ann");
  const { sequence } = await link.request("post", { room: "#lobby", postId: id, text: id });
  link.sendRead(sequence);
  // What is asked after it is answered after it.
  await link.request("who", {});
  link.close();
}

interface Content {
  readonly posts: number;
  readonly newest: string;
  readonly read: number;
}

function contentOf(node: Pick<RealNode, "read">): Content {
  return node.read((database) => {
    const number = (sql: string) => Number(database.prepare(sql).get()?.["number"]);
    const newest = database.prepare("SELECT id FROM posts ORDER BY sequence DESC LIMIT 1").get();
    return {
      posts: number("SELECT count(*) AS number FROM posts"),
      newest: String(newest?.["id"]),
      read: number("SELECT max(sequence) AS number FROM read_positions"),
    };
  });
}

/** Two servers of a new cluster: one with a data folder, and a new one. Gives how long the new one took. */
async function grow(first: RealNode, second: RealNode): Promise<number> {
  await first.start();
  await visit(await first.door(), `first-${second.directory.slice(-1)}`);
  await second.start();
  const { startMs } = second.process;
  await visit(await second.door(), `second-${second.directory.slice(-1)}`);
  assertEquals([await second.stop(), await first.stop()], [[], []]);
  // What the first one has stored at its end, the second one has not followed.
  await second.start();
  assertEquals(await second.stop(), []);
  assertEquals(second.read(digestOf), first.read(digestOf));
  return startMs;
}

test("a data folder grows into a cluster, shrinks back, and grows again, with its history, what was read and its fingerprint", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    const node = (name: string, cluster: string) =>
      new RealNode(`${folder}/${name}`, nats, { cluster, number: 0, isCuttable: false });
    await using nodes = new AsyncDisposableStack();
    const [a, b, again, c] = [
      node("a", "one"),
      node("b", "one"),
      // The same folder in another cluster.
      node("b", "two"),
      node("c", "two"),
    ];
    for (const one of [a, b, again, c]) nodes.defer(() => one.end());
    await fill(a.directory);
    const doors = [await Door.of({ port: 0, directory: a.directory })];
    const copiedMs = await grow(a, b);
    {
      await using alone = await ServerProcess.start({ directory: b.directory });
      doors.push(await Door.of(alone));
      await visit(doors.at(-1)!, "alone");
    }
    const shrunk = contentOf(b);
    assertEquals([shrunk.posts, shrunk.newest], [posts + 3, "alone"]);
    const againMs = await grow(again, c);
    doors.push(await c.door());
    const { read, posts: stored } = contentOf(c);
    assertEquals([stored, read], [posts + 5, posts + 5]);
    const fingerprints = new Set(doors.map(({ binding }) => binding.toHex()));
    assertEquals(fingerprints.size, 1);
    note(
      `growing: a new server with ${posts} messages was ready after ${copiedMs.toFixed(0)} and ${
        againMs.toFixed(0)
      } ms, and has the same`,
    );
    if (isLong) assertLess(Math.max(copiedMs, againMs), readyMs, "a new server, in milliseconds");
  });
});
