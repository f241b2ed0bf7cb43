/**
 * What is read: counted at the beginning, told to the server and the account's other sessions, and kept on this machine.
 *
 * The server keeps one position for all conversations of an account, which stands before the oldest post that is unread. What was
 * read beyond it is kept here, in the same form as the terminal client keeps it.
 *
 * @module
 */
import * as v from "valibot";
import { changesTarget } from "../../../protocol/content.ts";
import { pagePostsMax } from "../../../protocol/wire/limits.ts";
import type { ChatClient, ShownPost } from "../../core/chat/chat_client.ts";
import type { TextStore } from "../../core/link/text_store.ts";
import { folded } from "../../talk/folded_posts.ts";
import { newestPosts } from "../../talk/newest_posts.ts";
import type { PageConversation } from "./page_conversation.ts";
import type { PageConversations } from "./page_conversations.ts";

/** Missed posts that are looked at; of more, the older ones are not counted. */
const missedMax = 2_000;
/** Conversations whose marks are kept. */
const marksMax = 500;
/** How long reading is collected before it is written, in milliseconds. */
const saveDelayMs = 2_000;

const marksSchema = v.record(v.string(), v.pipe(v.number(), v.safeInteger(), v.minValue(0)));

/** What reading is followed with. */
export interface PageReadingOptions {
  readonly client: ChatClient;
  readonly conversations: PageConversations;
  readonly store: TextStore;
}

/** What one page has read. */
export class PageReading {
  readonly #options: PageReadingOptions;
  /** The newest post that is known. */
  #newest: number;
  #isCounted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param options See {@linkcode PageReadingOptions}. From now on only what is shown counts as read. */
  constructor(options: PageReadingOptions) {
    const { welcome } = options.client;
    this.#options = options;
    this.#newest = welcome.lastSequence;
    options.client.markReadUpTo(welcome.readSequence);
  }

  /** Counts what was missed. */
  async countMissed(): Promise<void> {
    const { client, conversations } = this.#options;
    const { readSequence, lastSequence } = client.welcome;
    if (readSequence < lastSequence) {
      const marks = await this.#marks();
      const wanted = { filter: {}, count: pagePostsMax, after: readSequence, countMax: missedMax };
      for (const post of folded(await newestPosts(client, wanted))) {
        if (changesTarget(post.kind) || post.sequence > lastSequence) continue;
        const mark = marks[conversations.titleOf(post).toLowerCase()] ?? 0;
        // A mark beyond the newest post is of a server that has lost some since: it says nothing.
        const read = Math.max(readSequence, mark <= lastSequence ? mark : 0);
        this.note(post, post.sequence > read && post.from !== client.name);
      }
    }
    this.#isCounted = true;
  }

  /** A post is there. @param isUnread Whether nobody has seen it. */
  note(post: ShownPost, isUnread: boolean): PageConversation {
    const { conversations } = this.#options;
    const conversation = conversations.open(conversations.titleOf(post));
    this.#newest = Math.max(this.#newest, post.sequence);
    conversation.newest = Math.max(conversation.newest, post.sequence);
    conversation.lastMs.value = Math.max(conversation.lastMs.value, post.timeMs);
    if (isUnread) conversation.countUnread(post, conversations.concerns(post));
    return conversation;
  }

  /** A conversation is in sight, down to its end. */
  seen(conversation: PageConversation): void {
    conversation.markRead();
    this.tell();
  }

  /** The server is told, and this machine keeps it. */
  tell(): void {
    if (!this.#isCounted) return;
    const { client, conversations } = this.#options;
    client.markReadUpTo(conversations.readUpTo(this.#newest));
    this.#timer ??= setTimeout(() => this.#save(), saveDelayMs);
  }

  #save(): void {
    this.#timer = undefined;
    const { conversations, store } = this.#options;
    // The server's position says it all where nothing is unread.
    const all = conversations.readUpTo(this.#newest) === this.#newest
      ? []
      : conversations.list.value;
    const marks = all.slice(0, marksMax).map(({ title, firstUnread: { value: first } }) =>
      [title.toLowerCase(), first === null ? this.#newest : first - 1] as const
    );
    store.save(JSON.stringify(Object.fromEntries(marks))).catch(() => {});
  }

  async #marks(): Promise<Record<string, number>> {
    try {
      return v.parse(marksSchema, JSON.parse(await this.#options.store.load() ?? "{}"));
    } catch {
      return {};
    }
  }
}
