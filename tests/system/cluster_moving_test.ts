import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { passwordOfEveryone } from "../fixtures/accounts.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { amount, isLong, note } from "../stress/settings.ts";
import { type ClusterNode, registerAt, startClusterNode } from "./cluster_node.ts";
import { assertAllShown, MovingPerson, percentile } from "./moving_people.ts";
import { NatsServers } from "./nats_servers.ts";
import { patienceMs, startClientProgram } from "./processes.ts";

const test = testWanting("nats-server 2.15");

/** People, and how often the servers end under them. */
const peopleCount = amount("CHAT_MOVING_PEOPLE", 9, 100);
const rounds = amount("CHAT_MOVING_ROUNDS", 1, 20);

/** How often each of them posts: all of them together 100 times a second. */
const intervalMs = peopleCount * 10;

/** What is promised of a server that dies, and of one that is stopped; the second only where nothing else runs beside. */
const backMsMax = 3_000;
const pauseMsMax = isLong ? 1_000 : 3_000;

/** Three servers with people on all of them, who know of each other. */
class Cluster implements AsyncDisposable {
  readonly nodes: ClusterNode[] = [];
  readonly people: MovingPerson[] = [];

  private constructor(readonly nats: NatsServers) {}

  static async start(folder: string): Promise<Cluster> {
    const cluster = new Cluster(await NatsServers.start(folder));
    for (const name of ["a", "b", "c"]) {
      cluster.nodes.push(await startClusterNode(`${folder}/${name}`, cluster.nats.urls));
    }
    const names = Array.from({ length: peopleCount }, (_, at) => `person${at}`);
    await registerAt(cluster.nodes[0]!, ...names);
    const clients = `${folder}/clients`;
    await Deno.mkdir(clients, { mode: 0o700 });
    for (const [at, name] of names.entries()) {
      cluster.people.push(await MovingPerson.join(name, cluster.nodes[at % 3]!, clients));
    }
    return cluster;
  }

  /** Those who are on a server now. */
  on({ address }: ClusterNode): MovingPerson[] {
    return this.people.filter(({ server }) => server === address);
  }

  /** Everyone knows of another server to go to. */
  async allKnowOthers(): Promise<void> {
    // Addresses come without an event that people are told.
    while (this.people.some(({ server }) => server === null)) {
      await Promise.all(this.people.map(({ client }) => client.ping()));
    }
  }

  /** Starts a server again, on its port. */
  async revive(node: ClusterNode): Promise<void> {
    const { folder, server: { port } } = node;
    this.nodes[this.nodes.indexOf(node)] = await startClusterNode(folder, this.nats.urls, {
      port,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.people.map(({ client }) => client.close(0)));
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
    await this.nats[Symbol.asyncDispose]();
  }
}

/** Ends one server after the other under people who post, and gives for how long those who sat there were away. */
async function endInTurn(
  cluster: Cluster,
  end: (node: ClusterNode) => Promise<void>,
): Promise<number[]> {
  const awayMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const node = cluster.nodes[round % 3]!;
    const moving = cluster.on(node);
    const before = moving.map(({ movedTo }) => movedTo.length);
    const endedMs = performance.now();
    const ending = end(node);
    await deadline(
      Promise.all(moving.map((one, at) => one.until(() => one.movedTo.length > before[at]!))),
      patienceMs,
    );
    awayMs.push(...moving.map((one, at) => one.movedAtMs[before[at]!]! - endedMs));
    await ending;
    await cluster.revive(node);
  }
  return awayMs;
}

