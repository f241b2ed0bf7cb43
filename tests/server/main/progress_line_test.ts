import { assertEquals } from "@std/assert";
import { ProgressLine } from "../../../server/main/progress_line.ts";

/** A line whose clock the test sets. */
function lineFor(isTerminal: boolean) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const line = new ProgressLine({
    write: (text) => written.push(text),
    isTerminal,
    nowMs: () => clock.ms,
  });
  return { line, written, clock };
}

const posts = (done: number) => ({ what: "Checking posts", done, total: 1_000_000 });

Deno.test("ProgressLine says nothing of what is soon done", () => {
  const { line, written, clock } = lineFor(true);
  line.tick();
  line.show(posts(500_000));
  clock.ms = 999;
  line.tick();
  line.end();
  assertEquals(written, []);
});

Deno.test("ProgressLine names what is counted where that is worth a word", () => {
  const { line, written, clock } = lineFor(false);
  const copy = { what: "Fetching a copy", total: 68, unit: "MB" };
  line.show({ ...copy, done: 0 });
  clock.ms = 10_000;
  line.show({ ...copy, done: 34 });
  line.tick();
  assertEquals(written, ["Fetching a copy: 50 %, 3 MB/s, 10 s left\n"]);
});

Deno.test("ProgressLine shows a bar with rate and time left on a terminal, and takes it away at the end", () => {
  const { line, written, clock } = lineFor(true);
  line.show(posts(0));
  clock.ms = 2_000;
  line.show(posts(250_000));
  line.tick();
  line.show({ what: "Checking the index of words", done: 0, total: 0 });
  clock.ms = 2_200;
  line.tick();
  line.end();
  assertEquals(written, [
    "\r\x1b[KChecking posts [######..................] 25 %, 125,000/s, 6 s left",
    "\r\x1b[KChecking the index of words …",
    "\r\x1b[K",
  ]);
});

Deno.test("ProgressLine says a line now and then where there is no terminal", () => {
  const { line, written, clock } = lineFor(false);
  line.show(posts(0));
  for (let second = 1; second <= 21; second++) {
    clock.ms = second * 1_000;
    line.show(posts(second * 1_000));
    line.tick();
  }
  line.end();
  assertEquals(written, [
    "Checking posts: 1 %, 1,000/s, 16 min 30 s left\n",
    "Checking posts: 2 %, 1,000/s, 16 min 20 s left\n",
  ]);
});

Deno.test("ProgressLine tells no rate of steps that are slower than one a second", () => {
  const { line, written, clock } = lineFor(true);
  line.show({ what: "Bringing the database to its newest form", done: 6, total: 8 });
  clock.ms = 3_000;
  line.tick();
  assertEquals(written, [
    "\r\x1b[KBringing the database to its newest form [##################......] 75 %",
  ]);
});
