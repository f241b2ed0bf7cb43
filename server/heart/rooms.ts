/**
 * The rooms: found, listed and made. Who is in them is the heart's.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { listPageMax, roomsMax } from "../../protocol/wire/limits.ts";
import { type Name, parseRoomName } from "../../protocol/names/names.ts";
import type { Room, User } from "./session.ts";
import { translated } from "../storage/store_errors.ts";
import { type RoomOwner, type RoomRecord, type Storage, TakenError } from "../storage/storage.ts";
import { numberText } from "../../protocol/text/number_text.ts";

/** The room that everyone is in. */
export const lobbyName = "#lobby";

/** Every room of the server. */
export class Rooms {
  /** The room that everyone is in. */
  readonly lobby: Room;
  readonly #storage: Storage;
  readonly #byKey = new Map<string, Room>();
  /** The rooms of each account that belongs to one beside the lobby, by its folded name. */
  readonly #byMember = new Map<string, Set<Room>>();
  /** Sorted when it is asked for: 10,000 rooms are not to be sorted for each who asks. */
  #byName: readonly Room[] | null = null;

  private constructor(storage: Storage, lobby: Room) {
    this.#storage = storage;
    this.lobby = this.#add(lobby);
  }

  /**
   * The rooms that are stored, and the lobby, which is made if it is not there yet.
   *
   * @param storage The store.
   * @throws {StorageError} where the lobby cannot be stored.
   */
  static async open(storage: Storage): Promise<Rooms> {
    const { rooms } = storage.opened;
    const lobby = rooms.find((room) => room.name === lobbyName) ??
      await storage.createRoom(parseRoomName(lobbyName));
    const all = new Rooms(storage, { ...newRoom(lobby), isLobby: true });
    for (const room of rooms) {
      if (room.id === lobby.id) continue;
      const added = all.#add(newRoom(room));
      for (const nameKey of room.members) all.addMember(added, nameKey);
    }
    return all;
  }

  /** How many there are. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Every room, in no order. */
  all(): IterableIterator<Room> {
    return this.#byKey.values();
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
    const room = this.#byKey.get(parseRoomName(name).nameKey);
    if (room !== undefined) return room;
    throw new ChatError("no_such_room", "There is no room with that name. JOIN creates one.");
  }

  /** The lobby and the rooms that an account belongs to, the oldest first. */
  of(user: User): Room[] {
    const own = user.account ? this.#byMember.get(user.nameKey) ?? [] : [];
    return [this.lobby, ...[...own].sort((a, b) => a.id - b.id)];
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
    for (const room of sorted) {
      if ((after !== undefined && room.name <= after) || !sees(room)) continue;
      if (rooms.length === listPageMax) return { rooms, more: true };
      rooms.push(room);
    }
    return { rooms, more: false };
  }

  /**
   * Makes a room, or gives the one that another session has just made.
   *
   * @param owner The account that is to own it, if any.
   * @return The room, and whether it was `made` by this call.
   * @throws {ChatError} `too_many`, `room_taken`, `storage_failed`.
   */
  async create(name: Name, owner?: RoomOwner): Promise<{ room: Room; made: boolean }> {
    if (this.#byKey.size >= roomsMax) {
      throw new ChatError(
        "too_many",
        `There are ${numberText(roomsMax)} rooms already, the most that this server can have.`,
      );
    }
    try {
      const room = newRoom(await translated(this.#storage.createRoom(name, owner)));
      return { room: this.#add(room), made: true };
    } catch (error) {
      if (!(error instanceof TakenError)) throw error;
      // Two sessions may make the same room at once: the second one enters the room of the first.
      const other = this.#byKey.get(name.nameKey);
      if (other !== undefined) return { room: other, made: false };
      throw new ChatError("room_taken", "That name looks like the name of another room.");
    }
  }

  #add(room: Room): Room {
    this.#byKey.set(room.nameKey, room);
    this.#byName = null;
    return room;
  }
}

/** Nobody else changes them: who belongs to what is kept twice. */
function membersOf({ members }: Room): Set<string> {
  return members as Set<string>;
}

function newRoom(record: RoomRecord): Room {
  const { id, name, nameKey, topic, topicSetting, law } = record;
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
    isLobby: false,
    law,
    invited: new Set(),
  };
}
