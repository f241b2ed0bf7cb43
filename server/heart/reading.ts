/**
 * What a session may read: the history of its rooms and of its private messages, and who is there.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { AccountTurns } from "../common/account_turns.ts";
import { foldPeerName } from "../../protocol/names/guest_names.ts";
import { listPageMax } from "../../protocol/wire/limits.ts";
import type { Presence } from "./presence.ts";
import type { Rooms } from "./rooms.ts";
import type { Room, Session, User } from "./session.ts";
import { SortedUsers } from "./sorted_users.ts";
import type { Page, PostStorage } from "../storage/post_storage.ts";
import { translated } from "../storage/store_errors.ts";

/** What is read from. */
export interface ReadingSources {
  readonly storage: PostStorage;
  readonly rooms: Rooms;
  readonly presence: Presence;
}

/** Reads for sessions, and only what each of them may see. */
export class Reading {
  readonly #storage: ReadingSources["storage"];
  readonly #rooms: Rooms;
  readonly #presence: Presence;
  /** A page of ten thousand conversations takes as long as many others: whoever asks for such ones waits for them alone. */
  readonly #pages = new AccountTurns({ underWayMax: 8, perAccountMax: 2 });
  /** The store searches one after the other. */
  readonly #searches = new AccountTurns({ underWayMax: 2, perAccountMax: 1 });

  /** @param sources See {@linkcode ReadingSources}. */
  constructor({ storage, rooms, presence }: ReadingSources) {
    this.#storage = storage;
    this.#rooms = rooms;
    this.#presence = presence;
  }

  /**
   * A page of what a session may read.
   *
   * @param query At most one of `room`, `with` and `privateOnly`; none of them means everything.
   * @throws {ChatError} `bad_name`, `no_such_room`, `not_in_room`, `storage_failed`.
   */
  async history(session: Session, query: {
    room?: string | undefined;
    with?: string | undefined;
    privateOnly?: boolean;
    before?: number | undefined;
    after?: number | undefined;
    limit: number;
  }): Promise<Page> {
    const isPrivate = query.with !== undefined || query.privateOnly === true;
    const privateWith = query.with !== undefined
      ? foldPeerName(query.with)
      : query.room === undefined
      ? "all"
      : "none";
    const { nameKey, account } = session.user;
    const read = async () =>
      await this.#storage.history({
        reader: account ? nameKey : null,
        // Those of the moment in which it is read: it may have waited.
        roomIds: isPrivate ? [] : this.#readable(session, query.room).map(({ id }) => id),
        privateWith: account ? privateWith : "none",
        ...(query.before === undefined ? {} : { before: query.before }),
        ...(query.after === undefined ? {} : { after: query.after }),
        limit: query.limit,
      });
    return await translated(this.#pages.run(nameKey, read));
  }

  /**
   * The newest posts in rooms that hold all the words.
   *
   * @throws {ChatError} `bad_text`, `bad_name`, `no_such_room`, `not_in_room`, `storage_failed`.
   */
  async search(session: Session, query: {
    words: string;
    room?: string | undefined;
    before?: number | undefined;
    limit: number;
  }): Promise<Page> {
    const words = query.words.split(/\s+/u).filter((word) => word !== "");
    if (words.length === 0) throw new ChatError("bad_text", "Give the words to search for.");
    const search = async () =>
      await this.#storage.search({
        words,
        roomIds: this.#readable(session, query.room).map(({ id }) => id),
        ...(query.before === undefined ? {} : { before: query.before }),
        limit: query.limit,
      });
    return await translated(this.#searches.run(session.user.nameKey, search));
  }

  /**
   * A page of the names that are online, in a room or anywhere, sorted.
   *
   * @param room Only those in this room, which the session must be in.
   * @param after Only names after this one.
   * @throws {ChatError} `bad_name`, `no_such_room`, `not_in_room`.
   */
  who(session: Session, room?: string, after?: string): { names: string[]; more: boolean } {
    const found = room === undefined
      ? this.#presence.users(after)
      : this.#usersIn(this.#readable(session, room)[0]!, after);
    const names: string[] = [];
    for (const { name } of found) {
      if (names.length === listPageMax) return { names, more: true };
      names.push(name);
    }
    return { names, more: false };
  }

  /** Where a room has few of all who are online, they are sorted anew; else all who are online are gone through. */
  *#usersIn(room: Room, after: string | undefined): Generator<User> {
    if (room.sessions.size * 10 < this.#presence.size) {
      const users = new SortedUsers();
      const keys = new Set(Array.from(room.sessions, (one) => one.user.nameKey));
      for (const nameKey of keys) users.add(this.#presence.user(nameKey)!);
      return yield* users.from(after);
    }
    for (const user of this.#presence.users(after)) {
      for (const session of this.#presence.sessions(user.nameKey)) {
        if (!session.rooms.has(room)) continue;
        yield user;
        break;
      }
    }
  }

  #readable(session: Session, name: string | undefined): Room[] {
    if (name === undefined) return [...session.rooms];
    const room = this.#rooms.get(name);
    if (session.rooms.has(room)) return [room];
    throw new ChatError("not_in_room", "You are not in that room. Join it first.");
  }
}
