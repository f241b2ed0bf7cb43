/**
 * The folder that holds the database: made with modes that keep others out, and locked for one server.
 *
 * @module
 */

import { StorageError } from "../../storage_error.ts";
import { storageErrorFrom } from "./storage_failure.ts";

/** The database's name in the folder. */
export const databaseFileName = "chat.sqlite";
const lockFileName = "chat.lock";

/** A folder that this process holds. */
export interface HeldFolder {
  /** The database's path; the file exists. */
  readonly databasePath: string;
  /** Lets another server have the folder. */
  release(): void;
}

function join(directory: string, name: string): string {
  return directory.replace(/[/\\]+$/, "") + "/" + name;
}

async function makeFolder(directory: string): Promise<void> {
  if (directory === "") {
    throw new StorageError("not_writable", "The data folder has no name. Choose one.");
  }
  const found = await Deno.stat(directory).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  if (found === null) await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  else if (!found.isDirectory) {
    throw new StorageError(
      "not_writable",
      `The data folder "${directory}" is a file. Choose another path for the data folder.`,
    );
  }
}

/** Opens a file that only its owner may read, whatever the umask and whoever made it. */
async function openPrivateFile(path: string): Promise<Deno.FsFile> {
  const file = await Deno.open(path, { create: true, read: true, write: true, mode: 0o600 });
  if (Deno.build.os !== "windows") await Deno.chmod(path, 0o600);
  return file;
}

function folderError(thrown: unknown, directory: string): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const full = storageErrorFrom(thrown, directory);
  if (full.reason === "full") return full;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new StorageError(
    "not_writable",
    `The data folder "${directory}" cannot be written (${text}). ` +
      "Make it belong to the server's user, or choose another data folder.",
    { cause: thrown },
  );
}

/**
 * Makes the folder if needed, and takes it for this process. The lock is the operating system's (flock, or LockFileEx
 * on Windows): it ends with the process, however it ends.
 *
 * @param directory The folder's path.
 * @throws StorageError `locked`, if another server holds it; `not_writable`, if it cannot be made or written.
 * @returns The held folder.
 */
export async function holdFolder(directory: string): Promise<HeldFolder> {
  let lock: Deno.FsFile | undefined;
  try {
    await makeFolder(directory);
    lock = await openPrivateFile(join(directory, lockFileName));
    if (!await lock.tryLock(true)) throw lockedError(directory);
    const databasePath = join(directory, databaseFileName);
    (await openPrivateFile(databasePath)).close();
    const held = lock;
    return { databasePath, release: () => held.close() };
  } catch (thrown) {
    lock?.close();
    throw folderError(thrown, directory);
  }
}

/**
 * Takes a folder for this process as it is, and makes nothing in it: where there is no lock, no server has ever used it.
 *
 * @param directory The folder's path.
 * @throws StorageError `locked`, if a server holds it; `not_writable`, if the lock cannot be opened.
 * @returns The held folder, with the path of a database that need not exist.
 */
export async function lockExistingFolder(
  directory: string,
): Promise<{ readonly databasePath: string } & Disposable> {
  const databasePath = join(directory, databaseFileName);
  let lock: Deno.FsFile;
  try {
    lock = await Deno.open(join(directory, lockFileName), { read: true, write: true });
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      return { databasePath, [Symbol.dispose]: () => {} };
    }
    throw folderError(thrown, directory);
  }
  if (await lock.tryLock(true)) return { databasePath, [Symbol.dispose]: () => lock.close() };
  lock.close();
  throw lockedError(directory);
}

function lockedError(directory: string): StorageError {
  return new StorageError(
    "locked",
    `Another server is using the data folder "${directory}". ` +
      "Stop it, or choose another folder with --data DIR.",
  );
}
