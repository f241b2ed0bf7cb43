import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { join } from "node:path";
import { filesBelow, root } from "./import_graph.ts";

/** What must not be in any file: folders of the machine it was written on, hosts of package registries. */
const forbidden: readonly RegExp[] = [
  new RegExp(["", "work", ""].join("/")),
  new RegExp(["", "root", ""].join("/")),
  new RegExp(["registry", "(npmjs|yarnpkg|npmmirror)"].join("\\.")),
  new RegExp(["npm", "jsr", "io"].join("\\.")),
];

function forbiddenIn(text: string): string[] {
  return forbidden.map((expression) => expression.exec(text)?.[0]).filter((hit) =>
    hit !== undefined
  );
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(join(root, path));
}

Deno.test("no file names a folder of a build machine or the host of a package registry", async () => {
  const paths = await filesBelow("");
  assertGreater(paths.length, 20);
  const found: string[] = [];
  for (const path of paths) {
    for (const hit of forbiddenIn(await readText(path))) found.push(`${path} has ${hit}`);
  }
  assertEquals(found, []);
});

Deno.test("a folder of a build machine is found where there is one", () => {
  assertEquals(forbiddenIn(["see ", "work", "x"].join("/")), [["", "work", ""].join("/")]);
  assertEquals(forbiddenIn("https://docs.deno.com/runtime/"), []);
});

Deno.test("no file outside of tests/ is taken for one with tests", async () => {
  const taken = (await filesBelow("")).filter((path) => /(^|[/_.])test\.[cm]?[jt]sx?$/.test(path));
  assertGreater(taken.length, 100);
  assertEquals(taken.filter((path) => !path.startsWith("tests/")), []);
});

interface Configuration {
  readonly imports: Record<string, string>;
}

async function readConfiguration(): Promise<Configuration> {
  return JSON.parse(await readText("deno.json"));
}

Deno.test("every dependency has its reason in docs/architecture.md", async () => {
  const { imports } = await readConfiguration();
  const lines = (await readText("docs/architecture.md")).split("\n");
  const named = lines.map((line) => /^\| `([^`]+)` \|/.exec(line)?.[1]);
  const unnamed = Object.keys(imports).filter((name) => !named.includes(name));
  assertEquals(unnamed, []);
});

Deno.test("every npm dependency is pinned to one version", async () => {
  const { imports } = await readConfiguration();
  const packages = Object.values(imports).filter((specifier) => specifier.startsWith("npm:"));
  assertGreater(packages.length, 0);
  for (const specifier of packages) assertMatch(specifier, /@\d+\.\d+\.\d+$/);
});
