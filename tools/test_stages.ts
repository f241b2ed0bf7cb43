/**
 * Which test files run beside each other, and which by themselves.
 *
 * @module
 */

/** How many files run at once: more than there are cores, since many wait for programs that they started. */
export const parallelFiles = 3;

/** Files that measure, or that need a machine on which nothing else happens: they run one by one. */
export const alone: readonly string[] = [
  "tests/bench/smoke_test.ts",
  "tests/client/core/flood_test.ts",
  "tests/stress/soak_test.ts",
  "tests/stress/stalled_test.ts",
];
