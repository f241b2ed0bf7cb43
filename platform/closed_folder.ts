/**
 * Whether a folder, and what is in it, belongs to this user alone: what somebody else has prepared is not used.
 *
 * The rules are those of PostgreSQL and OpenSSH: the folder and its files are this user's, nobody else may enter it, and no
 * file in it is a link. Once that is so, nobody else can change it any more, so it is looked at before anything in it is
 * opened. Windows has no such modes: there only links are refused.
 *
 * @module
 */
import { join } from "node:path";
import { DataFolderError } from "./data_folder_error.ts";

/** What group and others may do. */
const othersBits = 0o077;
const rootUid = 0;
const trialPrefix = ".writable-";

/** Who owns something and who may use it; null where the system has no such thing. */
type Owned = Pick<Deno.FileInfo, "uid" | "mode">;

/**
 * Makes sure that a folder is this user's alone. One of this user's that is empty is closed to others.
 *
 * @param path The folder, which exists.
 * @throws {DataFolderError} Where it, or a file in it, is another user's, open to others, or a link; with what to do.
 * @throws {Deno.errors} What the system says where it cannot be read or written.
 */
export async function requireClosedFolder(path: string): Promise<void> {
  const ownUid = await uidOfNewFile(path);
  // With a slash at its end a link would be looked through.
  const link = await Deno.lstat(path.replace(/(?<=.)(\/\.?)+$/, ""));
  if (link.isSymlink && isForeign(link, ownUid) && link.uid !== rootUid) {
    throw refused(path, "it is a link made by another user. Give the folder itself.");
  }
  const folder = await Deno.stat(path);
  if (isForeign(folder, ownUid)) {
    throw refused(path, "it belongs to another user. Choose a folder of your own.");
  }
  if (isOpenToOthers(folder)) await close(path, folder);
  // After it was closed: nobody else can put anything there any more.
  for await (const { name } of Deno.readDir(path)) await requireOwnFile(join(path, name), ownUid);
}

/**
 * The user whom this program's files belong to, as the folder's file system tells it: over a network it may give users other
 * numbers than this machine does.
 */
async function uidOfNewFile(path: string): Promise<number | null> {
  const trial = join(path, trialPrefix + crypto.randomUUID());
  using file = await Deno.open(trial, { write: true, createNew: true, mode: 0o600 });
  try {
    return (await file.stat()).uid;
  } finally {
    await Deno.remove(trial);
  }
}

/** In an empty folder nobody can have prepared or read anything. */
async function close(path: string, folder: Owned): Promise<void> {
  for await (const { name } of Deno.readDir(path)) {
    // Another start makes sure of the same.
    if (name.startsWith(trialPrefix)) continue;
    throw refused(
      path,
      `other users can access it (mode ${
        modeText(folder)
      }). If nobody has tampered with it, close it: chmod 700 ${path}`,
    );
  }
  await Deno.chmod(path, 0o700);
}

async function requireOwnFile(path: string, ownUid: number | null): Promise<void> {
  const file = await Deno.lstat(path).catch((error: unknown) => {
    // Another program of this user has removed a file of its own.
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  if (file === null) return;
  if (file.isSymlink) {
    throw refused(path, "it is a link. Replace it with the file itself, or remove it.");
  }
  if (file.isFile && isForeign(file, ownUid)) {
    throw refused(path, "it belongs to another user. If you trust it, make it yours with chown.");
  }
}

function isForeign({ uid }: Owned, ownUid: number | null): boolean {
  return Deno.build.os !== "windows" && uid !== ownUid;
}

/** Whether group or others may use a file or folder. */
export function isOpenToOthers({ mode }: Pick<Deno.FileInfo, "mode">): boolean {
  return Deno.build.os !== "windows" && mode !== null && (mode & othersBits) !== 0;
}

/** A mode as `chmod` writes it. */
export function modeText({ mode }: Pick<Deno.FileInfo, "mode">): string {
  return ((mode ?? 0) & 0o777).toString(8).padStart(4, "0");
}

function refused(path: string, reason: string): DataFolderError {
  return new DataFolderError(`${path} cannot be used for data: ${reason}`);
}
