/**
 * How far everything is read, on this machine and for the server.
 *
 * @module
 */
import type { ChatClient } from "../../core/chat/chat_client.ts";
import type { Conversations } from "./conversations.ts";
import { loadMissed } from "./earlier_posts.ts";
import type { ReadMarks } from "./read_marks.ts";

/** What reading is followed with. */
export interface ReadProgressOptions {
  readonly client: ChatClient;
  readonly conversations: Conversations;
  /** What was read on this machine. */
  readonly marks: ReadMarks;
}

/** What is read in one session. */
export class ReadProgress {
  readonly #options: ReadProgressOptions;
  #missedLoaded = false;
  /** The newest post that is known. */
  #newest: number;

  /** @param options See {@linkcode ReadProgressOptions}. From now on only what is shown counts as read. */
  constructor(options: ReadProgressOptions) {
    const { client } = options;
    this.#options = options;
    this.#newest = client.welcome.lastSequence;
    client.markReadUpTo(client.welcome.readSequence);
  }

  /** Counts what was missed. */
  async loadMissed(): Promise<void> {
    const { client, conversations, marks } = this.#options;
    await loadMissed(client, conversations, marks);
    this.#missedLoaded = true;
  }

  /** A post has come. */
  noteNewest(sequence: number): void {
    this.#newest = Math.max(this.#newest, sequence);
  }

  /** The server keeps one position for all conversations: it moves when nothing before it is unread. */
  tell(): void {
    const { client, conversations } = this.#options;
    client.markReadUpTo(conversations.readUpTo(this.#newest));
  }

  /** Keeps what was read on this machine; not before it is known what is unread. */
  async save(): Promise<void> {
    const { conversations, marks } = this.#options;
    if (this.#missedLoaded) await marks.save(conversations, this.#newest);
  }
}
