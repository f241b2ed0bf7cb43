/**
 * Makes the store of a server of a cluster anew, where what it has is damaged or not what the others have: what is there is set aside,
 * and everything comes from the log or from another server. Where that does not succeed, what was there is put back.
 *
 * @module
 */
import { join } from "node:path";
import { databaseFileName, lockExistingFolder } from "../sqlite/file/data_folder.ts";
import { StorageError } from "../storage_error.ts";

/** What was set aside. */
export interface SetAside {
  /** The folder that has it. */
  readonly folder: string;
  /** Puts it back, in the place of what has been made since. */
  restore(): Promise<void>;
}

/**
 * Sets the database of a data folder aside, in a folder within it.
 *
 * @param directory The data folder.
 * @param now When that is, for the folder's name.
 * @throws {StorageError} `locked` where a server uses it; `failed` where nothing is there.
 */
export async function setAside(directory: string, now: Date): Promise<SetAside> {
  using _lock = await lockExistingFolder(directory);
  const names = await databaseFiles(directory);
  if (names.length === 0) {
    throw new StorageError(
      "failed",
      `There is no database in "${directory}" that could be made anew: start the server as usual, and it gets everything.`,
    );
  }
  const folder = join(directory, `before-rebuild-${now.toISOString().replaceAll(/[:.]/g, "-")}`);
  await Deno.mkdir(folder, { mode: 0o700 });
  await move(names, directory, folder);
  return { folder, restore: () => putBack(directory, folder) };
}

async function putBack(directory: string, folder: string): Promise<void> {
  using _lock = await lockExistingFolder(directory);
  for (const name of await databaseFiles(directory)) await Deno.remove(join(directory, name));
  await move(await databaseFiles(folder), folder, directory);
  await Deno.remove(folder);
}

/** The database itself last: without it the others mean nothing, and a start that comes in between finds it. */
async function move(names: readonly string[], from: string, to: string): Promise<void> {
  for (const name of names) await Deno.rename(join(from, name), join(to, name));
}

/** The database, and the files beside it that belong to it; itself last. */
async function databaseFiles(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory)).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
  // As SQLite names them, and commit_counts.ts.
  const isOurs = (name: string) => name === databaseFileName || /^chat\.sqlite[-.]/.test(name);
  const names = entries.filter(({ name, isFile }) => isFile && isOurs(name)).map(({ name }) =>
    name
  );
  return names.sort((a, b) => b.length - a.length);
}

/**
 * The error of what is damaged here, and whole on other servers.
 *
 * @param error An error of the own store.
 * @returns The same with what to do in a cluster, where it is about damage.
 */
export function mendedByRebuild(error: StorageError): StorageError {
  if (error.reason !== "damaged") return error;
  const what = error.message.replace(
    / [^.]*\b[Rr]estore (the data folder|it) from a backup\.$/,
    "",
  );
  return new StorageError(
    "damaged",
    `${what} The other servers of the cluster have it whole: start this one with --rebuild, then as usual.`,
    { cause: error },
  );
}
