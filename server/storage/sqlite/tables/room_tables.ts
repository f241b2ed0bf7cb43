/**
 * Rooms and their members.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type {
  ClaimCommand,
  EnterCommand,
  LawCommand,
  MembershipCommand,
  OutcomeOf,
  RemoveCommand,
  RoomCommand,
  RuleCommand,
  TopicCommand,
} from "../../commands.ts";
import { memberChecksum, roomChecksum } from "../file/checksum.ts";
import { lawOfText, textOfLaw } from "../../law_text.ts";
import {
  lawClaimed,
  lawRuled,
  type StoredRoom,
  whyNotEnter,
  whyNotRemove,
  whyNotSetTopic,
} from "../../room_decisions.ts";
import { changedLaw, isOfAccounts, lawOfOwner, rolesTaken, type RoomLaw } from "../../room_law.ts";
import { lobbyName, type RoomRecord, type TopicSetting } from "../../room_storage.ts";
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
  const room = { ...uncheckedRoom(row), members };
  if (roomChecksum(room, members) === integerOf(row, "checksum")) return room;
  throw new StorageError(
    "damaged",
    `The database is damaged at the room "${room.name}": its checksum, which covers its members too, is wrong. ` +
      "Restore the data folder from a backup.",
  );
}

/** A room without its members, whom its checksum covers, too. */
function uncheckedRoom(row: TableRow): Omit<RoomRecord, "members"> {
  return {
    id: integerOf(row, "id"),
    name: textColumn(row, "name"),
    nameKey: textColumn(row, "key"),
    skeleton: textColumn(row, "skeleton"),
    topic: textColumn(row, "topic"),
    topicSetting: settingOf(row),
    entries: integerOf(row, "entries"),
    law: lawOf(row),
  };
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
  const made = { id, name, nameKey, skeleton, topic: "", topicSetting: null, entries: 0, law };
  prepared(
    database,
    "INSERT INTO rooms (id, name, key, skeleton, topic, checksum, law) VALUES (?, ?, ?, ?, ?, ?, ?)",
  ).run(id, name, nameKey, skeleton, made.topic, roomChecksum(made), textOfLaw(law));
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
  command: TopicCommand,
): OutcomeOf<"topic"> {
  const { roomId, topic, setting } = command;
  const before = readRoom(database, roomId);
  if (before === null) return { refused: "no_such_room" };
  const why = whyNotSetTopic(command, decidedBy(before));
  if (why !== null) return { refused: "not_allowed", why };
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
  return { refused: null, repeated: !saveLaw(database, before, changedLaw(before.law, changes)) };
}

/**
 * Changes roles, rules and lists of a room, as somebody wants it who may be allowed to.
 *
 * @param database The database, with a transaction begun.
 * @param command The changes, and who wants them.
 * @throws StorageError `damaged`, if the room is not as it was written.
 * @returns What became of it.
 */
export function ruleRoom(database: DatabaseSync, command: RuleCommand): OutcomeOf<"rule"> {
  const before = readRoom(database, command.roomId);
  if (before === null) return { refused: "no_such_room" };
  const ruled = lawRuled(command, decidedBy(before));
  if ("refused" in ruled) return ruled;
  const isChanged = saveLaw(database, before, ruled);
  // Roles of guests are not stored: whoever follows knows whether they are new.
  return { refused: null, repeated: !isChanged && command.changes.every(isOfAccounts) };
}

/**
 * Gives a room to an account that claims it.
 *
 * @param database The database, with a transaction begun.
 * @param command Who claims it.
 * @throws StorageError `damaged`, if the room is not as it was written.
 * @returns What became of it.
 */
export function claimRoom(database: DatabaseSync, command: ClaimCommand): OutcomeOf<"claim"> {
  const before = readRoom(database, command.roomId);
  if (before === null) return { refused: "no_such_room" };
  const others = before.members.some((nameKey) => nameKey !== command.nameKey);
  const law = lawClaimed(command, before, others);
  if (law === null) return { refused: "not_free" };
  saveLaw(database, before, law);
  return { refused: null, repeated: false };
}

/** Returns whether it is another one than before. */
function saveLaw(database: DatabaseSync, before: RoomRecord, law: RoomLaw): boolean {
  if (law === before.law) return false;
  prepared(database, "UPDATE rooms SET law = ?, checksum = ? WHERE id = ?")
    .run(textOfLaw(law), roomChecksum({ ...before, law }, before.members), before.id);
  return true;
}

