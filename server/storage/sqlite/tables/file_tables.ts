/**
 * What is known of the files that people send. Their bytes are not in the database.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { FileCommand, FileGoneCommand, FileWholeCommand, OutcomeOf } from "../../commands.ts";
import type {
  FileRecord,
  FileUsage,
  StaleFilesQuery,
  StoredFile,
  WholeFilesQuery,
} from "../../file_storage.ts";
import type { Destination } from "../../post_storage.ts";
import { integerOf, type TableRow, textColumn } from "../file/rows.ts";
import { prepared } from "../file/statements.ts";
import { StorageError } from "../../storage_error.ts";

const columns = "files.id, files.sender, owner, post_id, room, recipient_key, bytes, " +
  "files.time_ms, whole, hash, files.checksum";
/** A file with the post that has brought it. */
const withPost = `SELECT ${columns}, posts.kind AS post_kind FROM files ` +
  "LEFT JOIN posts ON posts.id = post_id AND posts.sender = files.sender";

/**
 * Announces a file.
 *
 * @param database The database, with a transaction begun.
 * @param command The file.
 * @returns What became of it.
 */
export function announceFile(database: DatabaseSync, command: FileCommand): OutcomeOf<"file"> {
  const { from, owner, postId, destination, bytes, timeMs } = command;
  const { room, recipient } = placeOf(destination);
  if (room !== null && !isRoom(database, room)) return { refused: "no_such_room" };
  const before = prepared(database, `${withPost} WHERE post_id = ? AND files.sender = ?`)
    .get(postId, from);
  if (before !== undefined) {
    const { file, ...known } = fileOf(before);
    const isSame = known.bytes === bytes && known.owner === owner &&
      JSON.stringify(placeOf(known.destination)) === JSON.stringify({ room, recipient });
    return isSame ? { refused: null, repeated: true, file } : { refused: "id_reused" };
  }
  const { file } = command;
  const { changes } = prepared(
    database,
    "INSERT INTO files (id, sender, owner, post_id, room, recipient_key, bytes, time_ms, whole, checksum) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO NOTHING",
  ).run(
    ...[file, from, owner, postId, room, recipient, bytes, timeMs],
    fileChecksum(command, false, null),
  );
  return changes === 1 ? { refused: null, repeated: false, file } : { refused: "id_reused" };
}

/**
 * Notes that all of a file is there.
 *
 * @param database The database, with a transaction begun.
 * @param command Which one.
 * @returns What became of it.
 */
export function completeFile(
  database: DatabaseSync,
  { file, hash }: FileWholeCommand,
): OutcomeOf<"file_whole"> {
  const found = findFile(database, file);
  if (found === null) return { refused: "no_such_file" };
  if (found.whole) {
    return isOther(found.hash, hash)
      ? { refused: "other_bytes" }
      : { refused: null, repeated: true };
  }
  prepared(database, "UPDATE files SET whole = 1, hash = ?, checksum = ? WHERE id = ?")
    .run(hash, fileChecksum(found, true, hash), file);
  return { refused: null, repeated: false };
}

/**
 * Forgets files.
 *
 * @param database The database, with a transaction begun.
 * @param command Which ones.
 * @returns What became of it.
 */
export function forgetFiles(
  database: DatabaseSync,
  { files }: FileGoneCommand,
): OutcomeOf<"file_gone"> {
  let gone = 0;
  for (const file of files) {
    gone += Number(prepared(database, "DELETE FROM files WHERE id = ?").run(file).changes);
  }
  return { refused: null, repeated: gone === 0 };
}

/** See `FileLookups.findFile`. */
export function findFile(database: DatabaseSync, file: string): StoredFile | null {
  const row = prepared(database, `${withPost} WHERE files.id = ?`).get(file);
  return row === undefined ? null : fileOf(row);
}

/** See `FileLookups.fileOfPost`. */
export function fileOfPost(database: DatabaseSync, sequence: number): string | null {
  const row = prepared(
    database,
    "SELECT files.id FROM posts JOIN files ON files.post_id = posts.id AND files.sender = posts.sender " +
      "WHERE posts.sequence = ?",
  ).get(sequence);
  return row === undefined ? null : textColumn(row, "id");
}

