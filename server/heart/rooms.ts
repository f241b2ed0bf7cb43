/**
 * The rooms: found, listed and made. Who is in them is the heart's.
 *
 * @module
 */
import { assert } from "../common/assert.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { listPageMax, roomsMax, roomsPerAccountMax } from "../../protocol/wire/limits.ts";
import { type Name, parseRoomName } from "../../protocol/names/names.ts";
import { requireDone } from "./refused.ts";
import { nameOf, type Room, type SessionEvent, type User } from "./session.ts";
import { translated } from "../storage/store_errors.ts";
import type { CommandLog } from "../storage/command_log.ts";
import type { Asker } from "../storage/commands.ts";
import { lawOfOwner } from "../storage/room_law.ts";
import {
  lobbyName,
  type RoomOwner,
  type RoomRecord,
  type TopicSetting,
} from "../storage/room_storage.ts";
import { numberText } from "../../protocol/text/number_text.ts";

/** Every room of the server. */
export class Rooms {
  readonly #log: CommandLog;
  readonly #byKey = new Map<string, Room>();
  /** By the very name that is shown: it need not be read anew for each post. */
  readonly #byShownName = new Map<string, Room>();
  readonly #byId = new Map<number, Room>();
  /** The rooms of each account that belongs to one beside the lobby, by its folded name. */
  readonly #byMember = new Map<string, Set<Room>>();
  /** Sorted when it is first asked for, and kept so: 10,000 rooms are not to be sorted for each who asks, or makes one. */
  #byName: Room[] | null = null;
  #lobby: Room | undefined;

  /**
   * @param log Where rooms are made, and their topics set.
   * @param rooms Those that are stored.
   */
  constructor(log: CommandLog, rooms: readonly RoomRecord[]) {
    this.#log = log;
    for (const room of rooms) this.#add(room);
    log.watch({
      room: ({ name, nameKey, skeleton, madeBy }, { roomId: id }) => {
        const made = { id, name, nameKey, skeleton, topic: "", topicSetting: null, members: [] };
        this.#add({ ...made, entries: 0, law: lawOfOwner(madeBy) });
      },
      topic: ({ roomId, topic, setting }) => this.#setTopic(this.byId(roomId), topic, setting),
    });
  }

