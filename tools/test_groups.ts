/**
 * Test files that share an isolate. Each file that `deno test` is given gets one of its own, which costs more than most files
 * need for their tests; a group is one file that imports many.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Folders and files of tests that want a disk, other programs or the machine: the slow part. Everything else below tests/ is
 * the fast part, so a new folder belongs to it until it is named here.
 */
export const slowTests: readonly string[] = [
  "tests/bench/",
  "tests/client/connect/interceptor_test.ts",
  "tests/client/core/flood_test.ts",
  "tests/needs_test.ts",
  "tests/server/main/compose_test.ts",
  "tests/server/storage/",
  "tests/stress/",
  "tests/system/",
  "tests/tools/",
];

/** Whether a file, by its path from the root, belongs to the slow part. */
export function isSlow(path: string): boolean {
  return slowTests.some((slow) => path.startsWith(slow));
}

/**
 * Finds test files.
 *
 * @param root The repository's root.
 * @returns Their paths from the root, sorted.
 */
export async function findTestFiles(root: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
      const path = `${folder}/${name}`;
      if (isDirectory) await walk(path);
      else if (name.endsWith("_test.ts")) found.push(path);
    }
  };
  await walk("tests");
  return found.sort();
}

/**
 * Deals files out like cards, so that each group gets some of every folder: neighbours often cost the same.
 *
 * @param files The files.
 * @param count How many groups; at least 1.
 * @returns The groups, none of them empty.
 */
export function dealOut(files: readonly string[], count: number): string[][] {
  const groups = Array.from({ length: count }, (_, group) => {
    return files.filter((_, at) => at % count === group);
  });
  return groups.filter((group) => group.length > 0);
}

/**
 * Writes a module for each group, which imports its files. Also a file that shares with none has one: Deno takes modules of one folder in
 * the order in which they are given, and those of several folders in another.
 *
 * @param folder An empty folder.
 * @param root The repository's root.
 * @param groups The groups: paths from the root.
 * @returns The modules' paths.
 */
export async function writeGroups(
  folder: string,
  root: string,
  groups: readonly (readonly string[])[],
): Promise<string[]> {
  return await Promise.all(groups.map(async (files, at) => {
    const name = files.length === 1
      ? files[0]!.replace(/^tests\//, "").replaceAll("/", "_")
      : `group_${at + 1}_test.ts`;
    const path = join(folder, name);
    const lines = files.map((file) => `import "${pathToFileURL(join(root, file))}";\n`);
    await Deno.writeTextFile(path, lines.join(""));
    return path;
  }));
}