function decidedBy({ name, law, entries, members }: RoomRecord): StoredRoom {
  const isMember = (nameKey: string) => members.includes(nameKey);
  return { name, law, entries, isMember, memberCount: () => members.length };
}

function readRoom(database: DatabaseSync, roomId: number): RoomRecord | null {
  const row = prepared(database, "SELECT * FROM rooms WHERE id = ?").get(roomId);
  if (row === undefined) return null;
  const members = prepared(database, "SELECT key FROM members WHERE room = ?").all(roomId)
    .map((member) => textColumn(member, "key"));
  return roomOf(row, members);
}

/**
 * Lets somebody into a room, whom what holds there lets in. Reads no list of members: a room may have very many.
 *
 * @param database The database, with a transaction begun.
 * @param command Who, and where.
 * @returns What became of it.
 */
export function enterRoom(database: DatabaseSync, command: EnterCommand): OutcomeOf<"enter"> {
  const { roomId, asker: { nameKey, account } } = command;
  const found = findRoom(database, roomId);
  if (found === null) return { refused: "no_such_room" };
  const { room, checksum } = found;
  const isMember = (key: string) => isMemberOf(database, roomId, key);
  if (account && isMember(nameKey)) return { refused: null, repeated: true };
  const memberCount = () => memberCountOf(database, roomId);
  const why = whyNotEnter(command, { ...room, isMember, memberCount });
  if (why !== null) return { refused: "not_allowed", why };
  const belongs = account && room.name !== lobbyName;
  if (belongs) {
    prepared(database, "INSERT INTO members (room, key) VALUES (?, ?)").run(roomId, nameKey);
  }
  const after = { ...room, entries: room.entries + 1 };
  const member = belongs ? memberChecksum(roomId, nameKey) : 0;
  prepared(database, "UPDATE rooms SET entries = ?, checksum = ? WHERE id = ?")
    .run(after.entries, (checksum ^ changed(room, after) ^ member) >>> 0, roomId);
  return { refused: null, repeated: false };
}

/**
 * Takes somebody out of a room, as somebody wants it who may be allowed to, with all roles there unless they are one's own.
 *
 * @param database The database, with a transaction begun.
 * @param command Who, and from where.
 * @returns What became of it.
 */
export function removeFromRoom(
  database: DatabaseSync,
  command: RemoveCommand,
): OutcomeOf<"remove"> {
  const { roomId, nameKey, asker } = command;
  const found = findRoom(database, roomId);
  if (found === null) return { refused: "no_such_room" };
  const { room, checksum } = found;
  const isMember = (key: string) => isMemberOf(database, roomId, key);
  const memberCount = () => memberCountOf(database, roomId);
  const why = whyNotRemove(command, { ...room, isMember, memberCount });
  if (why !== null) return { refused: "not_allowed", why };
  const taken = asker.nameKey === nameKey ? [] : rolesTaken(room.law, command);
  const after = { ...room, law: changedLaw(room.law, taken) };
  const { changes } = prepared(database, "DELETE FROM members WHERE room = ? AND key = ?")
    .run(roomId, nameKey);
  const member = changes === 0 ? 0 : memberChecksum(roomId, nameKey);
  prepared(database, "UPDATE rooms SET law = ?, checksum = ? WHERE id = ?")
    .run(textOfLaw(after.law), (checksum ^ changed(room, after) ^ member) >>> 0, roomId);
  return { refused: null, repeated: false };
}

/** A room without a look at its members, and the checksum that covers them, too: what is damaged stays so, and is found later. */
function findRoom(
  database: DatabaseSync,
  roomId: number,
): { room: Omit<RoomRecord, "members">; checksum: number } | null {
  const row = prepared(database, "SELECT * FROM rooms WHERE id = ?").get(roomId);
  if (row === undefined) return null;
  return { room: uncheckedRoom(row), checksum: integerOf(row, "checksum") };
}

function isMemberOf(database: DatabaseSync, roomId: number, nameKey: string): boolean {
  const find = prepared(database, "SELECT 1 FROM members WHERE room = ? AND key = ?");
  return find.get(roomId, nameKey) !== undefined;
}

function memberCountOf(database: DatabaseSync, roomId: number): number {
  const row = prepared(database, "SELECT count(*) AS count FROM members WHERE room = ?").get(
    roomId,
  );
  return row === undefined ? 0 : integerOf(row, "count");
}

/** What a change of a room changes in its checksum, by exclusive or. */
function changed(
  before: Omit<RoomRecord, "members">,
  after: Omit<RoomRecord, "members">,
): number {
  return roomChecksum(before) ^ roomChecksum(after);
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
