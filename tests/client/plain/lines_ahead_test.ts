import { assertEquals } from "@std/assert";
import { LinesAhead } from "../../../client/plain/lines_ahead.ts";
import type { Lines } from "../../../client/plain/lines.ts";

/** Lines that a test types one by one. */
class Typed implements Lines {
  readonly isTerminal = true;
  readonly #waiting: ((line: string | null) => void)[] = [];
  read(): Promise<string | null> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  readSecret(): Promise<string | null> {
    return Promise.resolve("secret");
  }
  write(): void {}
  writeAside(): void {}
  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }
  async type(line: string | null): Promise<void> {
    this.#waiting.shift()!(line);
    // Whoever reads it asks for the next one.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("lines that come meanwhile keep their turn, but for those that are taken before", async () => {
  const typed = new Typed();
  const lines = new LinesAhead(typed);
  const work = Promise.withResolvers<string>();
  const taken: string[] = [];
  const done = lines.during(work.promise, (line) => {
    if (line.startsWith("x")) taken.push(line);
    return line.startsWith("x");
  });
  for (const line of ["x1", "x2", "one"]) await typed.type(line);
  work.resolve("done");
  assertEquals([await done, taken, await lines.read()], ["done", ["x1", "x2"], "one"]);
  // What was waited for at the end comes next, and once.
  await lines.during(Promise.resolve(), () => true);
  const next = lines.read();
  await typed.type("two");
  assertEquals(await next, "two");
  assertEquals(await lines.readSecret("?"), "secret");
});

Deno.test("what comes behind a line that waits is for that line: a text is not taken, and a password not read where it is shown", async () => {
  const typed = new Typed();
  const lines = new LinesAhead(typed);
  const work = Promise.withResolvers<void>();
  const done = lines.during(work.promise, (line) => line.startsWith("cancel"));
  await typed.type("BM");
  assertEquals(typed.isWaitedFor, false);
  work.resolve();
  await done;
  assertEquals(await lines.read(), "BM");
  const text = lines.read();
  await typed.type("cancel the order");
  assertEquals(await text, "cancel the order");
});

Deno.test("the end of the input ends no work, and stays the end", async () => {
  const typed = new Typed();
  const lines = new LinesAhead(typed);
  const work = Promise.withResolvers<void>();
  const done = lines.during(work.promise, () => true);
  await typed.type(null);
  work.resolve();
  await done;
  assertEquals([await lines.read(), await lines.read()], [null, null]);
});

Deno.test("work that fails is told so, and no line is lost", async () => {
  const typed = new Typed();
  const lines = new LinesAhead(typed);
  const failing = lines.during(Promise.reject(new Error("no")), () => true);
  assertEquals((await failing.catch((error: Error) => error))?.message, "no");
  const next = lines.read();
  await typed.type("one");
  assertEquals(await next, "one");
});
