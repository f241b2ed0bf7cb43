/**
 * A search in what was said in rooms.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { ChatClient, ShownPost } from "../../core/chat/chat_client.ts";
import { folded } from "../../talk/folded_posts.ts";
import { pageErrorText } from "../text/page_words.ts";

/** What is found at once. */
const pageLimit = 30;

/** One search after the other. */
export class PageSearch {
  readonly words = signal("");
  /** The room that is searched; null for all. */
  readonly room = signal<string | null>(null);
  /** What was found, the newest first; null before the first search. */
  readonly found = signal<readonly ShownPost[] | null>(null);
  readonly hasMore = signal(false);
  readonly problem = signal("");
  readonly #client: ChatClient;
  #turn = 0;

  /** @param client The signed-in client. */
  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** Searches, from the newest on. */
  async begin(): Promise<void> {
    this.found.value = null;
    if (this.words.value.trim() !== "") await this.#load([]);
  }

  /** Finds older ones, too. */
  async loadMore(): Promise<void> {
    await this.#load(this.found.value ?? []);
  }

  async #load(before: readonly ShownPost[]): Promise<void> {
    const turn = ++this.#turn;
    const last = before.at(-1)?.sequence;
    this.problem.value = "";
    try {
      const page = await this.#client.search({
        words: this.words.value.trim(),
        limit: pageLimit,
        ...(this.room.value === null ? {} : { room: this.room.value }),
        ...(last === undefined ? {} : { before: last }),
      });
      // What was typed meanwhile is searched for by another turn.
      if (turn !== this.#turn) return;
      this.found.value = [...before, ...folded(page).reverse()];
      this.hasMore.value = page.more && page.posts.length > 0;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (turn === this.#turn) this.problem.value = pageErrorText(error);
    }
  }
}
