/**
 * The conversations of a page, and which of them is shown.
 *
 * @module
 */
import { computed, signal } from "@preact/signals";
import type { ShownPost } from "../../core/e2e/message_view.ts";
import { mentionPattern, mentions } from "../../talk/mentions.ts";
import { PageConversation } from "./page_conversation.ts";
import type { FetchPage } from "./timeline.ts";

/** Conversations that are open at once: more come only from a crowd, or a server, that wants to fill the memory. */
const conversationsMax = 1_000;

/** All conversations of one account. */
export class PageConversations {
  readonly ownName: string;
  readonly list = signal<readonly PageConversation[]>([]);
  /** The one that is shown. */
  readonly current = signal<PageConversation>(undefined!);
  /** Rooms, the lobby first. */
  readonly rooms = computed(() =>
    this.list.value.filter(({ isRoom }) => isRoom).sort(this.#byRoom)
  );
  /** Private ones, the one with the latest message first. */
  readonly people = computed(() =>
    this.list.value.filter(({ isRoom }) => !isRoom)
      .sort((left, right) => right.lastMs.value - left.lastMs.value)
  );
  readonly #lobby: string;
  readonly #fetchPage: FetchPage;
  readonly #ownMention: RegExp;

  /**
   * @param own The own name, and the name of the room that everyone is in.
   * @param fetchPage Fetches a page of history.
   */
  constructor(own: { readonly name: string; readonly lobby: string }, fetchPage: FetchPage) {
    this.ownName = own.name;
    this.#lobby = own.lobby;
    this.#fetchPage = fetchPage;
    this.#ownMention = mentionPattern(own.name);
    this.current.value = this.open(own.lobby);
  }

  /** The conversation of that name, if it is open. */
  find(title: string): PageConversation | undefined {
    const key = title.toLowerCase();
    return this.list.value.find((one) => one.title.toLowerCase() === key);
  }

  /** The conversation of that name; opened where it is not. */
  open(title: string): PageConversation {
    const open = this.find(title);
    if (open !== undefined) return open;
    const conversation = new PageConversation(title, this.#fetchPage);
    this.list.value = [...this.#withRoomForOne(), conversation];
    return conversation;
  }

  /** Closes a conversation. The lobby stays, and takes the place of the current one. */
  close(conversation: PageConversation): void {
    if (conversation.title === this.#lobby) return;
    if (this.current.value === conversation) this.current.value = this.open(this.#lobby);
    this.list.value = this.list.value.filter((one) => one !== conversation);
  }

  /** The name of the conversation that a post belongs to. */
  titleOf({ from, to }: Pick<ShownPost, "from" | "to">): string {
    if (to.startsWith("#")) return to;
    return from === this.ownName ? to : from;
  }

  /** Whether a post is meant for the person: it is private, or mentions the own name. */
  concerns(post: ShownPost): boolean {
    if (post.from === this.ownName) return false;
    return !post.to.startsWith("#") || mentions(post.message.text ?? "", this.#ownMention);
  }

  /** Everything up to a post was shown on another machine. */
  markReadUpTo(sequence: number): void {
    for (const one of this.list.value) if (one.newest <= sequence) one.markRead();
  }

  /** Up to which post everything is read, as far as the newest that is known; muted conversations do not count. */
  readUpTo(newest: number): number {
    let read = newest;
    for (const { muted, firstUnread } of this.list.value) {
      if (!muted.value && firstUnread.value !== null) read = Math.min(read, firstUnread.value - 1);
    }
    return read;
  }

  /** The neighbour of the current one in the order in which they are shown. @param step 1 for the next, -1 for the one before. */
  neighbour(step: 1 | -1, onlyUnread: boolean): PageConversation | undefined {
    const all = [...this.rooms.value, ...this.people.value];
    const at = all.indexOf(this.current.value);
    const round = [...all.slice(at + 1), ...all.slice(0, at)];
    const inOrder = step === 1 ? round : round.reverse();
    return inOrder.find(({ unread }) => !onlyUnread || unread.value > 0);
  }

  #withRoomForOne(): readonly PageConversation[] {
    const list = this.list.value;
    if (list.length < conversationsMax) return list;
    const others = list.filter((one) => one !== this.current.value && one.title !== this.#lobby);
    const idle = others.find(({ isRoom, draft }) => !isRoom && draft.value === "") ?? others[0];
    return list.filter((one) => one !== idle);
  }

  readonly #byRoom = (left: PageConversation, right: PageConversation): number => {
    if (left.title === this.#lobby) return -1;
    if (right.title === this.#lobby) return 1;
    return left.title.localeCompare(right.title);
  };
}
