/**
 * A cluster of real servers under load: in one test one after the other of them is killed and stopped, in the other they are cut off. The short
 * forms do each of that once; the long ones take an hour.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { processorSeconds } from "../../bench/server_process.ts";
import { patiently } from "../../client/core/link/patience.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { addAccountsTo, registrationOf } from "../fixtures/accounts.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { LinkedNats, RealCluster, type RealNode } from "./real/cluster.ts";
import { Crowd, percentile, until } from "./real/crowd.ts";
import { namesOf } from "./real/native.ts";
import { Random } from "./random.ts";
import { amount, firstSeed, isLong, note } from "./settings.ts";

const people = amount("STRESS_CLUSTER_PEOPLE", 9, 100);
const postsPerSecond = amount("STRESS_CLUSTER_POSTS", 30, 200);
/** So many of the people have the real client. More of them want more of the machine than the servers. */
const realClients = amount("STRESS_CLUSTER_REAL_CLIENTS", 6, 10);
/** For how long nothing happens at first. */
const calmMs = amount("STRESS_CLUSTER_CALM_SECONDS", 1, 60) * 1_000;
const rounds = amount("STRESS_CLUSTER_ROUNDS", 1, 20);
const stops = amount("STRESS_CLUSTER_STOPS", 1, 20);
/** A round of the long form takes this long at least. */
const roundMs = amount("STRESS_CLUSTER_ROUND_SECONDS", 0, 30) * 1_000;
const seeds = amount("STRESS_CLUSTER_CUTS", 1, 20);
const races = amount("STRESS_CLUSTER_RACES", 10, 1_000);

/** A server that has reached nobody for so long knows it. */
const knownCutMs = 15_000;
/** Presence must be right so long after everything is whole. */
const presentMs = 10_000;

/** What the steps share. */
interface Stage {
  readonly nats: LinkedNats;
  readonly cluster: RealCluster;
  readonly crowd: Crowd;
  /** Who has got which of the names that were raced for: by number, the server that has let them in. */
  readonly winners: Map<string, number>;
  /** What took longer than is promised: said in the end, so that everything else is tried on a machine that is busy. */
  readonly late: string[];
}

/** Judges a time; only where there was enough of it. */
function expectWithin(
  { late }: Pick<Stage, "late">,
  what: string,
  ms: number,
  mostMs: number,
): void {
  if (isLong && ms >= mostMs) late.push(`${what}: ${text(ms)}, where ${text(mostMs)} are allowed`);
}

const test = testWanting("nats-server 2.15");
const stream = "STRESS";

const text = (ms: number) => `${ms.toFixed(0)} ms`;

/** What happened to posts and connections meanwhile. */
function timesOf(crowd: Crowd): { longestPostMs: number; awayMs: number; told: string } {
  const posts = crowd.takeTimes("postMs");
  const away = crowd.takeTimes("awayMs");
  const longestPostMs = posts.at(-1) ?? 0;
  const awayMs = percentile(away, 0.99);
  const told = `${posts.length} posts: p50 ${text(percentile(posts, 0.5))}, p99 ${
    text(percentile(posts, 0.99))
  }, longest ${text(longestPostMs)}; ${away.length} connections lost, back after p99 ${
    text(awayMs)
  }`;
  return { longestPostMs, awayMs, told };
}

/** Nothing happens to the cluster: what everything after it compares with, and where the processor's time goes. */
async function talkInPeace({ nats, cluster, crowd }: Stage): Promise<void> {
  timesOf(crowd);
  const groups = {
    "the chat's servers": cluster.nodes.map(({ process }) => process.pid),
    "the NATS servers": nats.servers.pids,
    "all people and this test": [Deno.pid],
  };
  const used = () =>
    Object.entries(groups).map(([name, pids]) => ({
      name,
      seconds: pids.reduce((sum, pid) => sum + processorSeconds(pid), 0),
    }));
  const before = used();
  const beganMs = performance.now();
  await delay(calmMs);
  await crowd.goesOn();
  const seconds = (performance.now() - beganMs) / 1_000;
  const shares = used().map(({ name, seconds: after }, at) =>
    `${name} ${((after - before[at]!.seconds) / seconds * 100).toFixed(0)} %`
  );
  note(
    `cluster, nothing happens, ${people} people, ${postsPerSecond} posts/s: ${
      timesOf(crowd).told
    }; of a core: ${shares.join(", ")}`,
  );
}