test("people whose server is killed are back on another one within three seconds; nothing is asked, lost or shown twice, and the order is one", async () => {
  await withFolder(async (folder) => {
    await using cluster = await Cluster.start(folder);
    await deadline(cluster.allKnowOthers(), patienceMs);
    for (const person of cluster.people) person.post(intervalMs);
    const awayMs = await endInTurn(cluster, (node) => node.kill());
    await deadline(Promise.all(cluster.people.map((person) => person.rest())), patienceMs);
    await deadline(assertAllShown(cluster.people), patienceMs);
    const posts = cluster.people.flatMap(({ acknowledged }) => acknowledged).length;
    note(
      `${awayMs.length} people of ${rounds} killed servers were away for ${
        Math.round(percentile(awayMs, 50))
      } ms (p50), ${
        Math.round(percentile(awayMs, 99))
      } ms (p99); ${posts} posts, none lost or doubled`,
    );
    assert(awayMs.length > 0 && percentile(awayMs, 99) <= backMsMax, String(awayMs));
    // The others have not seen them go, either.
    assertEquals(cluster.people.flatMap(({ gone }) => gone), []);
  });
});

test("nobody notices when servers are stopped one after the other: posts go on", async () => {
  await withFolder(async (folder) => {
    await using cluster = await Cluster.start(folder);
    await deadline(cluster.allKnowOthers(), patienceMs);
    for (const person of cluster.people) person.post(intervalMs);
    const awayMs = await endInTurn(cluster, (node) => node.stop());
    await deadline(Promise.all(cluster.people.map((person) => person.rest())), patienceMs);
    await deadline(assertAllShown(cluster.people), patienceMs);
    const postMs = cluster.people.flatMap((person) => person.postMs);
    note(
      `${awayMs.length} people of ${rounds} stopped servers were on another one after ${
        Math.round(percentile(awayMs, 50))
      } ms (p50), ${
        Math.round(percentile(awayMs, 99))
      } ms (p99); of ${postMs.length} posts the slowest took ${
        Math.round(Math.max(...postMs))
      } ms (p99 ${Math.round(percentile(postMs, 99))} ms)`,
    );
    assert(awayMs.length > 0);
    assertEquals(cluster.people.flatMap(({ gone }) => gone), []);
    assertEquals(postMs.filter((ms) => ms > pauseMsMax), []);
  });
});

test("the program says in one line where it goes on, also if its server is frozen, and comes in by another one if the given one is away", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    await using first = await startClusterNode(`${folder}/a`, nats.urls);
    await using second = await startClusterNode(`${folder}/b`, nats.urls);
    await using third = await startClusterNode(`${folder}/c`, nats.urls);
    await registerAt(first, "ann");
    const start = () => {
      const options = { directory: `${folder}/client`, password: passwordOfEveryone };
      return startClientProgram(first.server.port, "ann", options);
    };
    await using program = start();
    await program.line(/^Welcome, ann/);
    await program.type("BM one");
    await program.line("Public message sent.");
    await first.kill();
    const moved = await program.line(/^\*\*\*\* .* \*\*\*\*$/);
    const [, address] = /^\*\*\*\* Moved to (127\.0\.0\.1:\d+)\. \*\*\*\*$/.exec(moved) ?? [];
    const [now, last] = address === second.address ? [second, third] : [third, second];
    assertEquals(address, now.address);
    await program.type("BM two");
    await program.line("Public message sent.");
    // A second one comes in, as the first one did, although that server is not there.
    await using another = start();
    await another.line(/^127\.0\.0\.1:\d+ cannot be reached\. Moved to 127\.0\.0\.1:\d+\.$/);
    await another.line(/^Welcome, ann/);
    await another.type("EX");
    assertEquals(await another.status(), 0, another.transcript());
    const frozenMs = performance.now();
    now.server.program.signal("SIGSTOP");
    assertEquals(
      await program.line(/^\*\*\*\* .* \*\*\*\*$/),
      `**** Moved to ${last.address}. ****`,
    );
    const awayMs = performance.now() - frozenMs;
    note(`the client of a frozen server was away for ${Math.round(awayMs)} ms`);
    if (isLong) assert(awayMs <= backMsMax, String(awayMs));
    await program.type("CH", "EX");
    assertEquals(await program.status(), 0, program.transcript());
    const told = program.lines.filter((line) => / (one|two)$/.test(line));
    assertEquals(told.length, 2, program.transcript());
  });
});
