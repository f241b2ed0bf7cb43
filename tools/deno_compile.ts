/**
 * Runs `deno compile`, and tells a base runtime that cannot be fetched from other failures.
 *
 * @module
 */

import { join } from "node:path";
import { CommandError, runCommand } from "./commands.ts";
import { permissionFlags } from "./permissions.ts";
import type { Target } from "./targets.ts";

/** `deno compile` could not fetch its base runtime. The message is the reason, in a few words. */
export class BaseMissingError extends Error {
  override readonly name = "BaseMissingError";
}

/** The variable that names a base runtime for this machine. */
const baseVariable = "DENORT_BIN";

/**
 * The words of `deno compile`.
 *
 * @param target The platform.
 * @param path Where the program goes.
 * @param configuration An empty configuration. Else one in a folder further up would be read.
 * @returns The words, to be run in the folder with the bundle.
 */
export function compileWords(target: Target, path: string, configuration: string): string[] {
  return [
    ...["compile", "--quiet", "--no-check", "--no-lock", `--config=${configuration}`],
    // The program would run code that it finds in the folder for temporary files, whoever put it there.
    "--no-code-cache",
    ...[`--target=${target.triple}`, `--output=${path}`, "--include=storage_worker.js"],
    ...permissionFlags,
    "main.js",
  ];
}

/**
 * Compiles the bundle into one program. `DENORT_BIN` may name a base runtime for this machine; an empty one counts as none.
 *
 * @param bundleFolder The folder with the bundle.
 * @param target The platform.
 * @param output Where the program goes, without an ending.
 * @returns The path of the program.
 * @throws {BaseMissingError} If the base runtime cannot be fetched.
 * @throws {CommandError} If something else is wrong.
 */
export async function denoCompile(
  bundleFolder: string,
  target: Target,
  output: string,
): Promise<string> {
  const path = output + target.extension;
  const configuration = join(bundleFolder, "compile.json");
  await Deno.writeTextFile(configuration, "{}");
  const hasBase = target.triple === Deno.build.target && (Deno.env.get(baseVariable) ?? "") !== "";
  try {
    await runCommand(Deno.execPath(), compileWords(target, path, configuration), {
      cwd: bundleFolder,
      // It is for this machine: in a file for another one it would not run.
      ...(hasBase ? {} : { without: baseVariable }),
    });
  } catch (error) {
    // A base that was named and is not there is a mistake of whoever named it.
    throw (hasBase ? undefined : asBaseMissing(error)) ?? error;
  } finally {
    await Deno.remove(configuration);
  }
  return path;
}

function asBaseMissing(error: unknown): BaseMissingError | undefined {
  if (!(error instanceof CommandError)) return undefined;
  if (!error.message.includes("Setting up base binary")) return undefined;
  const reason = /^\s*1: (.*)$/m.exec(error.message)?.[1] ?? "no reason given";
  return new BaseMissingError(reason, { cause: error });
}
