/**
 * Who is online.
 *
 * @module
 */
import { signal } from "@preact/signals";
import type { ChatClient } from "../../core/chat/chat_client.ts";
import type { PageConversation } from "./page_conversation.ts";

/** How long comings and goings are collected before a room is asked for anew, in milliseconds. */
const collectMs = 400;

/** Who is there. */
export class PagePresence {
  /** Everybody who is online, in order. */
  readonly online = signal<readonly string[]>([]);
  readonly #client: ChatClient;
  readonly #current: () => PageConversation;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param client The signed-in client.
   * @param current The conversation that is shown.
   */
  constructor(client: ChatClient, current: () => PageConversation) {
    this.#client = client;
    this.#current = current;
  }

  /** Asks who is there, in all and in the room that is shown. */
  async load(): Promise<void> {
    this.online.value = inOrder(await this.#client.rooms.who());
    await this.loadRoom(this.#current());
  }

  /** Asks who is in a room. */
  async loadRoom(room: PageConversation): Promise<void> {
    if (room.isRoom && !room.left.value) {
      room.present.value = await this.#client.rooms.who(room.title);
    }
  }

  /** Some came online, some went. */
  take(came: readonly string[], left: readonly string[]): void {
    const gone = new Set(left);
    const kept = this.online.value.filter((name) => !gone.has(name));
    this.online.value = inOrder([...kept, ...came]);
    this.roomChanged();
  }

  /** The people in the room that is shown may be others. */
  roomChanged(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.loadRoom(this.#current()).catch(() => {});
    }, collectMs);
  }

  /** Whether somebody is online. */
  isOnline(name: string): boolean {
    return this.online.value.includes(name);
  }
}

function inOrder(names: readonly string[]): string[] {
  return [...new Set(names)].sort((left, right) => left.localeCompare(right));
}
