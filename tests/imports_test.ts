import { assert, assertEquals, assertGreater } from "@std/assert";
import { join } from "node:path";
import {
  findCycle,
  type ImportGraph,
  importsOf,
  reachedFrom,
  readProgram,
  root,
  withoutComments,
} from "./import_graph.ts";

/** What each part of the program may import of its own modules. */
const allowed: Record<string, readonly string[]> = {
  protocol: ["protocol"],
  platform: ["platform", "protocol"],
  server: ["server", "platform", "protocol"],
  client: ["client", "platform", "protocol"],
  "main.ts": ["server", "client", "platform", "protocol"],
};

/** What only tests, benchmarks and tools may use. */
const toolsOnly = [
  "fast-check",
  "@lydell/node-pty",
  "@xterm/headless",
  "@std/assert",
  "playwright-core",
  "axe-core",
];

/** Packages that need nothing but the language and the Web's own interfaces. */
const runAnywhere = [
  "@std/async/",
  "@std/crypto/",
  "@std/encoding/",
  "@hpke/core",
  "mlkem",
  "valibot",
];

const partOf = (path: string) => path.split("/")[0] ?? "";
const isOwn = (target: string) => /\.tsx?$/.test(target);

function forbiddenDirections(graph: ImportGraph): string[] {
  return [...graph].flatMap(([path, imports]) =>
    imports
      .filter(({ target }) => isOwn(target))
      .filter(({ target }) => !(allowed[partOf(path)] ?? []).includes(partOf(target)))
      .map(({ target }) => `${path} imports ${target}`)
  );
}

function importsBetweenWires(graph: ImportGraph): string[] {
  const wireOf = (path: string) => /^server\/wires\/(native|web|irc|classic)\//.exec(path)?.[1];
  return [...graph].flatMap(([path, imports]) => {
    const wire = wireOf(path);
    if (wire === undefined) return [];
    return imports
      .filter(({ target }) => ![undefined, wire].includes(wireOf(target)))
      .map(({ target }) => `${path} imports ${target}`);
  });
}

/** Everything that the headless client reaches and that is not there in a browser, for example. */
function reachedBeyondCore(graph: ImportGraph): string[] {
  const inCore = [...graph.keys()].filter((path) => path.startsWith("client/core/"));
  const reached = new Set(inCore.flatMap((path) => [...reachedFrom(graph, path)]));
  const isFine = (target: string) =>
    /^(client\/core|protocol)\//.test(target) ||
    runAnywhere.some((name) => target.startsWith(name));
  return [...reached].filter((target) => !isFine(target)).sort();
}

const graphOf = (sources: Record<string, string>): ImportGraph =>
  new Map(Object.entries(sources).map(([path, text]) => [path, importsOf(path, text)]));

Deno.test("the imports of the program point one way", async () => {
  const program = await readProgram();
  assertGreater(program.size, 5);
  assertEquals(forbiddenDirections(program), []);
});

Deno.test("no modules import each other in a ring", async () => {
  assertEquals(findCycle(await readProgram()), []);
});

Deno.test("every import of an own module names a module that exists", async () => {
  const program = await readProgram();
  const missing = [...program].flatMap(([path, imports]) =>
    imports
      .filter(({ target }) => isOwn(target) && !program.has(target))
      .map(({ target }) => `${path} imports ${target}`)
  );
  assertEquals(missing, []);
});

Deno.test("the heart reaches no wire, no SQLite and no socket", async () => {
  const reached = [...reachedFrom(await readProgram(), "server/heart/chat.ts")];
  const forbidden = /^(server\/wires\/|server\/storage\/sqlite\/|node:sqlite|node:tls)/;
  assertEquals(reached.filter((path) => forbidden.test(path)), []);
});

Deno.test("no wire imports another wire", async () => {
  assertEquals(importsBetweenWires(await readProgram()), []);
});

