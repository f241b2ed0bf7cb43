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

/**
 * Compiles the bundle into one program. `DENORT_BIN` may name a base runtime for this machine.
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
  // Else a configuration in a folder further up would be read.
  await Deno.writeTextFile(configuration, "{}");
  const words = ["compile", "--quiet", "--no-check", "--no-lock", `--config=${configuration}`];
  const what = [`--target=${target.triple}`, `--output=${path}`, "--include=storage_worker.js"];
  // It replaces nothing but what it made itself: not a self-extracting form of an earlier build.
  await Deno.remove(path).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  // It is for this machine: in a file for another one it would not run.
  if (target.triple !== Deno.build.target) Deno.env.delete("DENORT_BIN");
  try {
    await runCommand(Deno.execPath(), [...words, ...what, ...permissionFlags, "main.js"], {
      cwd: bundleFolder,
    });
  } catch (error) {
    throw asBaseMissing(error) ?? error;
  } finally {
    await Deno.remove(configuration);
  }
  return path;
}

function asBaseMissing(error: unknown): BaseMissingError | undefined {
  // A base that was named and is not there is a mistake of who named it.
  if (!(error instanceof CommandError) || Deno.env.has("DENORT_BIN")) return undefined;
  if (!error.message.includes("Setting up base binary")) return undefined;
  const reason = /^\s*1: (.*)$/m.exec(error.message)?.[1] ?? "no reason given";
  return new BaseMissingError(reason, { cause: error });
}
