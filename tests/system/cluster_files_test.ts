import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { withFolder } from "../fixtures/folders.ts";
import { someBytes } from "../fixtures/memory_files.ts";
import { testWanting } from "../needs.ts";
import { type ClusterNode, startClusterNode } from "./cluster_node.ts";
import { NatsServers } from "./nats_servers.ts";
import { patienceMs, type Program, startClientProgram } from "./processes.ts";

const test = testWanting("nats-server 2.15");

/** The names of the files that a server holds whole. */
async function heldBy(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(`${folder}/files`), ({ name }) => name);
  return names.filter((name) => !name.endsWith(".part"));
}

/** Waits until servers hold so many files. What they do by themselves is told to nobody. */
async function untilHeld(folders: readonly string[], count: number): Promise<void> {
  const isSo = async () =>
    (await Promise.all(folders.map(heldBy))).every(({ length }) => length === count);
  await deadline(
    (async () => {
      while (!await isSo()) await delay(50);
    })(),
    patienceMs,
  );
}

/** Waits until there is a file of so many bytes in a folder. */
async function untilSome(folder: string, bytes: number): Promise<void> {
  const sizeOf = (name: string) => Deno.stat(`${folder}/${name}`).then(({ size }) => size, () => 0);
  const isSo = async () => {
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    return (await Promise.all(names.map(sizeOf))).some((size) => size >= bytes);
  };
  await deadline(
    (async () => {
      while (!await isSo()) await delay(1);
    })(),
    patienceMs,
  );
}

/** Somebody at a server, with an account. */
async function join(node: ClusterNode, name: string, folder: string): Promise<Program> {
  const client = startClientProgram(node.server.port, name, { directory: `${folder}/${name}` });
  await client.line("Your account has been successfully created!");
  return client;
}

/** Fetches the newest file. @return Its bytes. */
async function fetched(client: Program, folder: string): Promise<Uint8Array> {
  await client.type(`GET "${folder}"`);
  const line = await client.line(/^File saved: /);
  return await Deno.readFile(line.slice("File saved: ".length));
}

test("what is sent on one server of a cluster is fetched from another one, also when the first is dead, and is gone from all when it is taken back", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    const bytes = someBytes(3_000_000);
    await Deno.writeFile(`${folder}/roses.jpg`, bytes);
    const [a, b, c] = ["a", "b", "c"].map((name) => `${folder}/${name}`) as [
      string,
      string,
      string,
    ];
    await using first = await startClusterNode(a, nats.urls);
    await using _second = await startClusterNode(b, nats.urls);
    await using third = await startClusterNode(c, nats.urls);
    await using jack = await join(first, "jack", folder);
    await using jill = await join(third, "jill", folder);
    await jack.type(`SEND ${folder}/roses.jpg`);
    await jack.line("File sent to #lobby.");
    const held = (await Promise.all([a, b, c].map(heldBy))).flat();
    assert(held.length >= 2, "two servers hold what counts as sent");
    await first.kill();
    await jill.line("**** Incoming public message from jack ****: * jack sent a file: roses.jpg");
    assertEquals(await fetched(jill, folder), bytes);
    await untilHeld([b, c], 1);
    await jack.line("**** Moved to ");
    await jack.type("DELETE");
    await untilHeld([b, c], 0);
    await using _again = await startClusterNode(a, nats.urls, { port: first.server.port });
    await untilHeld([a], 0);
  });
});

test("a server that was away gives what it has missed at once, and holds it then; a new one gets all files of a folder that became a cluster", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    const bytes = someBytes(2_000_000, 7);
    await Deno.writeFile(`${folder}/tulips.jpg`, bytes);
    const [a, b] = [`${folder}/a`, `${folder}/b`];
    {
      await using alone = await startClusterNode(a, nats.urls);
      await using jack = await join(alone, "jack", folder);
      await jack.type(`SEND ${folder}/tulips.jpg`);
      // Where only one server runs, it is enough.
      await jack.line("File sent to #lobby.");
    }
    await using first = await startClusterNode(a, nats.urls);
    await using second = await startClusterNode(b, nats.urls);
    await untilHeld([b], 1);
    await first.stop();
    await using jill = await join(second, "jill", folder);
    await jill.type("CH");
    await jill.line("tulips.jpg");
    assertEquals(await fetched(jill, folder), bytes);
  });
});

test("a file whose server dies while it is sent is sent to the next one, and whoever fetches it goes on where another server dies", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    const bytes = someBytes(40_000_000, 11);
    await Deno.writeFile(`${folder}/film.mp4`, bytes);
    const [a, b, c] = ["a", "b", "c"].map((name) => `${folder}/${name}`) as [
      string,
      string,
      string,
    ];
    await using first = await startClusterNode(a, nats.urls);
    await using second = await startClusterNode(b, nats.urls);
    await using _third = await startClusterNode(c, nats.urls);
    await using jack = await join(first, "jack", folder);
    await using jill = await join(second, "jill", folder);
    await jack.type(`SEND ${folder}/film.mp4`);
    await untilSome(`${a}/files`, 4_000_000);
    await first.kill();
    await jack.line("**** Moved to ");
    await jack.line("File sent to #lobby.");
    await jill.line("jack sent a file: film.mp4");
    await Deno.mkdir(`${folder}/saved`);
    await jill.type(`GET "${folder}/saved"`);
    await untilSome(`${folder}/saved`, 1);
    await second.kill();
    await jill.line(/^File saved: /);
    assertEquals(await Deno.readFile(`${folder}/saved/film.mp4`), bytes);
  });
});
