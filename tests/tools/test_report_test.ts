import { assertEquals } from "@std/assert";
import { testReport } from "../../tools/test_report.ts";

const good = { passed: true, ignored: 0 };

Deno.test("a test run without ignored tests has nothing to say", () => {
  assertEquals(testReport([good, good], ["irssi"], true), { passed: true, lines: [] });
  assertEquals(testReport([good, { passed: false, ignored: 0 }], [], false).passed, false);
});

Deno.test("ignored tests are counted, and named with what they want and the command that installs it", () => {
  const runs = [{ passed: true, ignored: 3 }, { passed: true, ignored: 4 }];
  const { passed, lines } = testReport(runs, ["irssi", "root", "strace"], false);
  assertEquals(passed, true);
  assertEquals(lines, [
    "7 tests were ignored, because these are missing: irssi, root, strace. Install with: apt-get install irssi strace",
  ]);
  const one = testReport([{ passed: true, ignored: 1 }], ["root"], false);
  assertEquals(one.lines, ["1 test was ignored, because these are missing: root."]);
});

Deno.test("an ignored test is a failure where every test must run", () => {
  const { passed, lines } = testReport([good, { passed: true, ignored: 1 }], ["irssi"], true);
  assertEquals(passed, false);
  assertEquals(lines.at(-1), "With CI=true every test must run, so this is a failure.");
});
