import { assertEquals, assertGreater } from "@std/assert";
import { amount, firstSeed, isReplay, note } from "./settings.ts";
import { Disk } from "./simulation/disk.ts";
import { House } from "./simulation/house.ts";
import { accountOf, Person, unsealedPrivateMessages } from "./simulation/person.ts";
import { simulate } from "./simulation/simulate.ts";
import { World } from "./simulation/world.ts";

const seeds = isReplay ? 1 : amount("STRESS_SIMULATIONS", 1_000, 20_000);

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

for (const time of [1, 2]) {
  const which = time === 1 ? "first" : "second";
  Deno.test(`a client whose ${which} connection is lost just after it has signed in connects again`, async () => {
    using world = new World(7);
    using _unsealed = unsealedPrivateMessages();
    const disk = new Disk(world);
    disk.data.accounts.set("ann", accountOf("ann"));
    const house = new House(disk);
    house.start();
    await world.runUntil(world.nowMs + 60_000, () => house.chat !== null);
    let saved = 0;
    const ann = new Person("ann", {
      disk,
      house,
      address: "10.0.0.1",
      onTokenSaved: (connection) => {
        if (++saved <= time) connection.client.reset();
      },
    });
    const started = ann.start();
    await world.runUntil(world.nowMs + 120_000);
    await started;
    assertEquals([saved, ann.client?.online, house.connections], [time + 1, true, 1]);
    ann.crash();
    house.crash();
    await world.runUntil(world.nowMs + 60_000);
  });
}
