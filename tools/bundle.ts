/**
 * Bundles the program and its packages into a few JavaScript files that need nothing else.
 *
 * @module
 */

import { runCommand } from "./commands.ts";

/** What every bundle is made with. */
const flags: readonly string[] = [
  "--quiet",
  "--platform=deno",
];

/** What there is to bundle, as paths from the repository's root. */
export interface Sources {
  /** The program. Each of its dynamic imports becomes a file that is read only when it is used. */
  readonly main: string;
  /** The program of the storage workers: `new Worker` wants a file of its own, beside the others. */
  readonly worker: string;
}

/** The program's own sources. */
export const programSources: Sources = {
  main: "main.ts",
  worker: "server/storage/sqlite/workers/storage_worker.ts",
};

/**
 * Checks the types and bundles into `main.js`, `storage_worker.js` and the parts of `main.js` that load later.
 *
 * @param folder An empty folder for the result.
 * @param root The repository's root.
 * @param sources What to bundle.
 * @throws {CommandError} If the types are not right, or something cannot be resolved or bundled.
 */
export async function bundle(
  folder: string,
  root: string,
  sources: Sources = programSources,
): Promise<void> {
  // Bundling alone would turn the import of a name that does not exist into undefined, without a word.
  await runCommand(Deno.execPath(), ["check", sources.main, sources.worker], { cwd: root });
  await bundleChecked(folder, root, sources);
}

/**
 * Bundles sources whose types were checked before, which takes the most time: the gate checks them all together.
 *
 * @param folder An empty folder for the result.
 * @param root The repository's root.
 * @param sources What to bundle.
 * @throws {CommandError} If something cannot be resolved or bundled.
 */
export async function bundleChecked(
  folder: string,
  root: string,
  sources: Sources = programSources,
): Promise<void> {
  const deno = Deno.execPath();
  const main = ["--code-splitting", `--outdir=${folder}`, sources.main];
  await runCommand(deno, ["bundle", ...flags, ...main], { cwd: root });
  const worker = [`--output=${folder}/storage_worker.js`, sources.worker];
  await runCommand(deno, ["bundle", ...flags, ...worker], { cwd: root });
}