/**
 * How long NATS may take to elect who leads. A server of it that has not heard of the leader wants to lead after 4 to 9 seconds; where two
 * want it within the same moment, neither is elected, and both wait once more.
 */
const electionMsMax = 9_000;

async function killEverything(stage: Stage): Promise<void> {
  const { nats, cluster, crowd } = stage;
  timesOf(crowd);
  const slowest = { node: 0, nats: 0, leader: 0, election: 0, afterElection: 0 };
  let elections = 0;
  for (let round = 0; round < rounds; round++) {
    const pause = delay(roundMs);
    const node = cluster.nodes[round % cluster.nodes.length]!;
    await node.kill();
    await crowd.goesOn();
    const { awayMs } = timesOf(crowd);
    slowest.node = Math.max(slowest.node, awayMs);
    await node.start();
    const leader = await nats.servers.leader(stream);
    const other = (leader + 1 + round % 2) % cluster.nodes.length;
    await nats.servers.end(other);
    await crowd.goesOn();
    await nats.servers.revive(other);
    await nats.servers.whole(stream);
    const natsMs = timesOf(crowd).longestPostMs;
    slowest.nats = Math.max(slowest.nats, natsMs);
    const electionMs = await killLeader(stage);
    const leaderMs = timesOf(crowd).longestPostMs;
    slowest.afterElection = Math.max(slowest.afterElection, leaderMs - electionMs);
    slowest.election = Math.max(slowest.election, electionMs);
    if (electionMs > electionMsMax) elections++;
    else slowest.leader = Math.max(slowest.leader, leaderMs);
    note(
      `cluster, round ${round + 1}: back after ${text(awayMs)} (p99), longest post ${
        text(natsMs)
      } and ${text(leaderMs)}, election ${text(electionMs)}`,
    );
    await pause;
  }
  note(
    `cluster, kill -9 of a server, a NATS server and the leader, ${rounds} rounds, ${people} people, ` +
      `${postsPerSecond} posts/s: back after a killed server within ${
        text(slowest.node)
      } (p99), longest post ` +
      `${text(slowest.nats)} when a NATS server was killed, ${
        text(slowest.leader)
      } when the leader was, at most ${text(slowest.afterElection)} longer than the election; ` +
      `${elections} elections had to be begun anew, the longest took ${text(slowest.election)}; ` +
      `${crowd.acknowledged} acknowledged`,
  );
  expectWithin(stage, "back after a server was killed", slowest.node, 3_000);
  expectWithin(stage, "the pause of an election", slowest.leader, 10_000);
  expectWithin(stage, "a post after an election", slowest.afterElection, 2_000);
}

/** Kills the server of NATS that leads, and waits until all is well again. Gives how long the others took to elect another one. */
async function killLeader({ nats, crowd }: Stage): Promise<number> {
  const leader = await nats.servers.leader(stream);
  const beganMs = performance.now();
  await nats.servers.end(leader);
  await nats.servers.leader(stream);
  const electionMs = performance.now() - beganMs;
  await crowd.goesOn();
  await nats.servers.revive(leader);
  await nats.servers.whole(stream);
  return electionMs;
}

async function stopOneByOne(stage: Stage): Promise<void> {
  const { nats, cluster, crowd } = stage;
  timesOf(crowd);
  for (let round = 0; round < stops; round++) {
    const node = isLong ? cluster.nodes[round % cluster.nodes.length]! : mostVisited(stage);
    const pause = delay(roundMs);
    assertEquals(await node.stop(), []);
    await crowd.goesOn();
    await node.start();
    await pause;
  }
  const servers = timesOf(crowd);
  for (let round = 0; round < stops; round++) {
    const leader = await nats.servers.leader(stream);
    const pause = delay(roundMs);
    await nats.servers.end(leader, "SIGTERM");
    await nats.servers.leader(stream);
    await crowd.goesOn();
    await nats.servers.revive(leader);
    await nats.servers.whole(stream);
    await pause;
  }
  const leaders = timesOf(crowd);
  note(`cluster, SIGTERM of servers, ${stops} rounds: ${servers.told}`);
  note(`cluster, SIGTERM of NATS servers that lead, ${stops} rounds: ${leaders.told}`);
  expectWithin(stage, "a post while servers are stopped", servers.longestPostMs, 1_000);
  expectWithin(stage, "a post while NATS servers are stopped", leaders.longestPostMs, 1_000);
}

