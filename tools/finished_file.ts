/**
 * Puts a built file in its place only when it is known to work.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { version } from "../platform/version.ts";
import { CommandError, runCommand } from "./commands.ts";
import type { Target } from "./targets.ts";

/**
 * Builds into a folder beside the final place, runs what was built where it is for this machine, and moves it there.
 * What an earlier build left stays as it is until then.
 *
 * @param output Where the file goes, without an ending.
 * @param target The platform.
 * @param build Builds, gets another place without an ending, and gives the path of the file.
 * @returns The path of the file.
 * @throws {CommandError} If what was built does not run, or is another program.
 */
export async function finishFile(
  output: string,
  target: Target,
  build: (output: string) => Promise<string>,
): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: dirname(output), prefix: ".building-" });
  try {
    const built = await build(join(folder, basename(output)));
    if (target.triple === Deno.build.target) await checkRuns(built, folder);
    const path = join(dirname(output), basename(built));
    await Deno.rename(built, path);
    return path;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Any runtime can be made into a file of the right size: only a start shows that it is this program. */
async function checkRuns(path: string, folder: string): Promise<void> {
  // The self-extracting form unpacks itself there.
  const said = await runCommand(path, ["version"], { env: { XDG_CACHE_HOME: folder } });
  if (said === `chat ${version}\n`) return;
  throw new CommandError(
    `The built file does not work: "version" printed ${JSON.stringify(said)}.`,
  );
}