/** See `FileLookups.fileUsage`. */
export function fileUsage(database: DatabaseSync, owner: string): FileUsage {
  const row = prepared(
    database,
    "SELECT coalesce(sum(bytes), 0) AS every, coalesce(sum(bytes) FILTER (WHERE owner = ?1), 0) AS own, " +
      "count(*) FILTER (WHERE owner = ?1) AS own_count FROM files",
  ).get(owner) ?? {};
  return {
    own: integerOf(row, "own"),
    ownCount: integerOf(row, "own_count"),
    all: integerOf(row, "every"),
  };
}

/** See `FileLookups.staleFiles`. */
export function staleFiles(
  database: DatabaseSync,
  { keptSinceMs, waitingSinceMs, owner, limit }: StaleFilesQuery,
): readonly string[] {
  const rows = prepared(
    database,
    "SELECT files.id FROM files LEFT JOIN posts ON posts.id = post_id AND posts.sender = files.sender " +
      "WHERE (?3 IS NULL OR owner = ?3) AND (files.time_ms < ?1 OR posts.kind = 'retracted' OR " +
      "(files.time_ms < ?2 AND (whole = 0 OR posts.kind IS NULL))) ORDER BY files.id LIMIT ?4",
  ).all(keptSinceMs, waitingSinceMs, owner, limit);
  return rows.map((row) => textColumn(row, "id"));
}

/** See `FileLookups.knownFiles`. */
export function knownFiles(database: DatabaseSync, files: readonly string[]): readonly string[] {
  const statement = prepared(database, "SELECT 1 FROM files WHERE id = ?");
  return files.filter((file) => statement.get(file) !== undefined);
}

/** See `FileLookups.wholeFiles`. */
export function wholeFiles(
  database: DatabaseSync,
  { after, limit }: WholeFilesQuery,
): readonly string[] {
  const rows = prepared(
    database,
    "SELECT files.id FROM files LEFT JOIN posts ON posts.id = post_id AND posts.sender = files.sender " +
      "WHERE files.id > ? AND whole = 1 AND posts.kind IS NOT 'retracted' ORDER BY files.id LIMIT ?",
  ).all(after, limit);
  return rows.map((row) => textColumn(row, "id"));
}

/** Checks every row. @throws StorageError `damaged`. */
export function checkFiles(database: DatabaseSync): void {
  for (const row of database.prepare(withPost).iterate()) fileOf(row);
}

function isRoom(database: DatabaseSync, id: number): boolean {
  return prepared(database, "SELECT 1 FROM rooms WHERE id = ?").get(id) !== undefined;
}

/** A room, or who else is in the private conversation. */
function placeOf(destination: Destination): { room: number | null; recipient: string | null } {
  if ("roomId" in destination) return { room: destination.roomId, recipient: null };
  return { room: null, recipient: destination.between[1] };
}

function fileOf(row: TableRow): StoredFile {
  const owner = textColumn(row, "owner");
  const record = {
    file: textColumn(row, "id"),
    from: textColumn(row, "sender"),
    owner,
    postId: textColumn(row, "post_id"),
    destination: row["room"] === null
      ? { between: [owner, textColumn(row, "recipient_key")] as const }
      : { roomId: integerOf(row, "room") },
    bytes: integerOf(row, "bytes"),
    timeMs: integerOf(row, "time_ms"),
  };
  const whole = integerOf(row, "whole") === 1;
  const hash = row["hash"] === null ? null : textColumn(row, "hash");
  if (fileChecksum(record, whole, hash) !== integerOf(row, "checksum")) {
    throw new StorageError(
      "damaged",
      `The database is damaged at the file ${record.file}. Restore the data folder from a backup.`,
    );
  }
  const kind = row["post_kind"];
  const post = kind === null ? "none" : kind === "retracted" ? "retracted" : "there";
  return { ...record, whole, hash, post };
}

/** Whether two hashes are known, and not the same. */
function isOther(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}

/** Where there is no hash, it is what version 14 has written. */
function fileChecksum(record: FileRecord, whole: boolean, hash: string | null): number {
  const { file, from, owner, postId, destination, bytes, timeMs } = record;
  const { room, recipient } = placeOf(destination);
  const parts = [file, from, owner, postId, room, recipient, bytes, timeMs, whole];
  return crc32(JSON.stringify(hash === null ? parts : [...parts, hash]));
}
