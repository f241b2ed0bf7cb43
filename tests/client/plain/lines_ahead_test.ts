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
  readonly written: string[] = [];
  write(line: string): void {
    this.written.push(line);
  }
  writeAside(): void {}
  async type(line: string | null): Promise<void> {
    this.#waiting.shift()!(line);
    // Whoever reads it asks for the next one.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("lines that come meanwhile keep their turn, but for those that are taken", async () => {
  const typed = new Typed();
  const lines = new LinesAhead(typed);
  const work = Promise.withResolvers<string>();
  const taken: string[] = [];
  const done = lines.during(work.promise, (line) => {
    if (line.startsWith("x")) taken.push(line);
    return line.startsWith("x");
  });
  for (const line of ["one", "x1", "two", "x2"]) await typed.type(line);
  work.resolve("done");
  assertEquals([await done, taken], ["done", ["x1", "x2"]]);
  assertEquals([await lines.read(), await lines.read()], ["one", "two"]);
  // What was waited for at the end comes next, and once.
  const next = lines.read();
  await typed.type("three");
  assertEquals(await next, "three");
  assertEquals(await lines.readSecret("?"), "secret");
});

Deno.test("a secret is never the line that was waited for before, which a terminal shows", async () => {
  const typed = new Typed();
  const lines = new LinesAhead(typed);
  const work = Promise.withResolvers<void>();
  const done = lines.during(work.promise, () => false);
  await typed.type("PASSWD");
  work.resolve();
  await done;
  assertEquals(await lines.read(), "PASSWD");
  const secret = lines.readSecret("Your old password:");
  assertEquals(typed.written, ["(Press Enter first: until then, what you type can be seen.)"]);
  await typed.type("");
  assertEquals(await secret, "secret");
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