  /**
   * Makes the lobby, if it is not there yet.
   *
   * @throws {StorageError} where it cannot be stored.
   */
  async makeLobby(): Promise<void> {
    if (this.#lobby !== undefined) return;
    const { name, nameKey, skeleton } = parseRoomName(lobbyName);
    const names = { name, nameKey, skeleton };
    await this.#log.submit({ type: "room", version: 1, ...names, madeBy: null });
  }

  /** The room that everyone is in. */
  get lobby(): Room {
    assert(this.#lobby !== undefined, "the lobby is made before anyone comes");
    return this.#lobby;
  }

  /** How many there are. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Every room, in no order. */
  all(): IterableIterator<Room> {
    return this.#byKey.values();
  }

  /** The room with that id, which must be one that the log or an event has named. */
  byId(id: number): Room {
    const room = this.#byId.get(id);
    assert(room !== undefined, "a room is made before anything happens in it");
    return room;
  }

  /** The room with that id, which another server has named: the log may not be that far here. */
  findById(id: number): Room | undefined {
    return this.#byId.get(id);
  }

  /** The room of that folded name. */
  find(nameKey: string): Room | undefined {
    return this.#byKey.get(nameKey);
  }

  /**
   * The room of that name.
   *
   * @throws {ChatError} `bad_name`, `no_such_room`.
   */
  get(name: string): Room {
    const room = this.#byShownName.get(name) ?? this.#byKey.get(parseRoomName(name).nameKey);
    if (room !== undefined) return room;
    throw new ChatError("no_such_room", "There is no room with that name. Joining it creates it.");
  }

  /** The lobby and the rooms that an account belongs to, the oldest first. */
  of(user: User): Room[] {
    const own = user.account ? this.#byMember.get(user.nameKey) ?? [] : [];
    return [this.lobby, ...[...own].sort((a, b) => a.id - b.id)];
  }

  /** Whether an account belongs to as many rooms as it may. */
  hasAll({ account, nameKey }: User): boolean {
    return account && (this.#byMember.get(nameKey)?.size ?? 0) >= roomsPerAccountMax;
  }

  /** An account belongs to a room from now on. */
  addMember(room: Room, nameKey: string): void {
    membersOf(room).add(nameKey);
    const own = this.#byMember.get(nameKey);
    if (own === undefined) this.#byMember.set(nameKey, new Set([room]));
    else own.add(room);
  }

  /** An account belongs to a room no longer. */
  removeMember(room: Room, nameKey: string): void {
    membersOf(room).delete(nameKey);
    const own = this.#byMember.get(nameKey);
    if (own?.delete(room) && own.size === 0) this.#byMember.delete(nameKey);
  }

  /** A page of the rooms that someone sees, sorted by name, after the name `after`. */
  page(sees: (room: Room) => boolean, after?: string): { rooms: Room[]; more: boolean } {
    const sorted = this.#byName ??= [...this.#byKey.values()]
      .sort((a, b) => a.name < b.name ? -1 : 1);
    const rooms: Room[] = [];
    for (let at = after === undefined ? 0 : placeAfter(sorted, after); at < sorted.length; at++) {
      const room = sorted[at]!;
      if (!sees(room)) continue;
      if (rooms.length === listPageMax) return { rooms, more: true };
      rooms.push(room);
    }
    return { rooms, more: false };
  }

  /**
   * Makes a room, or gives the one that another session has just made.
   *
   * @param name Its name.
   * @param madeBy See `RoomCommand.madeBy`.
   * @return The room, and whether it was `made` by this call.
   * @throws {ChatError} `too_many`, `room_taken`, `storage_failed`.
   */
  async create(
    { name, nameKey, skeleton }: Name,
    madeBy: RoomOwner | null,
  ): Promise<{ room: Room; made: boolean }> {
    if (this.#byKey.size >= roomsMax) {
      throw new ChatError(
        "too_many",
        `There are ${numberText(roomsMax)} rooms already, the most that this server can have.`,
      );
    }
    const command = { type: "room", version: 1, name, nameKey, skeleton, madeBy } as const;
    const outcome = await translated(this.#log.submit(command));
    if (outcome.refused === null) return { room: this.byId(outcome.roomId), made: true };
    // Two sessions may make the same room at once: the second one enters the room of the first.
    const other = this.#byKey.get(nameKey);
    if (other !== undefined) return { room: other, made: false };
    throw new ChatError("room_taken", "That name looks like the name of another room.");
  }

  /**
   * Sets a topic.
   *
   * @param by Who sets it, and the id of the session that does.
   * @throws {RefusedError} where policy.ts does not allow it any more.
   * @throws {ChatError} `no_such_room`, `storage_failed`.
   */
  async setTopic(
    { id }: Room,
    topic: string,
    { setting, asker, origin }: { setting: TopicSetting; asker: Asker; origin: number },
  ): Promise<void> {
    const command = { type: "topic", version: 2, roomId: id, topic, setting, asker } as const;
    requireDone(await translated(this.#log.submit(command, origin)));
  }

  #setTopic(room: Room, topic: string, setting: TopicSetting): void {
    room.topic = topic;
    room.topicSetting = setting;
    const event: SessionEvent = { type: "topic", room: nameOf(room), topic, setting };
    for (const session of room.sessions) session.deliver(event);
  }

  #add(record: RoomRecord): void {
    const room = newRoom(record);
    this.#byKey.set(room.nameKey, room);
    this.#byShownName.set(room.name, room);
    this.#byId.set(room.id, room);
    this.#byName?.splice(placeAfter(this.#byName, room.name), 0, room);
    if (room.isLobby) this.#lobby = room;
    else for (const nameKey of record.members) this.addMember(room, nameKey);
  }
}

/** Where the rooms begin whose names come after a name. */
function placeAfter(sorted: readonly Room[], name: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]!.name <= name) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Nobody else changes them: who belongs to what is kept twice. */
function membersOf({ members }: Room): Set<string> {
  return members as Set<string>;
}

function newRoom(record: RoomRecord): Room {
  const { id, name, nameKey, topic, topicSetting, entries, law } = record;
  return {
    id,
    name,
    nameKey,
    topic,
    topicSetting,
    members: new Set(),
    sessions: new Set(),
    people: 0,
    arriving: 0,
    awaited: new Map(),
    entries,
    claimed: null,
    isLobby: name === lobbyName,
    law,
    invited: new Set(),
  };
}
