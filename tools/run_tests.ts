/**
 * Runs the tests: `deno run -A tools/run_tests.ts`. First it installs what they want of the machine, where it may. Then most files
 * run beside each other, and after them, one by one, those that measure or need the machine for themselves. It ends with
 * status 0 only if no test failed, and where `CI` is set, none was ignored.
 * (Its name must not be just "test": `deno test` would take it for a file with tests, and it would run itself.)
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { say } from "./commands.ts";
import { installNeeds } from "./install_needs.ts";
import { testReport, type TestRun } from "./test_report.ts";
import { alone, parallelFiles } from "./test_stages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs `deno test` with its output on this terminal. Types were checked before. */
async function runTests(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<TestRun> {
  const folder = await Deno.makeTempDir({ prefix: "chat-tests-" });
  const report = join(folder, "report.xml");
  const fixed = ["test", "-A", "--trace-leaks", "--no-check", `--junit-path=${report}`];
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: [...fixed, ...words],
      cwd: root,
      env,
    }).spawn();
    const { success } = await child.status;
    const text = await Deno.readTextFile(report).catch(() => "");
    return { passed: success, ignored: text.split("<skipped/>").length - 1 };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const missing = await installNeeds();
const parallel = ["--parallel", `--ignore=${alone.join(",")}`];
const runs = [
  await runTests(parallel, { DENO_JOBS: String(parallelFiles) }),
  await runTests(alone),
];
const { passed, lines } = testReport(runs, missing, Deno.env.get("CI") === "true");
for (const line of lines) say(line);
if (!passed) Deno.exit(1);
