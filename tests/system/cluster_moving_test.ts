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

/** What is promised of a server that dies, and of one that is stopped: judged where nothing else runs beside. */
const backMsMax = 3_000;
const pauseMsMax = 1_000;

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

  /** The server with the most people: nobody is brought back to one that runs again. */
  get mostVisited(): ClusterNode {
    return this.nodes.toSorted((one, other) => this.on(other).length - this.on(one).length)[0]!;
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

/** Ends the server with the most people again and again under people who post, and gives for how long those who sat there were away. */
async function endAgainAndAgain(
  cluster: Cluster,
  end: (node: ClusterNode) => Promise<void>,
): Promise<number[]> {
  const awayMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const node = cluster.mostVisited;
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

/** What comes of {@linkcode endAgainAndAgain} while everyone posts, and is shown all of it once, in one order. */
async function endUnderPosts(
  cluster: Cluster,
  end: (node: ClusterNode) => Promise<void>,
): Promise<{ readonly awayMs: readonly number[]; readonly postMs: readonly number[] }> {
  const { people } = cluster;
  await deadline(cluster.allKnowOthers(), patienceMs);
  const before = people.map(({ postMs }) => postMs.length);
  for (const person of people) person.post(intervalMs);
  const awayMs = await endAgainAndAgain(cluster, end);
  await deadline(Promise.all(people.map((person) => person.rest())), patienceMs);
  await deadline(assertAllShown(people), patienceMs);
  // The others have not seen them go, either.
  assertEquals(people.flatMap(({ gone }) => gone), []);
  return { awayMs, postMs: people.flatMap(({ postMs }, at) => postMs.slice(before[at])) };
}

function text(values: readonly number[], percent: number): string {
  return `${Math.round(percentile(values, percent))} ms`;
}

test("people whose server ends are on another one: nothing is asked, lost or shown twice, and the order is one", async (context) => {
  await withFolder(async (folder) => {
    await using cluster = await Cluster.start(folder);
    await context.step("within moments where it is killed", async () => {
      const { awayMs, postMs } = await endUnderPosts(cluster, (node) => node.kill());
      note(
        `${awayMs.length} people of ${rounds} killed servers were away for ${text(awayMs, 50)} ` +
          `(p50), ${text(awayMs, 99)} (p99); ${postMs.length} posts, none lost or doubled`,
      );
      assert(awayMs.length > 0);
      if (isLong) assert(percentile(awayMs, 99) <= backMsMax, String(awayMs));
    });
    await context.step("without anybody noticing where it is stopped: posts go on", async () => {
      const { awayMs, postMs } = await endUnderPosts(cluster, (node) => node.stop());
      note(
        `${awayMs.length} people of ${rounds} stopped servers were on another one after ${
          text(awayMs, 50)
        } (p50), ${text(awayMs, 99)} (p99); of ${postMs.length} posts the slowest took ${
          text(postMs, 100)
        } (p99 ${text(postMs, 99)})`,
      );
      assert(awayMs.length > 0);
      if (isLong) assertEquals(postMs.filter((ms) => ms > pauseMsMax), []);
    });
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
