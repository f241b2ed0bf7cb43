/**
 * Turns the errors of SQLite and of the file system into a {@linkcode StorageError} that says what to do.
 *
 * @module
 */

import { StorageError } from "../../storage_error.ts";

/** What can be wrong with a database. */
type Reason = Exclude<StorageError["reason"], "cut_off" | "unconfirmed">;

/**
 * node:sqlite gives SQLite's code for some calls only, its message always. These are SQLite's own English texts
 * (sqlite3_errstr), which are part of its interface and have not changed in many years.
 */
const reasons: readonly (readonly [text: RegExp, reason: Reason])[] = [
  [/malformed|not a database|corrupt/, "damaged"],
  // Our statements are right: they fail so only where the stored schema is not what was written.
  [/no such (table|column|module)|no column named|unrecognized option/, "damaged"],
  [/vtable constructor failed|foreign key mismatch/, "damaged"],
  [/database or disk is full|No space left|os error 28|Disk quota/i, "full"],
  [/readonly database|unable to open database|access permission denied/, "not_writable"],
  [/database is locked|database table is locked/, "locked"],
];

const advice: Readonly<Record<Reason, string>> = {
  damaged:
    "is damaged or is not a database. Stop the server and restore the data folder from a backup.",
  full: "cannot grow: the disk is full. Free some space; nothing of this request was stored.",
  not_writable: "cannot be opened or written. Check that the folder belongs to the server's user.",
  locked: "is in use by another program. Stop the other server, or choose another data folder.",
  failed: "cannot be used.",
};

/**
 * The StorageError for anything that was thrown while a database was used.
 *
 * @param thrown What was caught; a StorageError stays as it is.
 * @param path The database, for the message.
 * @returns The error, with what was thrown as its cause.
 */
export function storageErrorFrom(thrown: unknown, path: string): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const reason = reasons.find(([pattern]) => pattern.test(text))?.[1] ?? "failed";
  return new StorageError(reason, `"${path}" ${advice[reason]} (${text})`, { cause: thrown });
}
