/**
 * Files that only this user may read, written so that a crash leaves the old text or the new, nothing between.
 *
 * @module
 */
import { dirname } from "node:path";

/** What to do where the file exists already. */
export type WhenExisting = "replace" | "keep";

/**
 * Writes a file that only this user can read (mode 0600, from its first instant): to a temporary file in the same
 * folder, which is flushed to the disk and then takes the name.
 *
 * @param path The file.
 * @param text What it will hold.
 * @param whenExisting `replace` puts the text in place of an older file; `keep` leaves an older file as it is.
 * @returns True where the text was written; false where an older file was kept.
 * @throws {Deno.errors} What the system says where it cannot be written; then no temporary file is left.
 */
export async function writePrivateFile(
  path: string,
  text: string,
  whenExisting: WhenExisting,
): Promise<boolean> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeFlushed(temporary, text);
    const written = whenExisting === "replace"
      ? await rename(temporary, path)
      : await renameToFree(temporary, path);
    if (written) await flushFolder(dirname(path));
    return written;
  } catch (error) {
    await removeIfThere(temporary);
    throw error;
  }
}

async function writeFlushed(path: string, text: string): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
  await file.sync();
}

async function rename(from: string, to: string): Promise<true> {
  await Deno.rename(from, to);
  return true;
}

/** A hard link, unlike a rename, fails where the name is taken: of two that start together, one wins and both know. */
async function renameToFree(from: string, to: string): Promise<boolean> {
  try {
    await Deno.link(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    await Deno.remove(from);
    return false;
  }
  await Deno.remove(from);
  return true;
}

/** A new name is durable only when its folder is on the disk too. Windows knows no such thing. */
async function flushFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
