/**
 * Files with a secret in them, which nobody else may have read or put there.
 *
 * @module
 */
import { isOpenToOthers, modeText } from "./closed_folder.ts";

/** A file that others may have read or written. The message says so, and what to do. */
export class OpenSecretError extends Error {
  /** The class, for logs. */
  override readonly name = "OpenSecretError";
}

const rootUid = 0;
/** What an administrator may give to this user by a group of its own, as for PostgreSQL's key. */
const groupReads = 0o040;

/**
 * Reads a file with a secret. What was opened is judged, so that nobody can exchange it in between. A pipe or a device is not:
 * what it gives, whoever named it has put there.
 *
 * @param path The file.
 * @param options `folder`: the data folder, which is this user's; the secret must be its owner's, or root's. `bytesMax`: the
 * most that it may hold.
 * @returns What it holds.
 * @throws {OpenSecretError} Where it belongs to somebody else, or others may use it (`root` may let a group read it).
 * @throws {Deno.errors} What the system says where it cannot be read; an `Error` where it is too long.
 */
export async function readSecretFile(
  path: string,
  { folder, bytesMax }: { folder: string; bytesMax: number },
): Promise<string> {
  using file = await Deno.open(path, { read: true });
  const info = await file.stat();
  if (info.isFile) requireSecret(path, info, (await Deno.stat(folder)).uid);
  const bytes = new Uint8Array(bytesMax + 1);
  let length = 0;
  for (;;) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
    if (length > bytesMax) throw new Error(`it is longer than ${bytesMax} bytes`);
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

function requireSecret(path: string, info: Deno.FileInfo, ownUid: number | null): void {
  if (Deno.build.os === "windows") return;
  if (info.uid !== ownUid && info.uid !== rootUid) {
    throw new OpenSecretError(
      `${path} belongs to another user, who can read and change it. Use a copy of your own.`,
    );
  }
  const isLent = info.uid === rootUid && info.uid !== ownUid;
  const mode = isLent ? (info.mode ?? 0) & ~groupReads : info.mode;
  if (!isOpenToOthers({ mode })) return;
  throw new OpenSecretError(
    `Other users of this machine can access ${path} (mode ${modeText(info)}). ` +
      `If nobody has tampered with it, run: chmod 600 ${path}`,
  );
}
