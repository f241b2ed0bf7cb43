/**
 * Rooms and their members.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { memberChecksum, roomChecksum } from "../file/checksum.ts";
import { integerOf, type TableRow, textColumn } from "../file/rows.ts";
import { lawOfText, textOfLaw } from "../../law_text.ts";
import { changedLaw, lawOfOwner, type RoomChange, type RoomLaw } from "../../room_law.ts";
import {
  type RoomOwner,
  type RoomRecord,
  StorageError,
  TakenError,
  type TopicSetting,
} from "../../storage.ts";
import { isUniqueViolation } from "../file/storage_failure.ts";
import { prepared } from "../file/statements.ts";
import { inTransaction } from "../file/transaction.ts";

/** What makes a room. */
export interface NewRoom {
  readonly name: string;
  readonly nameKey: string;
  readonly skeleton: string;
}

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
 * @param database The database.
 * @param room Its names.
 * @param owner The account that owns it; nobody where it is left out.
 * @throws TakenError, if the folded name or the skeleton exists.
 * @returns The room.
 */
export function createRoom(
  database: DatabaseSync,
  room: NewRoom,
  owner?: RoomOwner,
): RoomRecord {
  database.exec("BEGIN IMMEDIATE");
  try {
    const id = Number(
      prepared(database, "INSERT INTO conversations (last) VALUES (0)").run().lastInsertRowid,
    );
    const { name, nameKey, skeleton } = room;
    const law = lawOfOwner(owner);
    const made = { id, name, nameKey, skeleton, topic: "", topicSetting: null, law };
    prepared(database, "INSERT INTO rooms VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, ?)")
      .run(id, name, nameKey, skeleton, made.topic, roomChecksum(made), textOfLaw(law));
    database.exec("COMMIT");
    return { ...made, members: [] };
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    if (isUniqueViolation(error)) throw new TakenError("A room with this name exists.");
    throw error;
  }
}

/**
 * Sets a room's topic.
 *
 * @param database The database.
 * @param roomId The room.
 * @param topic The topic.
 * @param setting Who sets it, and when.
 * @throws StorageError `failed`, if the room does not exist.
 */
export function setTopic(
  database: DatabaseSync,
  roomId: number,
  topic: string,
  setting: TopicSetting,
): void {
  const room = { ...readRoom(database, roomId), topic, topicSetting: setting };
  const set = "UPDATE rooms SET topic = ?, topic_by = ?, topic_ms = ?, checksum = ? WHERE id = ?";
  prepared(database, set)
    .run(topic, setting.by, setting.timeMs, roomChecksum(room, room.members), roomId);
}

/**
 * Changes roles, rules and lists of a room, all of it or nothing.
 *
 * @param database The database.
 * @param roomId The room.
 * @param changes The changes, in their order.
 * @throws StorageError `failed`, if the room does not exist.
 */
export function changeLaw(
  database: DatabaseSync,
  roomId: number,
  changes: readonly RoomChange[],
): void {
  const before = readRoom(database, roomId);
  const law = changedLaw(before.law, changes);
  if (law === before.law) return;
  const set = "UPDATE rooms SET law = ?, checksum = ? WHERE id = ?";
  prepared(database, set)
    .run(textOfLaw(law), roomChecksum({ ...before, law }, before.members), roomId);
}

function readRoom(database: DatabaseSync, roomId: number): RoomRecord {
  const row = prepared(database, "SELECT * FROM rooms WHERE id = ?").get(roomId);
  if (row === undefined) throw noSuchRoom(roomId);
  const members = prepared(database, "SELECT key FROM members WHERE room = ?").all(roomId)
    .map((member) => textColumn(member, "key"));
  return roomOf(row, members);
}

/**
 * Adds a member to a room; one who is there stays there.
 *
 * @param database The database.
 * @param roomId The room.
 * @param nameKey The member's folded name.
 * @throws StorageError `failed`, if the room does not exist.
 */
export function addMember(database: DatabaseSync, roomId: number, nameKey: string): void {
  if (prepared(database, "SELECT 1 FROM rooms WHERE id = ?").get(roomId) === undefined) {
    throw noSuchRoom(roomId);
  }
  const add = "INSERT INTO members (room, key) VALUES (?, ?) ON CONFLICT DO NOTHING";
  changeMember(database, add, roomId, nameKey);
}

/**
 * Removes a member from a room, if there.
 *
 * @param database The database.
 * @param roomId The room.
 * @param nameKey The member's folded name.
 */
export function removeMember(database: DatabaseSync, roomId: number, nameKey: string): void {
  changeMember(database, "DELETE FROM members WHERE room = ? AND key = ?", roomId, nameKey);
}

/** The member and the room's checksum change together, or not at all. */
function changeMember(database: DatabaseSync, sql: string, roomId: number, nameKey: string): void {
  inTransaction(database, () => {
    if (prepared(database, sql).run(roomId, nameKey).changes === 0) return false;
    const row = prepared(database, "SELECT checksum FROM rooms WHERE id = ?").get(roomId) ?? {};
    const checksum = (integerOf(row, "checksum") ^ memberChecksum(roomId, nameKey)) >>> 0;
    prepared(database, "UPDATE rooms SET checksum = ? WHERE id = ?").run(checksum, roomId);
    return true;
  });
}

function noSuchRoom(roomId: number): StorageError {
  return new StorageError("failed", `No room has the id ${roomId}.`);
}
