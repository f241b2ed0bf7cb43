/**
 * A search in what was said: the server searches rooms, and private messages are read here, since nobody else can.
 *
 * @module
 */
import { computed, signal } from "@preact/signals";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { ChatClient } from "../../core/chat/chat_client.ts";
import { folded, type FoldedPost } from "../../talk/folded_posts.ts";
import type { FoundPrivately, SearchProgress } from "../../talk/private_search.ts";
import { searchScope } from "../../talk/wording.ts";
import { pageErrorText } from "../text/page_words.ts";

/** What is found at once in rooms. */
const pageLimit = 30;
/** Private messages that are found at the most. */
const privatelyMax = 200;
/** Private messages that one search reads. */
const readMax = 10_000;

/** What reads private messages comes with the first search. */
const privateSearch = () => import("../../talk/private_search.ts");

/** One search after the other. */
export class PageSearch {
  readonly words = signal("");
  /** The room that is searched; null for all, and private messages. */
  readonly room = signal<string | null>(null);
  readonly hasMore = signal(false);
  readonly problem = signal("");
  /** How far private messages are read; null where none are being read. */
  readonly progress = signal<SearchProgress | null>(null);
  /** Both with the newest first; null before they were looked for. */
  readonly #inRooms = signal<readonly FoldedPost[] | null>(null);
  readonly #privately = signal<FoundPrivately | null>(null);
  /** What was found, the newest first; null before the first search. Of private messages nothing that is older than what is known of rooms. */
  readonly found = computed(() => {
    const inRooms = this.#inRooms.value;
    if (inRooms === null) return null;
    const oldest = this.hasMore.value ? inRooms.at(-1)!.sequence : 0;
    const own = this.#privately.value?.posts.filter(({ sequence }) => sequence > oldest) ?? [];
    return [...inRooms, ...own].sort((left, right) => right.sequence - left.sequence);
  });
  /** Where it was searched, in a sentence; empty before. */
  readonly scope = computed(() =>
    this.#privately.value === null ? "" : searchScope(this.#privately.value)
  );
  readonly #client: ChatClient;
  #turn = new AbortController();

  /** @param client The signed-in client. */
  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** Searches, from the newest on. */
  async begin(): Promise<void> {
    this.stop();
    this.#inRooms.value = null;
    this.#privately.value = null;
    const words = this.words.value.trim();
    if (words === "") return;
    const { signal } = this.#turn;
    await this.#loadRooms([], signal);
    if (this.room.value === null) await this.#readPrivate(words, signal);
  }

  /** Finds older ones, too. */
  async loadMore(): Promise<void> {
    await this.#loadRooms(this.#inRooms.value ?? [], this.#turn.signal);
  }

  /** Nobody looks any more: private messages are not read on. */
  stop(): void {
    this.#turn.abort();
    this.#turn = new AbortController();
    this.progress.value = null;
  }

  async #loadRooms(before: readonly FoldedPost[], turn: AbortSignal): Promise<void> {
    const last = before.at(-1)?.sequence;
    this.problem.value = "";
    await this.#orSay(turn, async () => {
      const page = await this.#client.search({
        words: this.words.value.trim(),
        limit: pageLimit,
        ...(this.room.value === null ? {} : { room: this.room.value }),
        ...(last === undefined ? {} : { before: last }),
      });
      // What was typed meanwhile is searched for by another turn.
      if (turn.aborted) return;
      this.#inRooms.value = [...before, ...folded(page).reverse()];
      this.hasMore.value = page.more && page.posts.length > 0;
    });
  }

  async #readPrivate(words: string, turn: AbortSignal): Promise<void> {
    await this.#orSay(turn, async () => {
      const { searchPrivate } = await privateSearch();
      const found = await searchPrivate(this.#client, {
        words,
        limit: privatelyMax,
        readMax,
        signal: turn,
        onProgress: (progress) => {
          if (!turn.aborted) this.progress.value = progress;
        },
      });
      if (!turn.aborted) this.#privately.value = found;
    });
    if (!turn.aborted) this.progress.value = null;
  }

  async #orSay(turn: AbortSignal, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (!turn.aborted) this.problem.value = pageErrorText(error);
    }
  }
}
