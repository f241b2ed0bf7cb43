import { assertEquals, assertGreater } from "@std/assert";
import { join } from "node:path";
import {
  exportedNames,
  filesNamedInComments,
  findFolderRing,
  foldersOf,
  functionLengths,
  sentencesIn,
} from "./house_rules.ts";
import { filesBelow, type ImportGraph, importsOf, readProgram, root } from "./import_graph.ts";

/** The longest function that may be, in lines: what fits a screen with some room around it. */
const functionLinesMax = 70;

/** What one can hold in one's head at once. */
const fileLinesMax = 400;

/**
 * The floors of the house, from the lowest. What stands on one floor may import from the floors below it, and
 * from its own place.
 */
const floors: readonly (readonly string[])[] = [
  ["protocol"],
  ["platform"],
  ["server/common", "client/core"],
  ["server/storage", "server/certificate", "client/files", "client/talk"],
  ["server/heart", "server/accounts", "client/connect"],
  ["server/wires", "client/join", "client/transfers"],
  ["client/plain", "client/tui", "client/web"],
  ["server/main", "client"],
  ["main.ts"],
];

async function sources(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const path of (await readProgram()).keys()) {
    texts.set(path, await Deno.readTextFile(join(root, path)));
  }
  return texts;
}

/** The place of the house that a file belongs to: the longest that its path begins with, and the floor it is on. */
function placeOf(path: string): { place: string; floor: number } | null {
  let found: { place: string; floor: number } | null = null;
  for (const [floor, places] of floors.entries()) {
    for (const place of places) {
      const isInside = path === place || path.startsWith(`${place}/`);
      if (isInside && place.length > (found?.place.length ?? -1)) found = { place, floor };
    }
  }
  return found;
}

function upwardArrows(graph: ImportGraph): string[] {
  const upward: string[] = [];
  for (const [path, imports] of graph) {
    const from = placeOf(path);
    for (const { target } of imports) {
      const to = placeOf(target);
      if (from === null || to === null || from.place === to.place) continue;
      if (to.floor >= from.floor) upward.push(`${path} imports ${target}`);
    }
  }
  return upward;
}

Deno.test("no folders import from each other in a ring", async () => {
  assertEquals(findFolderRing(foldersOf(await readProgram())), []);
});

Deno.test("no arrow runs up, or between neighbours of a floor", async () => {
  assertEquals(upwardArrows(await readProgram()), []);
});

Deno.test("every file of the program stands on a floor of the house", async () => {
  assertEquals([...(await readProgram()).keys()].filter((path) => placeOf(path) === null), []);
});

Deno.test("a name is exported by one file of the program only", async () => {
  const makers = new Map<string, string[]>();
  for (const [path, text] of await sources()) {
    for (const name of exportedNames(text)) {
      makers.set(name, [...makers.get(name) ?? [], path]);
    }
  }
  assertGreater(makers.size, 100);
  assertEquals([...makers].filter(([, paths]) => paths.length > 1), []);
});

Deno.test("comments name files that exist", async () => {
  const known = (await filesBelow("")).map((path) => `/${path}`);
  const stale: string[] = [];
  for (const path of known.map((each) => each.slice(1))) {
    if (!/\.tsx?$/.test(path) || /^(vendor\/|tests\/house)/.test(path)) continue;
    for (const name of filesNamedInComments(await Deno.readTextFile(join(root, path)))) {
      if (!known.some((each) => each.endsWith(`/${name}`))) stale.push(`${path} names ${name}`);
    }
  }
  assertEquals(stale, []);
});

Deno.test("no function is longer than a screen", async () => {
  const long: string[] = [];
  let measured = 0;
  for (const [path, text] of await sources()) {
    for (const { line, lines } of functionLengths(text)) {
      measured++;
      if (lines > functionLinesMax) long.push(`${path}:${line} has ${lines} lines`);
    }
  }
  assertGreater(measured, 500);
  assertEquals(long, []);
});