/** The server with the most people. */
function mostVisited({ cluster, crowd }: Pick<Stage, "cluster" | "crowd">): RealNode {
  const people = (node: RealNode) => crowd.at(node).length;
  return cluster.nodes.toSorted((one, other) => people(other) - people(one))[0]!;
}

/** A server that reaches no server of NATS refuses at once, is read from, and comes back by itself. */
async function cutOff(stage: Stage): Promise<void> {
  const { cluster, crowd } = stage;
  const node = mostVisited({ cluster, crowd });
  const own = crowd.at(node);
  for (const link of node.links) link.freeze();
  await delay(knownCutMs);
  const { refused } = own[0]!;
  await until(() => refused.size > 0);
  const [error] = [...refused.values()].slice(-1);
  assertEquals([error?.code, /can read, but not write/.test(error?.message ?? "")], [
    "storage_failed",
    true,
  ]);
  assert(await own[0]!.reads() > 0);
  for (const link of node.links) link.mend();
  await isWhole(stage);
}

/** Everything was mended: everyone sees everyone, and posts. */
async function isWhole(stage: Stage): Promise<void> {
  const { cluster, crowd } = stage;
  const beganMs = performance.now();
  const names = crowd.talkers.map(({ name }) => name).sort();
  await until(() => crowd.talkers.every(({ isOnline }) => isOnline));
  for (const [at, node] of cluster.nodes.entries()) {
    // A further session of somebody who is here anyway.
    const link = await (await node.door()).enter(names[at]!);
    const who = async () => (await link.request("who", {})).names.toSorted().join();
    await until(async () => await who() === names.join());
    link.close();
  }
  const rightMs = performance.now() - beganMs;
  await crowd.goesOn();
  note(`cluster, whole again: presence right after ${text(rightMs)}`);
  expectWithin(stage, "presence after everything was mended", rightMs, presentMs);
}

/** Links of the chat's servers and of NATS are cut, frozen, and cut and mended again and again. */
async function cutAtRandom(stage: Stage, seed: number): Promise<void> {
  const random = new Random(seed);
  const { nats, cluster, crowd } = stage;
  const node = () => random.pick(random.pick(cluster.nodes).links);
  const route = () => random.pick(nats.linksOf(random.below(3)));
  const happenings = [
    () => node().cut(),
    () => node().freeze(),
    () => route().cut(),
    () => route().freeze(),
    () => nats.linksOf(random.below(3)).forEach((link) => link.cut()),
    () => nats.linksOf(random.below(3)).forEach((link) => link.freeze()),
    () => random.pick(cluster.nodes).links.forEach((link) => link.cut()),
    () => random.pick(cluster.nodes).links.forEach((link) => link.freeze()),
    () => mend(stage),
    () => mend(stage),
  ];
  for (let times = isLong ? 20 : 8; times > 0; times--) {
    random.pick(happenings)();
    await delay(random.between(50, random.pick([200, 1_000, isLong ? 12_000 : 3_000])));
  }
  mend(stage);
  await isWhole(stage);
  note(`cluster, links cut at random, seed ${seed}: ${timesOf(crowd).told}`);
}

function mend({ nats, cluster }: Stage): void {
  nats.mend();
  for (const { links } of cluster.nodes) for (const link of links) link.mend();
}

/** How long a registration may have to wait. */
const patienceMs = 60_000;

/** One name is wanted on all servers at once. */
async function raceForNames({ cluster, winners }: Stage): Promise<void> {
  for (let race = 0; race < races; race++) {
    const name = `race${race}`;
    const own = await registrationOf(name);
    // A connection that does not sign in is not kept for long.
    const links = await Promise.all(cluster.nodes.map(async (node) => (await node.door()).open()));
    const outcomes = await Promise.all(links.map(async (link, at) => {
      // By this it is known whose account it is.
      const content = { ...own, iterations: 600_000 + at };
      try {
        // Beyond 200 the network has to wait: all servers together take two registrations a second from it.
        await patiently(() => link.request("register", content as never), { patienceMs });
        return at;
      } catch (error) {
        if (error instanceof ChatError && error.code === "name_taken") return null;
        throw error;
      }
    }));
    const won = outcomes.filter((one) => one !== null);
    assertEquals(won.length, 1, name);
    winners.set(name, won[0]!);
    for (const link of links) link.close();
  }
  note(`cluster, ${races} names wanted on three servers at once: each given to one`);
}

