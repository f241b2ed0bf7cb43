/**
 * Finds the Deno runtime that a self-extracting file carries.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { join } from "node:path";
import { CommandError, runCommand } from "./commands.ts";
import type { Target } from "./targets.ts";

/**
 * SHA-256 of the runtimes' files, by package and version: what is carried to other machines is what was looked at. A new
 * version wants new lines, from `npm pack` and `sha256sum`.
 */
export const runtimeHashes: Readonly<Record<string, string>> = {
  "@deno/linux-x64-glibc@2.9.6": "bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0",
  "@deno/linux-arm64-glibc@2.9.6":
    "d08d392418df53f4e6e88a08909c0e1bccbf9adcead7232df72b6ad6075ec416",
  "@deno/darwin-x64@2.9.6": "ec9fbd8e8f5f6ca5ceb0ebe4a564636f2c698bf60e3187460ded400cc0147fd5",
  "@deno/darwin-arm64@2.9.6": "b3ac3bd206e48c26026cadd80c1367e96c149f9c66130952382a642b09fa8a71",
  "@deno/win32-x64@2.9.6": "2ff9493dfa356be2975f477025ea770088e9e9cb2c83d983236d13561b96b7a6",
};

/** There is no such runtime, or it cannot be reached, or it is another file. The message says what to do. */
export class RuntimeMissingError extends Error {
  override readonly name = "RuntimeMissingError";
}

/**
 * Finds the runtime: for this machine the one that runs now, for others one from npm.
 *
 * @param target The platform.
 * @param version Which version to take from npm.
 * @param folder An empty folder to unpack into.
 * @param hashes SHA-256 of the files in hex, by package and version.
 * @param fetch Fetches a package into a folder, and gives its archive's path; from npm where not given.
 * @returns The path of the runtime's file.
 * @throws {RuntimeMissingError} If npm does not have it, or its file has another hash than the one of the table, or none there.
 */
export async function findRuntime(
  target: Target,
  version: string,
  folder: string,
  hashes: Readonly<Record<string, string>> = runtimeHashes,
  fetch: (name: string, folder: string) => Promise<string> = pack,
): Promise<string> {
  if (target.triple === Deno.build.target) return Deno.execPath();
  const name = `${target.runtimePackage}@${version}`;
  const archive = await fetch(name, folder);
  await runCommand("tar", ["-xzf", archive], { cwd: folder });
  const path = join(folder, "package", target.runtimeFile);
  await checkHash(name, path, hashes[name]);
  return path;
}

async function checkHash(name: string, path: string, expected: string | undefined): Promise<void> {
  const bytes = await Deno.readFile(path);
  const found = encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  if (found === expected) return;
  const why = expected === undefined ? "has no hash" : "is not the file named";
  throw new RuntimeMissingError(`${name} ${why} in tools/runtime.ts: its SHA-256 is ${found}.`);
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
