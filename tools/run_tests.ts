/**
 * Runs the tests: `deno run -A tools/run_tests.ts`. First it installs what they want of the machine, where it may. Then most files
 * run beside each other, the longest first (tools/test_stages.ts) and the others in groups (tools/test_groups.ts), and after them,
 * one by one, those that measure or need the machine for themselves. It ends with status 0 only if no test failed, and where
 * `CI` is set, none was ignored. With `--all` those files run, too, that the gate leaves out; with `--check`, `deno task check` runs meanwhile.
 * (Its name must not be just "test": `deno test` would take it for a file with tests, and it would run itself.)
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleChecked } from "./bundle.ts";
import { runCommand, say } from "./commands.ts";
import { installNeeds } from "./install_needs.ts";
import type { NeedName } from "../tests/needs.ts";
import { testReport, type TestRun } from "./test_report.ts";
import { dealOut, findTestFiles, isSlow, writeGroups } from "./test_groups.ts";
import { alone, isolatesAtOnce, longest, thorough } from "./test_stages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Whether those run, too, that the gate leaves out. */
const runsAll = Deno.args.includes("--all");

/** Whether `deno task check` runs, too. */
const checksAll = Deno.args.includes("--check");

/**
 * Checks format, lint, types and docs beside the tests: it keeps one core busy for half a minute. What is wrong is said at once; the
 * tests run on, since programs that they have started would be left.
 */
async function check(): Promise<boolean> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "check"],
    cwd: root,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) say(`"deno task check" has found something:\n${text(stdout)}${text(stderr)}`);
  return success;
}

/** Runs `deno test` with its output on this terminal. */
async function runTests(
  modules: readonly string[],
  { atOnce, folder, program }: {
    readonly atOnce: number;
    readonly folder: string;
    readonly program: string;
  },
): Promise<TestRun> {
  const report = join(folder, "report.xml");
  // A leak fails a test; where it began is only told with --trace-leaks, which takes a third more time: Deno says so then.
  const fixed = ["test", "-A", "--no-check", "--config=deno.json"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...fixed, `--junit-path=${report}`, "--parallel", ...modules],
    cwd: root,
    env: { DENO_JOBS: String(atOnce), CHAT_TESTS_PROGRAM: program },
  }).spawn();
  const { success } = await child.status;
  const text = await Deno.readTextFile(report).catch(() => "");
  return { passed: success, ignored: text.split("<skipped/>").length - 1 };
}

/** What runs beside each other: groups of slow files, then the longest files, then groups of fast ones. */
async function modulesTogether(folder: string): Promise<string[]> {
  const others = (await findTestFiles(root))
    .filter((path) => ![...alone, ...longest, ...thorough].includes(path));
  const fast = dealOut(others.filter((path) => !isSlow(path)), 2 * navigator.hardwareConcurrency);
  const slow = dealOut(others.filter((path) => isSlow(path)), 3 * navigator.hardwareConcurrency);
  const byThemselves = [...runsAll ? thorough : [], ...longest].map((path) => [path]);
  return await writeGroups(folder, root, [...slow, ...byThemselves, ...fast]);
}

/** Fetches every package, before several Denos want them at once. */
async function fetchPackages(): Promise<void> {
  await runCommand(Deno.execPath(), ["install", "--quiet"], { cwd: root });
}

/**
 * Bundles the program that tests start (tests/fixtures/chat_program.ts). That also fetches Deno's bundler: tests that did so at once, on a
 * machine without it, would disturb each other.
 */
async function makeProgram(folder: string): Promise<string> {
  await bundleChecked(join(folder, "program"), root);
  return join(folder, "program", "main.js");
}

const folder = await Deno.makeTempDir({ prefix: "chat-tests-" });
const runs: TestRun[] = [];
let missing: readonly NeedName[] = [];
let checked = true;
try {
  // What waits for the network, what wants a core, and what wants neither, side by side.
  const needs = installNeeds();
  await fetchPackages();
  const checking = checksAll ? check() : Promise.resolve(true);
  const program = await makeProgram(folder);
  missing = await needs;
  const together = await modulesTogether(folder);
  runs.push(await runTests(together, { atOnce: isolatesAtOnce, folder, program }));
  // Those that are alone on the machine wait for the check, too.
  checked = await checking;
  runs.push(await runTests(alone, { atOnce: 1, folder, program }));
} finally {
  await Deno.remove(folder, { recursive: true });
}
const { passed, lines } = testReport(runs, missing, Deno.env.get("CI") === "true");
for (const line of lines) say(line);
if (!runsAll) say(`Left to "deno task test:all": ${thorough.join(", ")}.`);
if (!checked) say('"deno task check" has found something: see above.');
if (!passed || !checked) Deno.exit(1);
