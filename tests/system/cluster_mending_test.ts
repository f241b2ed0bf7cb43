/** What makes a server of a cluster stop, what it says then, and that this mends it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { DatabaseSync } from "node:sqlite";
import { databaseFileName } from "../../server/storage/sqlite/file/data_folder.ts";
import { digestOf } from "../fixtures/digest.ts";
import { withFolder } from "../fixtures/folders.ts";
import type { Peer } from "../fixtures/peer.ts";
import { testWanting } from "../needs.ts";
import { type ClusterNode, registerAt, startClusterNode } from "./cluster_node.ts";
import { NatsServers } from "./nats_servers.ts";
import { Program } from "./processes.ts";

const test = testWanting("nats-server 2.15");

async function post(peer: Peer, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    const reply = await peer.ask("post", { room: "#lobby", postId: id, text: id });
    assertEquals(reply["error"], undefined, JSON.stringify(reply));
  }
}

function withDatabase<T>(folder: string, action: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(`${folder}/${databaseFileName}`);
  try {
    return action(database);
  } finally {
    database.close();
  }
}

const digestIn = (folder: string) => withDatabase(folder, digestOf);
const postsIn = (folder: string) =>
  withDatabase(
    folder,
    (database) =>
      database.prepare("SELECT id FROM posts ORDER BY sequence").all().map(({ id }) => String(id)),
  );

/** Runs the program until it ends by itself; what it has said on standard error. */
async function endOf(args: readonly string[], status: number): Promise<string> {
  await using program = new Program(args);
  assertEquals(await program.status(), status, program.transcript());
  return [...program.lines, ...program.errors].join("\n");
}

const rebuild = (
  folder: string,
  { urls }: NatsServers,
) => ["server", "--cluster", urls, "--data", folder, "--rebuild"];
const start = (
  folder: string,
  { urls }: NatsServers,
  ...args: string[]
) => ["server", "0", "--host", "127.0.0.1", "--cluster", urls, "--data", folder, ...args];

/** The program stops by itself; what it has said last. */
async function stopped({ server: { program } }: ClusterNode): Promise<string> {
  assertEquals(await program.status(), 1, program.transcript());
  return program.errors.at(-1) ?? "";
}

test("a server that meets a flipped bit in its database stops, and --rebuild makes it anew from another one, and keeps the old", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    await using first = await startClusterNode(`${folder}/a`, nats.urls, {
      args: ["--cluster-monitor", nats.monitors],
    });
    await first.server.program.errorLine("NATS server n1 (2.15.1) syncs before it acknowledges.");
    await using second = await startClusterNode(`${folder}/b`, nats.urls);
    await second.server.program.errorLine(
      "name all of them here, like --cluster-monitor http://127",
    );
    await registerAt(first, "ann");
    using ann = await first.wire.member("ann");
    await post(ann, "one", "two");
    await second.stop();
    withDatabase(second.folder, (database) => {
      database.exec("UPDATE posts SET body = 'twp' WHERE id = 'two'");
    });
    await using damaged = await startClusterNode(second.folder, nats.urls);
    using reader = await damaged.wire.member("ann");
    await reader.ask("history", { room: "#lobby", limit: 10 });
    const mend = "start this one with --rebuild, then as usual.";
    assertStringIncludes(await stopped(damaged), mend);
    await post(ann, "three");
    const done = await endOf(rebuild(second.folder, nats), 0);
    assertStringIncludes(done, "The database was made anew, with everything up to message");
    await using again = await startClusterNode(second.folder, nats.urls);
    using mended = await again.wire.member("ann");
    const { posts } = await mended.ask("history", { room: "#lobby", limit: 10 }) as {
      posts?: { id: string }[];
    };
    assertEquals(posts?.map(({ id }) => id), ["one", "two", "three"]);
    await again.stop();
    await first.stop();
    assertEquals(postsIn(second.folder), ["one", "two", "three"]);
    const [aside] = [...Deno.readDirSync(second.folder)]
      .filter(({ name }) => name.startsWith("before-rebuild-"));
    assertEquals(postsIn(`${second.folder}/${aside!.name}`), ["one", "two"]);
  });
});

