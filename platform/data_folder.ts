/**
 * Where each platform keeps a program's data, and the folder made ready for use.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { requireClosedFolder } from "./closed_folder.ts";
import { DataFolderError } from "./data_folder_error.ts";

export { DataFolderError };

/** What the place of the data folder depends on. */
export interface Surroundings {
  /** The operating system. */
  readonly os: typeof Deno.build.os;
  /** Reads an environment variable. */
  readonly variable: (name: string) => string | undefined;
}

const realSurroundings: Surroundings = {
  os: Deno.build.os,
  variable: (name) => Deno.env.get(name),
};

/**
 * The folder that is used where none is given: under `$XDG_DATA_HOME` or `~/.local/share` on Linux,
 * `~/Library/Application Support` on macOS, `%LOCALAPPDATA%` on Windows. It is not made.
 *
 * @param part Which half of the program it is for; the two never share a folder.
 * @param surroundings The operating system and its variables; the real ones where not given.
 * @returns The folder's path.
 * @throws {DataFolderError} Where the platform does not say where a user's data belongs.
 */
export function defaultDataFolder(
  part: "server" | "client",
  surroundings: Surroundings = realSurroundings,
): string {
  return join(userDataFolder(surroundings), "chat", part);
}

function userDataFolder({ os, variable }: Surroundings): string {
  if (os === "windows") return required(variable, "LOCALAPPDATA");
  if (os === "darwin") return join(required(variable, "HOME"), "Library", "Application Support");
  const xdg = variable("XDG_DATA_HOME");
  // The XDG base directory specification says that a relative path is to be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  return join(required(variable, "HOME"), ".local", "share");
}

function required(variable: Surroundings["variable"], name: string): string {
  const value = variable(name);
  if (value !== undefined && value !== "") return value;
  throw new DataFolderError(
    `There is no default data folder, because the variable ${name} is not set. Choose one with --data DIR.`,
  );
}

/**
 * Makes a data folder that only this user can enter, unless it exists, and sees that it is this user's alone and can be
 * written to: see `requireClosedFolder()`.
 *
 * @param path The folder.
 * @throws {DataFolderError} Where the folder cannot be made, is no folder, is open to others, or cannot be written to.
 */
export async function prepareDataFolder(path: string): Promise<void> {
  await explained(path, async () => {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    await requireClosedFolder(path);
  });
}

/**
 * The same for a folder that has to be there: nothing is made that stays.
 *
 * @param path The folder.
 * @throws {DataFolderError} Also where there is no such folder.
 */
export async function checkDataFolder(path: string): Promise<void> {
  await explained(path, () => requireClosedFolder(path));
}

async function explained(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    throw new DataFolderError(
      `The data folder ${path} cannot be used: ${
        reasonOf(error)
      }. Fix it, or choose another folder with --data DIR.`,
      { cause: error },
    );
  }
}

/**
 * Why a file operation failed, in a few words for people.
 *
 * @param error What Deno threw.
 * @returns The reason, without a full stop.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.AlreadyExists) return "there is a file with that name";
  if (error instanceof Deno.errors.NotADirectory) return "part of the path is not a folder";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (!(error instanceof Error)) return String(error);
  return systemReasons.find(([code]) => code.test(error.message))?.[1] ?? error.message;
}

/** What Deno has no class for, in its words and in ours. */
const systemReasons: readonly [RegExp, string][] = [
  [/\(os error 36\)|name too long/i, "a name in its path is too long"],
  [/\(os error 30\)|read-only/i, "it is on a read-only disk"],
  [/\(os error 28\)|no space/i, "the disk is full"],
  [/\(os error 40\)|symbolic link/i, "its links lead in a circle"],
  [/nul byte|null byte/i, "its name contains a character that is not allowed"],
];