/** The last place of a room is wanted on all servers at once; whoever has got it leaves for the next race. */
async function raceForPlaces({ cluster, crowd }: Stage): Promise<void> {
  const room = "#den";
  // Further sessions of people who are here anyway.
  const enter = async (at: number, node: number) =>
    await (await cluster.nodes[node]!.door()).enter(crowd.talkers[at]!.name);
  const owner = await enter(0, 0);
  await owner.request("join", { room });
  await owner.request("set_rules", { room, rules: { peopleMax: 2 } });
  const links = await Promise.all(cluster.nodes.map((_, node) => enter(node + 1, node)));
  for (let race = 0; race < races; race++) {
    const outcomes = await Promise.allSettled(links.map((link) => link.request("join", { room })));
    const won = outcomes.flatMap(({ status }, at) => status === "fulfilled" ? [at] : []);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assertMatch(String(outcome.reason.message), /is full/);
    }
    assertEquals(won.length, 1, `race ${race}`);
    await links[won[0]!]!.request("leave", { room });
  }
  for (const link of [owner, ...links]) link.close();
  note(
    `cluster, the last place of a room wanted on three servers at once, ${races} times: each time given to one`,
  );
}

/** Whose accounts they are in a server's database. */
function ownersIn(node: RealNode): Map<string, number> {
  return node.read((database) =>
    new Map(
      database.prepare("SELECT name, iterations FROM accounts WHERE name LIKE 'race%'").all()
        .map(({ name, iterations }) => [String(name), Number(iterations) - 600_000]),
    )
  );
}

/** What happens to a cluster, in this order. */
type Steps = { readonly [name: string]: (stage: Stage) => Promise<void> };

/** Of how the servers end. Nothing stands between them but the system. */
const endings: Steps = {
  "people talk while nothing happens": talkInPeace,
  "kill -9 of a server, of a NATS server and of the leader is survived": killEverything,
  "nobody notices that servers are stopped and started one by one": stopOneByOne,
};

/** Of the ways between them. */
const cuts: Steps = {
  "of three who want one name on three servers at once one gets it": raceForNames,
  "of three who want the last place of a room on three servers at once one gets it": raceForPlaces,
  "a server that is cut off refuses what is new, is read from, and comes back by itself": cutOff,
  "links that are cut and frozen at random are survived": async (stage) => {
    const first = firstSeed();
    for (let seed = first; seed < first + seeds; seed++) await cutAtRandom(stage, seed);
  },
};

/** Three servers and three of NATS under a crowd, and what happens to them; in the end everything must be as it was promised. */
async function underLoad(
  context: Deno.TestContext,
  steps: Steps,
  isCuttable: boolean,
): Promise<void> {
  await withFolder(async (folder) => {
    await using nats = await LinkedNats.start(folder, isCuttable);
    const name = stream.toLowerCase();
    await using cluster = new RealCluster(folder, nats.servers, { name, isCuttable });
    const names = namesOf(people);
    await addAccountsTo(cluster.nodes[0]!.directory, names);
    await cluster.start();
    const crowd = await Crowd.gather(cluster, names, { postsPerSecond, realClients });
    const stage: Stage = { nats, cluster, crowd, winners: new Map(), late: [] };
    // After one that has failed the others say nothing, and wait for what does not come.
    const step = async (name: string, run: () => Promise<void>) => {
      if (!await context.step(name, run)) throw new Error(`It ends with this: ${name}.`);
    };
    try {
      for (const [name, run] of Object.entries(steps)) await step(name, () => run(stage));
      await crowd.fallsSilent();
    } finally {
      mend(stage);
      await crowd.leave();
    }
    await step("what was acknowledged is stored, once, in one order, on all of them", async () => {
      assertEquals(await cluster.stop(), []);
      assertEquals(crowd.judge(cluster.nodes[0]!), []);
      for (const node of cluster.nodes) assertEquals(ownersIn(node), stage.winners);
    });
    await step("nothing took longer than is promised", () => {
      assertEquals(stage.late, []);
      return Promise.resolve();
    });
  });
}

test("a cluster of real servers under load whose servers are killed and stopped", async (context) => {
  await underLoad(context, endings, false);
});

test("a cluster of real servers under load whose servers are cut off", async (context) => {
  await underLoad(context, cuts, true);
});