Deno.test("main.ts loads neither server nor client before it is used", async () => {
  const reached = [...reachedFrom(await readProgram(), "main.ts", "static")];
  assertEquals(reached.filter((path) => /^(server|client)\//.test(path)), []);
});

Deno.test("a package that is loaded in the middle of a conversation is named at the start: Deno's bar does not stand in it", async () => {
  const program = new Map(await readProgram());
  for (const path of program.keys()) {
    const text = await Deno.readTextFile(join(root, path));
    // Types are gone when the program runs.
    program.set(path, importsOf(path, text.replaceAll(/^import type [^;]*;/gm, "")));
  }
  const packages = (start: string, follow: "all" | "static") =>
    [...reachedFrom(program, start, follow)]
      .filter((target) => !isOwn(target) && !/^(node:|@std\/)/.test(target))
      .map((target) => target.replace(/\/package\.json$/, ""));
  const starts = ["client/tui/interface.ts", "client/join/joining.ts"];
  const early = ["main.ts", ...starts].flatMap((start) => packages(start, "static"));
  const late = starts.flatMap((start) => packages(start, "all"));
  assert(late.includes("@hpke/core"));
  assertEquals(late.filter((name) => !early.includes(name)), []);
});

/** What no source may use, with the first use found in each file of a folder. */
async function usesIn(folder: string, impure: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const path of (await readProgram()).keys()) {
    if (!path.startsWith(`${folder}/`)) continue;
    const use = impure.exec(withoutComments(await Deno.readTextFile(join(root, path))));
    if (use !== null) found.push(`${path} uses ${use[0]}`);
  }
  return found;
}

Deno.test("protocol/ is pure: no platform, clock, timer or socket", async () => {
  const impure =
    /\bDeno\b|\bprocess\b|["']node:|\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bset(Timeout|Interval)\b|\bfetch\(/;
  assertEquals(await usesIn("protocol", impure), []);
});

Deno.test("client/core/ names no platform: what is of Deno, of Node or of a page is given to it", async () => {
  const platforms =
    /\bDeno\b|\bprocess\b|\bBuffer\b|["']node:|\b(window|document|localStorage|location)\b\.|\bfetch\(|\bWebSocket\b/;
  assertEquals(await usesIn("client/core", platforms), []);
});

Deno.test("client/core/ reaches only itself, protocol/, and packages that run anywhere", async () => {
  assertEquals(reachedBeyondCore(await readProgram()), []);
});

Deno.test("what the core reaches beyond itself is found, also behind another module", () => {
  const graph = graphOf({
    "client/core/a.ts": 'import "./b.ts";\nimport "valibot";\nimport "../../protocol/c.ts";',
    "client/core/b.ts": 'import type { D } from "../talk/d.ts";',
    "protocol/c.ts": 'import "node:path";',
  });
  assertEquals(reachedBeyondCore(graph), ["client/talk/d.ts", "node:path"]);
});

Deno.test("the program uses no package that is there for tests", async () => {
  const used = [...await readProgram()].flatMap(([path, imports]) =>
    imports
      .filter(({ target }) => toolsOnly.some((name) => target.startsWith(name)))
      .map(({ target }) => `${path} imports ${target}`)
  );
  assertEquals(used, []);
});

Deno.test("importsOf() finds each form of import and re-export", () => {
  const source = [
    'import { a,\n  b } from "./a.ts";',
    'import type { C } from "../protocol/c.ts";',
    'import "valibot";',
    'export * from "./d.ts";',
    'const e = await import("./e.tsx");',
    'new Worker(new URL("./f.ts", import.meta.url), { type: "module" });',
  ].join("\n");
  assertEquals(importsOf("server/x.ts", source), [
    { target: "server/a.ts", isDynamic: false },
    { target: "protocol/c.ts", isDynamic: false },
    { target: "server/d.ts", isDynamic: false },
    { target: "valibot", isDynamic: false },
    { target: "server/e.tsx", isDynamic: true },
    { target: "server/f.ts", isDynamic: true },
  ]);
});

Deno.test("importsOf() passes over comments, but not over strings that look like them", () => {
  const source = [
    "/** Example:",
    ' * import { a } from "./a.ts"; */',
    '// import "./b.ts";',
    'const address = "https://example.org/*";',
    'import "./c.ts";',
  ].join("\n");
  assertEquals(importsOf("client/x.ts", source), [{ target: "client/c.ts", isDynamic: false }]);
});

Deno.test("a forbidden direction is found", () => {
  const graph = graphOf({
    "protocol/a.ts": 'import "../server/b.ts";',
    "client/c.ts": 'import type { B } from "../server/b.ts";',
    "server/b.ts": 'import "../protocol/a.ts";\nimport "../tests/d.ts";',
  });
  assertEquals(forbiddenDirections(graph), [
    "protocol/a.ts imports server/b.ts",
    "client/c.ts imports server/b.ts",
    "server/b.ts imports tests/d.ts",
  ]);
});

Deno.test("an import between wires is found", () => {
  const graph = graphOf({
    "server/wires/irc/a.ts": 'import "../native/b.ts";\nimport "../listener.ts";',
  });
  assertEquals(importsBetweenWires(graph), [
    "server/wires/irc/a.ts imports server/wires/native/b.ts",
  ]);
});

Deno.test("findCycle() names a ring, also one that is not at the beginning", () => {
  const graph = graphOf({
    "server/a.ts": 'import "./b.ts";',
    "server/b.ts": 'import "./c.ts";',
    "server/c.ts": 'import "./d.ts";',
    "server/d.ts": 'import("./b.ts");',
  });
  assertEquals(findCycle(graph), ["server/b.ts", "server/c.ts", "server/d.ts", "server/b.ts"]);
});

Deno.test("reachedFrom() can pass over what loads later", () => {
  const graph = graphOf({
    "main.ts": 'import "./platform/a.ts";\nawait import("./server/b.ts");',
    "server/b.ts": 'import "../protocol/c.ts";',
  });
  assertEquals([...reachedFrom(graph, "main.ts", "static")], ["platform/a.ts"]);
  assertEquals([...reachedFrom(graph, "main.ts")].sort(), [
    "platform/a.ts",
    "protocol/c.ts",
    "server/b.ts",
  ]);
});
