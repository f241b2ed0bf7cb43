/**
 * What the test command says in the end.
 *
 * @module
 */
import type { NeedName } from "../tests/needs.ts";
import { packagesFor } from "./install_needs.ts";

/** What one run of `deno test` came to. */
export interface TestRun {
  /** Whether it ended with status 0. */
  readonly passed: boolean;
  readonly ignored: number;
}

/**
 * Judges all runs together.
 *
 * @param runs What they came to.
 * @param missing What the machine lacks.
 * @param everyTestMustRun Whether an ignored test is a failure.
 * @returns Whether all is well, and the lines that say what was ignored, for want of what, and how to get it.
 */
export function testReport(
  runs: readonly TestRun[],
  missing: readonly NeedName[],
  everyTestMustRun: boolean,
): { readonly passed: boolean; readonly lines: readonly string[] } {
  const passed = runs.every((run) => run.passed);
  const ignored = runs.reduce((sum, run) => sum + run.ignored, 0);
  if (ignored === 0) return { passed, lines: [] };
  const lines = [ignoredLine(ignored, missing)];
  if (everyTestMustRun) lines.push("With CI=true every test must run, so this is a failure.");
  return { passed: passed && !everyTestMustRun, lines };
}

function ignoredLine(ignored: number, missing: readonly NeedName[]): string {
  const what = ignored === 1 ? "1 test was ignored" : `${ignored} tests were ignored`;
  const why = missing.length === 0 ? "" : `, because these are missing: ${missing.join(", ")}`;
  const packages = packagesFor(missing);
  const remedy = packages.length === 0
    ? ""
    : ` Install with: apt-get install ${packages.join(" ")}`;
  return `${what}${why}.${remedy}`;
}
