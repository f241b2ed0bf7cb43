/**
 * Reads the imports of the repository's own modules, for the tests of their directions.
 *
 * @module
 */

import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** One import as it is written in a module. */
export interface Import {
  /** A path from the repository's root for an own module, else the specifier as written. */
  readonly target: string;
  /** Loaded only when the line is reached: `import()` or the URL of a worker. */
  readonly isDynamic: boolean;
}

/** Each own module, by its path from the repository's root, with its imports. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

/** The repository's root folder. */
export const root: string = join(fileURLToPath(import.meta.url), "..", "..");

const staticImport = /^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']/gm;
const bareImport = /^\s*import\s*["']([^"']+)["']/gm;
const dynamicImport = /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g;
const workerUrl = /\bnew\s+URL\(\s*["']([^"']+\.tsx?)["']\s*,\s*import\.meta\.url/g;

/**
 * Takes comments out, so that the imports of examples in docstrings do not count.
 *
 * @param source A module's text.
 * @returns The text with each comment replaced by a blank.
 */
export function withoutComments(source: string): string {
  // A string is matched first, so that "//" and "/*" within one are no comment.
  const stringOrComment =
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return source.replace(stringOrComment, (_all, string?: string) => string ?? " ");
}

/**
 * Finds the imports of one module.
 *
 * @param path The module's path from the repository's root, with `/`.
 * @param source The module's text.
 * @returns Every import and re-export.
 */
export function importsOf(path: string, source: string): Import[] {
  const code = withoutComments(source);
  const found = (expression: RegExp, isDynamic: boolean) =>
    [...code.matchAll(expression)].map((match) => ({
      target: resolve(path, match[1] ?? ""),
      isDynamic,
    }));
  return [
    ...found(staticImport, false),
    ...found(bareImport, false),
    ...found(dynamicImport, true),
    ...found(workerUrl, true),
  ];
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return normalize(join(dirname(from), specifier)).replaceAll("\\", "/");
}

/**
 * Lists files below the root, without what is built or fetched.
 *
 * @param folder A path from the root; empty for all.
 * @returns Paths from the root, with `/`, sorted.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  const passedOver = new Set([".git", "dist", "node_modules", "coverage", "test-results"]);
  const paths: string[] = [];
  for await (const entry of Deno.readDir(join(root, folder))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory && !passedOver.has(entry.name)) paths.push(...await filesBelow(path));
    if (entry.isFile) paths.push(path);
  }
  return paths.sort();
}

/**
 * Reads the whole program: main.ts and its folders, without tests, benchmarks and tools.
 *
 * @returns Its modules with their imports.
 */
export async function readProgram(): Promise<ImportGraph> {
  const isProgram = /^(main\.ts|(protocol|platform|server|client)\/.*\.tsx?)$/;
  const graph = new Map<string, Import[]>();
  for (const path of await filesBelow("")) {
    if (!isProgram.test(path)) continue;
    graph.set(path, importsOf(path, await Deno.readTextFile(join(root, path))));
  }
  return graph;
}

/**
 * Follows imports from one module.
 *
 * @param graph The modules.
 * @param start Where to begin.
 * @param follow Which imports to follow: all, or only those that load at once.
 * @returns Everything that is reached, without `start`.
 */
export function reachedFrom(
  graph: ImportGraph,
  start: string,
  follow: "all" | "static" = "all",
): Set<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const { target, isDynamic } of graph.get(path) ?? []) {
      if (reached.has(target) || (isDynamic && follow === "static")) continue;
      reached.add(target);
      open.push(target);
    }
  }
  return reached;
}

/**
 * Looks for modules that import each other in a ring.
 *
 * @param graph The modules.
 * @returns The first ring found, its first module repeated at the end; empty where there is none.
 */
export function findCycle(graph: ImportGraph): string[] {
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): string[] => {
    const at = way.indexOf(path);
    if (at >= 0) return [...way.slice(at), path];
    if (done.has(path)) return [];
    for (const { target } of graph.get(path) ?? []) {
      const cycle = visit(target, [...way, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
