import { assertEquals, assertGreater } from "@std/assert";
import { amount, firstSeed, isReplay, note } from "./settings.ts";
import { Disk } from "./simulation/disk.ts";
import { House } from "./simulation/house.ts";
import { accountOf, Person, unsealedPrivateMessages } from "./simulation/person.ts";
import { simulate } from "./simulation/simulate.ts";
import type { Connected } from "./simulation/network.ts";
import { World } from "./simulation/world.ts";

const seeds = isReplay ? 1 : amount("STRESS_SIMULATIONS", 500, 20_000);

Deno.test("nothing is lost, doubled or disordered in a world of crashes, delays and lost connections", async () => {
  const first = firstSeed();
  const sums = { posts: 0, acknowledged: 0, refused: 0, orphaned: 0, reconnects: 0, crashes: 0 };
  const beganMs = performance.now();
  for (let seed = first; seed < first + seeds; seed++) {
    const outcome = await simulate(seed).catch((cause) => {
      throw new Error(
        `Seed ${seed} failed: ${cause.message} Again: ` +
          `STRESS_SEED=${seed} deno test -A tests/stress/simulation_test.ts`,
        { cause },
      );
    });
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += outcome[name];
  }
  const seconds = (performance.now() - beganMs) / 1000;
  note(
    `simulation: seeds ${first} to ${first + seeds - 1} in ${seconds.toFixed(1)} s: ` +
      Object.entries(sums).map(([name, sum]) => `${sum} ${name}`).join(", "),
  );
  assertGreater(sums.posts + seeds, 0);
});

Deno.test("a simulation depends on nothing but its seed", async () => {
  const seed = firstSeed();
  assertEquals(await simulate(seed), await simulate(seed), `seed ${seed}`);
});

/** Some people at a server that runs, in a world without faults. */
class Calm implements AsyncDisposable {
  readonly world: World;
  readonly disk: Disk;
  readonly house: House;
  readonly people: Person[];
  readonly #unsealed = unsealedPrivateMessages();

  constructor(
    seed: number,
    names: readonly string[],
    onTokenSaved: (connection: Connected) => void = () => {},
  ) {
    this.world = new World(seed);
    this.disk = new Disk(this.world);
    this.house = new House(this.disk);
    for (const name of names) this.disk.data.accounts.set(name, accountOf(name));
    const [disk, house] = [this.disk, this.house];
    this.people = names.map((name, index) =>
      new Person(name, { disk, house, address: `10.0.0.${index}`, onTokenSaved })
    );
  }

  /** Lets time pass. */
  async run(ms: number, done: () => boolean = () => false): Promise<void> {
    await this.world.runUntil(this.world.nowMs + ms, done);
  }

  /** Everyone comes. */
  async begin(): Promise<void> {
    this.house.start();
    await this.run(60_000, () => this.house.chat !== null);
    for (const person of this.people) person.start();
    await this.run(60_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const person of this.people) person.crash();
    this.house.crash();
    await this.run(60_000);
    this.#unsealed[Symbol.dispose]();
    this.world[Symbol.dispose]();
  }
}

for (const time of [1, 2]) {
  const which = time === 1 ? "first" : "second";
  Deno.test(`a client whose ${which} connection is lost just after it has signed in connects again`, async () => {
    let saved = 0;
    await using calm = new Calm(7, ["ann"], (connection) => {
      if (++saved <= time) connection.client.reset();
    });
    await calm.begin();
    await calm.run(120_000);
    const online = calm.people[0]!.client?.online;
    assertEquals([saved, online, calm.house.connections], [time + 1, true, 1]);
  });
}

Deno.test("a clock that is set back and forth by an hour and a day disorders nothing and disconnects nobody", async () => {
  await using calm = new Calm(firstSeed(), ["ann", "bob", "cid", "dan"]);
  await calm.begin();
  const { world, people, house, disk } = calm;
  const hourMs = 3_600_000;
  let posts = 0;
  for (let second = 0; second < 600; second++) {
    world.wallOffsetMs = world.random.pick([0, -1, 1, -24, 24]) * hourMs;
    for (const person of people) person.say("#lobby", "text", `${person.name}-${posts++}`);
    await calm.run(1_000);
  }
  await calm.run(10_000);
  assertEquals(people.map(({ failure }) => failure), people.map(() => undefined));
  assertEquals(people.map((person) => person.acknowledged.size), people.map(() => posts / 4));
  assertEquals(people.map((person) => person.isUpToDate()), people.map(() => true));
  assertEquals([house.connections, people.map(({ reconnects }) => reconnects)], [4, [0, 0, 0, 0]]);
  const times = disk.data.posts.map(({ post }) => post.timeMs);
  const jumps = times.filter((timeMs, index) =>
    Math.abs(timeMs - (times[index - 1] ?? timeMs)) > hourMs / 2
  );
  assertGreater(jumps.length, 100);
  // Signing in again is as quick as ever: no count of tries has lost its place.
  for (const person of people) person.crash();
  await calm.run(10_000);
  for (const person of people) person.start();
  const isAway = () => people.some(({ client }) => client?.online !== true);
  // Keys are derived in real time: on a busy machine that takes longer than the simulated seconds.
  for (let second = 0; second < 20 && isAway(); second++) await calm.run(1_000);
  assertEquals(people.map(({ client }) => client?.online), people.map(() => true));
  note(`clock: ${posts} posts under ${jumps.length} jumps of the clock, 0 connections lost`);
});
