import { assertEquals, assertGreater } from "@std/assert";
import { closeDatabases } from "./cluster_simulation/memory_database.ts";
import { simulateCluster } from "./cluster_simulation/simulate_cluster.ts";
import { amount, firstSeed, isReplay, note } from "./settings.ts";

/** Where nobody waits for it there is time for more: two minutes of processor time. */
const short = Deno.env.get("CI") === "true" ? 2_000 : 300;
const seeds = isReplay ? 1 : amount("STRESS_CLUSTER_SIMULATIONS", short, 20_000);

Deno.test("several servers lose, double and disorder nothing, whatever happens to them, to NATS and to the net between", async () => {
  const first = firstSeed();
  const sums = {
    posts: 0,
    acknowledged: 0,
    refused: 0,
    messages: 0,
    doubled: 0,
    crashes: 0,
    cuts: 0,
    copies: 0,
    races: 0,
    minorities: 0,
    happenings: 0,
  };
  const beganMs = performance.now();
  for (let seed = first; seed < first + seeds; seed++) {
    const outcome = await simulateCluster(seed).catch((cause) => {
      throw new Error(
        `Seed ${seed} failed: ${cause.message} Again: ` +
          `STRESS_SEED=${seed} deno test -A tests/stress/cluster_simulation_test.ts`,
        { cause },
      );
    });
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += outcome[name];
  }
  closeDatabases();
  const seconds = (performance.now() - beganMs) / 1000;
  note(
    `cluster simulation: seeds ${first} to ${first + seeds - 1} in ${seconds.toFixed(1)} s: ` +
      Object.entries(sums).map(([name, sum]) => `${sum} ${name}`).join(", "),
  );
  assertGreater(sums.posts + seeds, 0);
});

Deno.test("a simulation of a cluster depends on nothing but its seed", async () => {
  const seed = firstSeed();
  const [once, again] = [await simulateCluster(seed), await simulateCluster(seed)];
  closeDatabases();
  assertEquals(once, again, `seed ${seed}`);
});