Deno.test("no file of the client has more than 400 lines", async () => {
  const long = [...await sources()].filter(([path]) => path.startsWith("client/"))
    .map(([path, text]) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > fileLinesMax);
  assertEquals(long, []);
});

Deno.test("client/core/ gives codes and data: the sentences for people are made in client/talk/", async () => {
  const said: string[] = [];
  for (const [path, text] of await sources()) {
    if (!path.startsWith("client/core/")) continue;
    said.push(...sentencesIn(text).map((sentence) => `${path} says ${sentence}`));
  }
  // It names what is derived, and nobody reads it.
  assertEquals(said, ['client/core/e2e/private_state.ts says "chat local state v1"']);
});

Deno.test("an arrow that runs up is found, and one between neighbours", () => {
  const graph: ImportGraph = new Map([
    ["server/heart/chat.ts", importsOf("server/heart/chat.ts", 'import "../wires/irc/irc.ts";')],
    ["server/accounts/a.ts", importsOf("server/accounts/a.ts", 'import "../heart/chat.ts";')],
    ["server/wires/b.ts", importsOf("server/wires/b.ts", 'import "../heart/chat.ts";')],
  ]);
  assertEquals(upwardArrows(graph), [
    "server/heart/chat.ts imports server/wires/irc/irc.ts",
    "server/accounts/a.ts imports server/heart/chat.ts",
  ]);
});

Deno.test("findFolderRing() names a ring of folders in which no files form one", () => {
  const modules: Record<string, string> = {
    "server/a/one.ts": 'import "../b/two.ts";',
    "server/b/two.ts": "",
    "server/b/three.ts": 'import "../a/four.ts";',
    "server/a/four.ts": "",
  };
  const graph: ImportGraph = new Map(
    Object.entries(modules).map(([path, text]) => [path, importsOf(path, text)]),
  );
  assertEquals(findFolderRing(foldersOf(graph)), ["server/a", "server/b", "server/a"]);
});

Deno.test("exportedNames() counts what a file makes, not what it passes on", () => {
  const source = [
    "export const first = 1;",
    "export async function second(): Promise<void>;",
    "export async function second(): Promise<void> {}",
    "export abstract class Third {}",
    'export { fourth } from "./four.ts";',
    'export type { Fifth } from "./five.ts";',
    "export type Sixth = 6;",
    "const seventh = 7;",
  ].join("\n");
  assertEquals(exportedNames(source), ["first", "second", "Third", "Sixth"]);
});

Deno.test("filesNamedInComments() finds names in comments, and none in code or addresses", () => {
  const source = [
    'import "./a.ts";',
    "/** See protocol/b.ts, and (c.md). */",
    "// Likewise d.sh; not https://example.org/e.ts, nor the pattern *.ts.",
    'const f = "f.ts";',
  ].join("\n");
  assertEquals(filesNamedInComments(source), ["protocol/b.ts", "c.md", "d.sh"]);
});

Deno.test("functionLengths() measures functions, methods and arrows, but no other blocks", () => {
  const source = [
    "function one(): void {",
    "  if (true) {",
    "    two();",
    "  }",
    "}",
    "class Two {",
    "  three(",
    "    four: number,",
    "  ): void {",
    "    return;",
    "  }",
    "}",
    "const five = () => {",
    "};",
  ].join("\n");
  assertEquals(functionLengths(source), [
    { line: 1, lines: 5 },
    { line: 9, lines: 3 },
    { line: 13, lines: 2 },
  ]);
});

Deno.test("sentencesIn() finds sentences and commands, but no names, comments and broken assumptions", () => {
  const source = [
    'import { a } from "./a_module.ts"; // "This is a comment."',
    'throw new Error("Broken assumption: there is one.");',
    "const label = `forged ${record}`;",
    'const first = "The server is gone.";',
    "const second = `The key of ${name}` + 'TRUST x';",
  ].join("\n");
  assertEquals(sentencesIn(source), [
    '"The server is gone."',
    "`The key of ${name}`",
    "'TRUST x'",
  ]);
});