test("a log that was restored from an old backup is not followed, and a new cluster grows from a server that has everything", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    const node = await startClusterNode(`${folder}/a`, nats.urls);
    await registerAt(node, "ann");
    const ann = await node.wire.member("ann");
    await post(ann, "one");
    await nats.end(0, "SIGTERM");
    await copyFolder(nats.storeOf(0), `${folder}/backup`);
    await nats.revive(0);
    await post(ann, "two");
    ann[Symbol.dispose]();
    await node.stop();
    await nats.end(0, "SIGTERM");
    await Deno.remove(nats.storeOf(0), { recursive: true });
    await Deno.rename(`${folder}/backup`, nats.storeOf(0));
    await nats.revive(0);
    const said = await endOf(start(node.folder, nats), 1);
    assertStringIncludes(said, "it was restored from an old backup");
    assertStringIncludes(
      said,
      "start one server without --cluster, and grow a new cluster from its data folder.",
    );
    // As it says.
    await using alone = new Program([
      "server",
      "0",
      "--host",
      "127.0.0.1",
      "--data",
      node.folder,
    ]);
    await alone.line("is ready");
    alone.signal("SIGTERM");
    assertEquals(await alone.status(), 0);
    await using grown = await startClusterNode(node.folder, nats.urls, {
      args: ["--cluster-name", "new"],
    });
    using again = await grown.wire.member("ann");
    await post(again, "three");
    await grown.stop();
    assertEquals(postsIn(node.folder), ["one", "two", "three"]);
  });
});

test("a data folder of another cluster, a command of a newer program, and a rebuild that cannot be done change nothing, and say what to do", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    await using node = await startClusterNode(`${folder}/a`, nats.urls);
    await registerAt(node, "ann");
    using ann = await node.wire.member("ann");
    await post(ann, "one");
    {
      // Another cluster, on the same NATS servers.
      await using other = await startClusterNode(`${folder}/other`, nats.urls, {
        args: ["--cluster-name", "other"],
      });
      await registerAt(other, "bob");
      await other.stop();
    }
    const foreign = await endOf(start(`${folder}/other`, nats), 1);
    assertStringIncludes(foreign, "This data folder belongs to another cluster.");
    const before = digestIn(`${folder}/other`);
    const nothing = await endOf(rebuild(`${folder}/empty`, nats), 1);
    assertStringIncludes(nothing, "There is no database");
    assertEquals(digestIn(`${folder}/other`), before);

    // A newer program has put something into the log.
    await using connection = await connectedTo(nats);
    const batch = {
      v: 1,
      node: "new",
      run: "newer",
      n: 1,
      commands: [{ type: "wish", version: 1 }],
    };
    await jetstream(connection).publish("chat.log", JSON.stringify(batch), { msgID: "newer.1" });
    const older =
      'This program is older than the log: it does not know the command "wish", version 1. Install the newer program.';
    assertStringIncludes(await stopped(node), older);
    assertStringIncludes(await endOf(start(node.folder, nats), 1), older);
    // Neither does it know it when it begins anew: then all is as it was.
    const kept = digestIn(node.folder);
    assertStringIncludes(await endOf(rebuild(node.folder, nats), 1), older);
    assertEquals(digestIn(node.folder), kept);
  });
});

test("where the log has forgotten what a server is missing, the server begins with a copy of another one's", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    await using first = await startClusterNode(`${folder}/a`, nats.urls);
    await registerAt(first, "ann");
    using ann = await first.wire.member("ann");
    {
      await using away = await startClusterNode(`${folder}/b`, nats.urls);
      await post(ann, "one");
      await away.stop();
    }
    await post(ann, "two", "three");
    await forgetAll(nats);
    await post(ann, "four");
    const ids = ["one", "two", "three", "four"];
    for (const name of ["b", "new"]) {
      await using node = await startClusterNode(`${folder}/${name}`, nats.urls);
      await node.server.program.errorLine("Fetching a copy of everything from another server.");
      using reader = await node.wire.member("ann");
      const { posts } = await reader.ask("history", { room: "#lobby", limit: 10 }) as {
        posts?: { id: string }[];
      };
      assertEquals(posts?.map(({ id }) => id), ids, name);
      await post(ann, `to-${name}`);
      ids.push(`to-${name}`);
      await node.stop();
    }
  });
});

/** Everything in the log becomes too old. */
async function forgetAll(nats: NatsServers): Promise<void> {
  await using connection = await connectedTo(nats);
  const { streams } = await jetstreamManager(connection);
  const { config: { max_age, duplicate_window } } = await streams.info("CHAT");
  const secondNs = 1e9;
  await streams.update("CHAT", { max_age: secondNs, duplicate_window: secondNs });
  while ((await streams.info("CHAT")).state.messages > 0);
  await streams.update("CHAT", { max_age, duplicate_window });
}

async function connectedTo({ ports }: NatsServers) {
  const connection = await connect({ servers: `127.0.0.1:${ports[0]}` });
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
