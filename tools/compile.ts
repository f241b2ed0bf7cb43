/**
 * Builds the program into one file a platform:
 *
 *     deno task compile        dist/chat for this machine
 *     deno task compile:all    dist/chat-PLATFORM for each platform
 *
 * `deno compile` needs a base runtime from Deno's download site (or `DENORT_BIN`, for this machine). Where that
 * cannot be had, it says so and makes the self-extracting form instead. Flags:
 *
 *     --self-extracting           makes that form at once
 *     --output FOLDER             another place than dist/
 *     --checked                   the types were checked before; else they are checked now
 *     --runtime-version VERSION   which Deno the self-extracting form of other platforms carries; else this very one
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, bundleChecked } from "./bundle.ts";
import { say } from "./commands.ts";
import { BaseMissingError, denoCompile } from "./deno_compile.ts";
import { finishFile } from "./finished_file.ts";
import { findRuntime, RuntimeMissingError } from "./runtime.ts";
import { makeSelfExtracting } from "./self_extracting.ts";
import { findTarget, type Target, targets } from "./targets.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Options {
  readonly all: boolean;
  readonly folder: string;
  readonly checked: boolean;
  readonly runtimeVersion: string;
}

function readOptions(args: string[]): Options & { readonly selfExtracting: boolean } {
  const flags = parseArgs(args, {
    boolean: ["all", "self-extracting", "checked"],
    string: ["output", "runtime-version"],
  });
  return {
    all: flags["all"] === true,
    selfExtracting: flags["self-extracting"] === true,
    checked: flags["checked"] === true,
    folder: resolve(String(flags["output"] ?? join(root, "dist"))),
    runtimeVersion: String(flags["runtime-version"] ?? Deno.version.deno),
  };
}

/** Runs `work` with a folder that is gone afterwards. */
async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "chat-build-" });
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Builds one file after the other, and remembers that a base runtime could not be fetched. */
class Builder {
  readonly #options: Options;
  #selfExtracting: boolean;

  constructor(options: Options, selfExtracting: boolean) {
    this.#options = options;
    this.#selfExtracting = selfExtracting;
  }

  /** Returns the path of what was built. */
  async build(bundleFolder: string, target: Target): Promise<string> {
    const { all, folder } = this.#options;
    const output = join(folder, all ? `chat-${target.triple}` : "chat");
    return await finishFile(
      output,
      target,
      (unfinished) => this.#build(bundleFolder, target, unfinished),
    );
  }

  async #build(bundleFolder: string, target: Target, output: string): Promise<string> {
    if (!this.#selfExtracting) {
      const compiled = await this.#tryCompile(bundleFolder, target, output);
      if (compiled !== undefined) return compiled;
    }
    return await withFolder(async (runtimeFolder) => {
      const runtime = await findRuntime(target, this.#options.runtimeVersion, runtimeFolder);
      return await makeSelfExtracting({ bundleFolder, runtime, target }, output);
    });
  }

  async #tryCompile(folder: string, target: Target, output: string): Promise<string | undefined> {
    try {
      return await denoCompile(folder, target, output);
    } catch (error) {
      if (!(error instanceof BaseMissingError)) throw error;
      say(
        `No base runtime for "deno compile" (${error.message}): making the self-extracting form.`,
      );
      this.#selfExtracting = true;
      return undefined;
    }
  }
}

/** Returns how many platforms are missing in the end. */
async function buildAll(options: Options, builder: Builder): Promise<number> {
  await Deno.mkdir(options.folder, { recursive: true });
  return await withFolder(async (bundleFolder) => {
    await (options.checked ? bundleChecked : bundle)(bundleFolder, root);
    let missing = 0;
    for (const target of options.all ? targets : [findTarget()]) {
      try {
        say(await describe(await builder.build(bundleFolder, target)));
      } catch (error) {
        if (!(error instanceof RuntimeMissingError)) throw error;
        say(`Not built for ${target.triple}: ${error.message}`);
        missing += 1;
      }
    }
    return missing;
  });
}

async function describe(path: string): Promise<string> {
  const { size } = await Deno.stat(path);
  return `${path} (${(size / 1e6).toFixed(1)} MB)`;
}

try {
  const options = readOptions(Deno.args);
  const missing = await buildAll(options, new Builder(options, options.selfExtracting));
  if (missing > 0) Deno.exit(1);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
