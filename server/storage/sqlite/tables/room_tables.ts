/**
 * Rooms and their members.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type {
  LawCommand,
  MembershipCommand,
  OutcomeOf,
  RoomCommand,
  TopicCommand,
} from "../../commands.ts";
import { memberChecksum, roomChecksum } from "../file/checksum.ts";
import { lawOfText, textOfLaw } from "../../law_text.ts";
import { changedLaw, lawOfOwner, type RoomLaw } from "../../room_law.ts";
import type { RoomRecord, TopicSetting } from "../../room_storage.ts";
import { integerOf, type TableRow, textColumn } from "../file/rows.ts";
import { prepared } from "../file/statements.ts";
import { StorageError } from "../../storage_error.ts";

/**
 * Every room with its members.
 *
 * @param database The database.
 * @throws StorageError `damaged`, naming the room that is not as it was written.
 * @returns The rooms, oldest first.
 */
export function readRooms(database: DatabaseSync): RoomRecord[] {
  const members = new Map<number, string[]>();
  for (const row of database.prepare("SELECT room, key FROM members").iterate()) {
    const room = integerOf(row, "room");
    const keys = members.get(room) ?? [];
    keys.push(textColumn(row, "key"));
    members.set(room, keys);
  }
  return prepared(database, "SELECT * FROM rooms ORDER BY id").all().map((row) =>
    roomOf(row, members.get(integerOf(row, "id")) ?? [])
  );
}

function roomOf(row: TableRow, members: readonly string[]): RoomRecord {
  const room = {
    id: integerOf(row, "id"),
    name: textColumn(row, "name"),
    nameKey: textColumn(row, "key"),
    skeleton: textColumn(row, "skeleton"),
    topic: textColumn(row, "topic"),
    topicSetting: settingOf(row),
    members,
    law: lawOf(row),
  };
  if (roomChecksum(room, members) === integerOf(row, "checksum")) return room;
  throw new StorageError(
    "damaged",
    `The database is damaged at the room "${room.name}": its checksum, which covers its members too, is wrong. ` +
      "Restore the data folder from a backup.",
  );
}

function settingOf(row: TableRow): TopicSetting | null {
  if (row["topic_by"] === null) return null;
  return { by: textColumn(row, "topic_by"), timeMs: integerOf(row, "topic_ms") };
}

function lawOf(row: TableRow): RoomLaw {
  const law = lawOfText(row["law"] === null ? null : textColumn(row, "law"));
  if (law !== null) return law;
  throw new StorageError(
    "damaged",
    `The database is damaged at the room "${textColumn(row, "name")}": its rules cannot be read. ` +
      "Restore the data folder from a backup.",
  );
}

/**
 * Makes a room: a conversation, and the room with the same id.
 *
 * @param database The database, with a transaction begun.
 * @param command Its names.
 * @returns What became of it.
 */
export function createRoom(
  database: DatabaseSync,
  { name, nameKey, skeleton, madeBy }: RoomCommand,
): OutcomeOf<"room"> {
  const found = prepared(database, "SELECT 1 FROM rooms WHERE key = ? OR skeleton = ?");
  if (found.get(nameKey, skeleton) !== undefined) return { refused: "name_taken" };
  const id = Number(
    prepared(database, "INSERT INTO conversations (last) VALUES (0)").run().lastInsertRowid,
  );
  const law = lawOfOwner(madeBy);
  const made = { id, name, nameKey, skeleton, topic: "", topicSetting: null, law };
  prepared(database, "INSERT INTO rooms VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, ?)")
    .run(id, name, nameKey, skeleton, made.topic, roomChecksum(made), textOfLaw(law));
  return { refused: null, repeated: false, roomId: id };
}

/**
 * Sets a room's topic.
 *
 * @param database The database, with a transaction begun.
 * @param command The topic, and who sets it.
 * @throws StorageError `damaged`, if the room is not as it was written.
 * @returns What became of it.
 */
export function setTopic(
  database: DatabaseSync,
  { roomId, topic, setting }: TopicCommand,
): OutcomeOf<"topic"> {
  const before = readRoom(database, roomId);
  if (before === null) return { refused: "no_such_room" };
  const room = { ...before, topic, topicSetting: setting };
  const set = "UPDATE rooms SET topic = ?, topic_by = ?, topic_ms = ?, checksum = ? WHERE id = ?";
  prepared(database, set)
    .run(topic, setting.by, setting.timeMs, roomChecksum(room, room.members), roomId);
  return { refused: null, repeated: false };
}

/**
 * Changes roles, rules and lists of a room.
 *
 * @param database The database, with a transaction begun.
 * @param command The changes.
 * @throws StorageError `damaged`, if the room is not as it was written.
 * @returns What became of it.
 */
export function changeLaw(
  database: DatabaseSync,
  { roomId, changes }: LawCommand,
): OutcomeOf<"law"> {
  const before = readRoom(database, roomId);
  if (before === null) return { refused: "no_such_room" };
  const law = changedLaw(before.law, changes);
  if (law === before.law) return { refused: null, repeated: true };
  prepared(database, "UPDATE rooms SET law = ?, checksum = ? WHERE id = ?")
    .run(textOfLaw(law), roomChecksum({ ...before, law }, before.members), roomId);
  return { refused: null, repeated: false };
}

function readRoom(database: DatabaseSync, roomId: number): RoomRecord | null {
  const row = prepared(database, "SELECT * FROM rooms WHERE id = ?").get(roomId);
  if (row === undefined) return null;
  const members = prepared(database, "SELECT key FROM members WHERE room = ?").all(roomId)
    .map((member) => textColumn(member, "key"));
  return roomOf(row, members);
}

/**
 * Makes an account a member of a room, or no longer one. The member and the room's checksum change together.
 *
 * @param database The database, with a transaction begun.
 * @param command Who, and where.
 * @returns What became of it.
 */
export function changeMembership(
  database: DatabaseSync,
  { roomId, nameKey, belongs }: MembershipCommand,
): OutcomeOf<"membership"> {
  const row = prepared(database, "SELECT checksum FROM rooms WHERE id = ?").get(roomId);
  if (row === undefined) return { refused: "no_such_room" };
  const sql = belongs
    ? "INSERT INTO members (room, key) VALUES (?, ?) ON CONFLICT DO NOTHING"
    : "DELETE FROM members WHERE room = ? AND key = ?";
  const repeated = prepared(database, sql).run(roomId, nameKey).changes === 0;
  if (!repeated) {
    const checksum = (integerOf(row, "checksum") ^ memberChecksum(roomId, nameKey)) >>> 0;
    prepared(database, "UPDATE rooms SET checksum = ? WHERE id = ?").run(checksum, roomId);
  }
  return { refused: null, repeated };
}
