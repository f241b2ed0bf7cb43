/**
 * Finds the Deno runtime that a self-extracting file carries.
 *
 * @module
 */

import { join } from "node:path";
import { CommandError, runCommand } from "./commands.ts";
import type { Target } from "./targets.ts";

/** npm has no such runtime, or cannot be reached. The message says what to do. */
export class RuntimeMissingError extends Error {
  override readonly name = "RuntimeMissingError";
}

/**
 * Finds the runtime: for this machine the one that runs now, for others one from npm.
 *
 * @param target The platform.
 * @param version Which version to take from npm.
 * @param folder An empty folder to unpack into.
 * @returns The path of the runtime's file.
 * @throws {RuntimeMissingError} If npm does not have it.
 */
export async function findRuntime(
  target: Target,
  version: string,
  folder: string,
): Promise<string> {
  if (target.triple === Deno.build.target) return Deno.execPath();
  const name = `${target.runtimePackage}@${version}`;
  const archive = await pack(name, folder);
  await runCommand("tar", ["-xzf", archive], { cwd: folder });
  return join(folder, "package", target.runtimeFile);
}

async function pack(name: string, folder: string): Promise<string> {
  try {
    const printed = await runCommand("npm", ["pack", "--loglevel=error", name], { cwd: folder });
    return printed.trim();
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    const reasons = [...cause.message.matchAll(/^npm error (?!code)(?:\w+ )?(.+)$/gm)];
    const reason = reasons[0]?.[1] ?? cause.message;
    throw new RuntimeMissingError(
      `npm has no ${name} (${reason}): --runtime-version names another version.`,
      { cause },
    );
  }
}
