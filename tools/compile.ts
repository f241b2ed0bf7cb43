/**
 * Builds the program into one file a platform:
 *
 *     deno task compile        dist/chat for this machine
 *     deno task compile:all    dist/chat-PLATFORM for each platform
 *
 * `deno compile` needs a base runtime from Deno's download site (or `DENORT_BIN`, for this machine). Where that
 * cannot be had, it says so and makes a self-extracting file instead; `--self-extracting` asks for that at once,
 * and `--output FOLDER` names another place than dist/.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { CommandError, runCommand, say } from "./commands.ts";
import { permissionFlags } from "./permissions.ts";
import { makeSelfExtracting } from "./self_extracting.ts";
import { findTarget, type Target, targets } from "./targets.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs `deno compile` over the bundle. Throws {@linkcode CommandError} where it cannot. */
async function compile(bundleFolder: string, target: Target, output: string): Promise<string> {
  const path = output + target.extension;
  const words = ["compile", "--quiet", "--no-check", "--no-lock", "--config=compile.json"];
  const what = [`--target=${target.triple}`, `--output=${path}`, "--include=storage_worker.js"];
  // The one import that is left open in the bundle is never reached: it leads to an empty module.
  const config = { imports: { "react-devtools-core": "data:text/javascript," } };
  await Deno.writeTextFile(join(bundleFolder, "compile.json"), JSON.stringify(config));
  try {
    await runCommand(Deno.execPath(), [...words, ...what, ...permissionFlags, "main.js"], {
      cwd: bundleFolder,
    });
  } finally {
    await Deno.remove(join(bundleFolder, "compile.json"));
  }
  return path;
}

/** Whether `deno compile` failed only because its base runtime could not be fetched; then why. */
function downloadFailure(error: unknown): string | undefined {
  if (!(error instanceof CommandError) || Deno.env.has("DENORT_BIN")) return undefined;
  if (!error.message.includes("Setting up base binary")) return undefined;
  return /^\s*1: (.*)$/m.exec(error.message)?.[1] ?? "no reason given";
}

/** Finds the runtime for a platform: this very one, or that of the same version from npm. */
async function fetchRuntime(target: Target, folder: string): Promise<string> {
  if (target.triple === Deno.build.target) return Deno.execPath();
  const name = `${target.runtimePackage}@${Deno.version.deno}`;
  const archive = await runCommand("npm", ["pack", "--silent", name], { cwd: folder });
  await runCommand("tar", ["-xzf", archive.trim()], { cwd: folder });
  return join(folder, "package", target.runtimeFile);
}

async function selfExtract(bundleFolder: string, target: Target, output: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "chat-runtime-" });
  try {
    const runtime = await fetchRuntime(target, folder);
    return await makeSelfExtracting({ bundleFolder, runtime, target }, output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Builds for each platform in turn. Once a base runtime could not be fetched, no other is tried. */
async function buildAll(
  wanted: readonly Target[],
  options: { readonly bundleFolder: string; readonly selfExtracting: boolean },
  outputFor: (target: Target) => string,
): Promise<void> {
  let build = options.selfExtracting ? selfExtract : compile;
  for (const target of wanted) {
    const output = outputFor(target);
    const path = await build(options.bundleFolder, target, output).catch((error) => {
      const reason = downloadFailure(error);
      if (reason === undefined || build === selfExtract) throw error;
      say(`No base runtime for "deno compile" (${reason}): making the self-extracting form.`);
      build = selfExtract;
      return selfExtract(options.bundleFolder, target, output);
    });
    say(await describe(path));
  }
}

async function describe(path: string): Promise<string> {
  const { size } = await Deno.stat(path);
  return `${path} (${(size / 1e6).toFixed(1)} MB)`;
}

async function main(args: string[]): Promise<void> {
  const flags = parseArgs(args, {
    boolean: ["all", "self-extracting"],
    string: ["output"],
  });
  const folder = resolve(String(flags["output"] ?? join(root, "dist")));
  const all = flags["all"] === true;
  await Deno.mkdir(folder, { recursive: true });
  const bundleFolder = await Deno.makeTempDir({ prefix: "chat-bundle-" });
  try {
    await bundle(bundleFolder, root);
    await buildAll(
      all ? targets : [findTarget()],
      { bundleFolder, selfExtracting: flags["self-extracting"] === true },
      (target) => join(folder, all ? `chat-${target.triple}` : "chat"),
    );
  } finally {
    await Deno.remove(bundleFolder, { recursive: true });
  }
}

try {
  await main(Deno.args);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
