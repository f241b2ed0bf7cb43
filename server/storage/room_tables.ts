/**
 * Rooms and their members.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { integerOf, textOf } from "./rows.ts";
import { type RoomRecord, StorageError, TakenError } from "./storage.ts";
import { isUniqueViolation } from "./storage_failure.ts";

/** What makes a room. */
export interface NewRoom {
  readonly name: string;
  readonly key: string;
  readonly skeleton: string;
}

/**
 * Every room with its members.
 *
 * @param database The database.
 * @returns The rooms, oldest first.
 */
export function allRooms(database: DatabaseSync): RoomRecord[] {
  const members = new Map<number, string[]>();
  for (const row of database.prepare("SELECT room, key FROM members").iterate()) {
    const room = integerOf(row, "room");
    const keys = members.get(room) ?? [];
    keys.push(textOf(row, "key"));
    members.set(room, keys);
  }
  return database.prepare("SELECT * FROM rooms ORDER BY id").all().map((row) => ({
    id: integerOf(row, "id"),
    name: textOf(row, "name"),
    key: textOf(row, "key"),
    skeleton: textOf(row, "skeleton"),
    topic: textOf(row, "topic"),
    members: members.get(integerOf(row, "id")) ?? [],
  }));
}

/**
 * Makes a room: a conversation, and the room with the same id.
 *
 * @param database The database.
 * @param room Its names.
 * @throws TakenError, if the folded name or the skeleton exists.
 * @returns The room.
 */
export function createRoom(database: DatabaseSync, room: NewRoom): RoomRecord {
  database.exec("BEGIN IMMEDIATE");
  try {
    const id = Number(
      database.prepare("INSERT INTO conversations (last) VALUES (0)").run().lastInsertRowid,
    );
    database.prepare("INSERT INTO rooms (id, name, key, skeleton, topic) VALUES (?, ?, ?, ?, '')")
      .run(id, room.name, room.key, room.skeleton);
    database.exec("COMMIT");
    return { id, name: room.name, key: room.key, skeleton: room.skeleton, topic: "", members: [] };
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
 * @throws StorageError `failed`, if the room does not exist.
 */
export function setTopic(database: DatabaseSync, roomId: number, topic: string): void {
  const { changes } = database.prepare("UPDATE rooms SET topic = ? WHERE id = ?").run(
    topic,
    roomId,
  );
  if (changes === 0) throw noSuchRoom(roomId);
}

/**
 * Adds a member to a room; one who is there stays there.
 *
 * @param database The database.
 * @param roomId The room.
 * @param key The member's folded name.
 * @throws StorageError `failed`, if the room does not exist.
 */
export function addMember(database: DatabaseSync, roomId: number, key: string): void {
  if (database.prepare("SELECT 1 FROM rooms WHERE id = ?").get(roomId) === undefined) {
    throw noSuchRoom(roomId);
  }
  database.prepare("INSERT INTO members (room, key) VALUES (?, ?) ON CONFLICT DO NOTHING")
    .run(roomId, key);
}

/**
 * Removes a member from a room, if there.
 *
 * @param database The database.
 * @param roomId The room.
 * @param key The member's folded name.
 */
export function removeMember(database: DatabaseSync, roomId: number, key: string): void {
  database.prepare("DELETE FROM members WHERE room = ? AND key = ?").run(roomId, key);
}

function noSuchRoom(roomId: number): StorageError {
  return new StorageError("failed", `No room has the id ${roomId}.`);
}
