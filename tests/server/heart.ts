/**
 * A heart over a store in memory, with people whose events are noted.
 *
 * @module
 */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError, type ErrorCode } from "../../protocol/errors.ts";
import { Chat } from "../../server/chat.ts";
import type { PresenceEvent, Session, SessionEvent } from "../../server/session.ts";
import type { AccountRecord } from "../../server/storage/storage.ts";
import { parseUserName } from "../../protocol/names.ts";
import { MemoryStorage } from "./memory_storage.ts";
import { noConnection } from "./session_connection.ts";

/** One session and what it was told. */
export interface Person {
  readonly session: Session;
  /** What it was told, in words: `post jack -> #lobby: text`, `joined #a`, … */
  readonly told: string[];
}

/** A heart with its store. */
export class Heart {
  /** Comings and goings, in words. */
  readonly news: string[] = [];
  #nextId = 1;

  private constructor(readonly chat: Chat, readonly storage: MemoryStorage) {
    chat.watch((event) => this.news.push(newsText(event)));
  }

  /** Opens a heart. */
  static async open(storage: MemoryStorage = new MemoryStorage()): Promise<Heart> {
    return new Heart(await Chat.open(storage, { nowMs: () => 1_764_000_000_000 }), storage);
  }

  /** An account signs in, which is made if it is not there. */
  async enter(typed: string, followsAccount = true): Promise<Person> {
    const parsed = parseUserName(typed);
    const known = this.storage.data.accounts.get(parsed.key);
    if (known === undefined) await this.storage.createAccount(accountRecord(typed));
    const { name, key } = known ?? parsed;
    return this.#enter({ name, key, account: true }, followsAccount);
  }

  /** A guest comes, and is in no room. */
  enterGuest(name: string): Person {
    return this.#enter({ name, key: name, account: false }, false);
  }

  /** Posts to a room under a new id. */
  post(person: Person, room: string, body: string, id = `id-${this.#nextId++}`) {
    return this.chat.post(person.session, { room, id, kind: "text", body });
  }

  #enter(user: Session["user"], followsAccount: boolean): Person {
    const told: string[] = [];
    const deliver = (event: SessionEvent) => void told.push(eventText(event));
    return {
      session: this.chat.enter(user, { deliver, followsAccount, connection: noConnection }),
      told,
    };
  }
}

/** An account that nobody can sign in to. */
export function accountRecord(typed: string): AccountRecord {
  return {
    ...parseUserName(typed),
    salt: new Uint8Array(16),
    iterations: 600_000,
    storedKey: new Uint8Array(32),
    serverKey: new Uint8Array(32),
    createdMs: 0,
  };
}

function eventText(event: SessionEvent): string {
  switch (event.type) {
    case "post":
      return `${event.post.sequence} ${event.post.from} -> ${event.post.to}: ${event.post.body}`;
    case "invited":
      return `invited ${event.room.name} by ${event.by}`;
    case "topic":
      return `topic ${event.room.name} by ${event.by}: ${event.room.topic}`;
    default:
      return `${event.type} ${event.room.name}`;
  }
}

function newsText(event: PresenceEvent): string {
  const where = "room" in event ? event.room.name : event.rooms.map((room) => room.name).join(",");
  return `${event.name} ${event.type} ${where}`;
}

/** Rejects with an error for the peer, of this code; it is returned. */
export async function rejectsWith(
  code: ErrorCode,
  action: () => Promise<unknown>,
): Promise<ChatError> {
  const error = await assertRejects(action, ChatError);
  assertEquals(error.code, code, error.message);
  return error;
}

/** Throws an error for the peer, of this code. */
export function throwsWith(code: ErrorCode, action: () => unknown): void {
  assertEquals(assertThrows(action, ChatError).code, code);
}
