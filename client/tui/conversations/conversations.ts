/**
 * Rooms and private conversations: which there are, what is unread in them, the draft of each.
 *
 * @module
 */
import { type EditorState, emptyState } from "../input/editor.ts";
import { InputHistory } from "../input/input_history.ts";
import { mentionPattern, mentions } from "../../talk/mentions.ts";
import type { PrintedPost } from "./post_lines.ts";
import type { Protection } from "../../core/chat/chat_client.ts";

/** Posts of a conversation that are kept, for switching back to it. */
const postsMax = 200;
/** Speakers that are remembered, for completion and for comings and goings. */
const speakersMax = 50;

/** Conversations that are open at once: more come only from a server, or a crowd, that wants to fill the memory. */
const conversationsMax = 1_000;
/** Numbers that have a key. */
const numbersMax = 9;

/** One conversation. */
export class Conversation {
  /** A room with its `#`, or the other user's name. */
  readonly title: string;
  /** What Alt and a digit switch to; 0 where it was closed. */
  number = 0;
  topic = "";
  muted = false;
  draft: EditorState = emptyState;
  /** Whether the draft came back by itself and was not seen yet. */
  draftReturned = false;
  /** What was sent from here. */
  readonly history: InputHistory = new InputHistory();
  /** Whether it is a room that one is not in any more. It stays until another conversation is shown. */
  left = false;
  /** How it is protected; null where that is not known, and for rooms. */
  protection: Protection | null = null;
  /** How many posts are unread, and how many of them mention the reader. */
  unread = 0;
  mentions = 0;
  /** The first unread post; null where all is read. */
  firstUnread: number | null = null;
  /** Whether what was said before this session was asked for. */
  loaded = false;
  /** The latest posts, in order. */
  posts: PrintedPost[] = [];
  readonly #speakers = new Map<string, number>();

  /** @param title A room with its `#`, or a user's name. */
  constructor(title: string) {
    this.title = title;
  }

  /** Whether it is a room. */
  get isRoom(): boolean {
    return this.title.startsWith("#");
  }

  /** A text could not be sent: it is the draft again, where there is none. @return Whether it is. */
  giveBack(text: string): boolean {
    this.history.add(text);
    if (this.draft.text !== "") return false;
    this.draft = { text, cursor: text.length };
    this.draftReturned = true;
    return true;
  }

  /** Keeps posts; those that are there already are not doubled. */
  keep(posts: readonly PrintedPost[]): void {
    const bySequence = new Map(
      [...posts, ...this.posts].map((post) => [post.sequence, post] as const),
    );
    this.posts = [...bySequence.values()]
      .sort((left, right) => left.sequence - right.sequence)
      .slice(-postsMax);
    for (const post of posts) this.noteSpeaker(post.from, post.timeMs);
  }

  /** Keeps a post that has just come. @return False if it is there already: posts come in order. */
  add(post: PrintedPost): boolean {
    if (post.sequence <= (this.posts.at(-1)?.sequence ?? 0)) return false;
    this.posts.push(post);
    if (this.posts.length > postsMax) this.posts.shift();
    this.noteSpeaker(post.from, post.timeMs);
    return true;
  }

  /** A post that is kept was changed. */
  replace(post: PrintedPost): void {
    this.posts = this.posts.map((kept) => kept.sequence === post.sequence ? post : kept);
  }

  /** Who spoke, the last one first. */
  speakers(): string[] {
    return [...this.#speakers.keys()].reverse();
  }

  /** When a user last spoke; undefined if not lately. */
  spokeAtMs(name: string): number | undefined {
    return this.#speakers.get(name);
  }

  /** A user spoke. */
  noteSpeaker(name: string, timeMs: number): void {
    this.#speakers.delete(name);
    this.#speakers.set(name, timeMs);
    const [oldest] = this.#speakers.keys();
    if (this.#speakers.size > speakersMax) this.#speakers.delete(oldest!);
  }

  /** All of it was shown. */
  markRead(): void {
    this.unread = 0;
    this.mentions = 0;
    this.firstUnread = null;
  }
}

/** All conversations of one user. */
export class Conversations {
  /** In the order in which they were opened. */
  readonly list: Conversation[] = [];
  /** Numbers that any conversation of this session has, or had. */
  readonly #given = new Set<number>();
  /** The own name. */
  readonly ownName: string;
  /** What finds it in texts. */
  readonly ownMention: RegExp;
  #current: Conversation;

  /**
   * @param ownName The own name.
   * @param first The first conversation, which is the current one.
   */
  constructor(ownName: string, first: string) {
    this.ownName = ownName;
    this.ownMention = mentionPattern(ownName);
    this.#current = this.open(first);
  }

  /** The one that is shown. */
  get current(): Conversation {
    return this.#current;
  }

  /** The one with that number, if there is one. */
  withNumber(number: number): Conversation | undefined {
    return this.list.find((one) => one.number === number);
  }

  /** The conversation of that name, if it is open. */
  find(title: string): Conversation | undefined {
    const key = title.toLowerCase();
    return this.list.find((one) => one.title.toLowerCase() === key);
  }

  /**
   * The conversation of that name; opened where it is not.
   *
   * @param wanted The number that it gets if it is opened and that is free.
   */
  open(title: string, wanted?: number): Conversation {
    const open = this.find(title);
    if (open !== undefined) return open;
    const conversation = new Conversation(title);
    const isFree = wanted !== undefined && this.withNumber(wanted) === undefined;
    conversation.number = isFree ? wanted : this.#nextNumber();
    this.#given.add(conversation.number);
    this.list.push(conversation);
    if (this.list.length > conversationsMax) this.#closeOldest(conversation);
    return conversation;
  }

  /** A number is not used again as long as others are free: whoever presses it may mean the one that had it just now. */
  #nextNumber(): number {
    const fresh = lowestBeside(this.#given);
    if (fresh <= numbersMax) return fresh;
    return lowestBeside(new Set(this.list.map(({ number }) => number)));
  }

  /** A private one in which nothing is typed, if there is one: what was said in it stays with the server. */
  #closeOldest(fresh: Conversation): void {
    const others = this.list.slice(1).filter((one) => one !== this.#current && one !== fresh);
    const idle = others.filter(({ isRoom, draft }) => !isRoom && draft.text === "");
    const [oldest] = [...idle, ...others];
    if (oldest !== undefined) this.close(oldest.title);
  }

  /** Closes a conversation. The first one stays, and takes the place of the current one. */
  close(title: string): void {
    const conversation = this.find(title);
    if (conversation === undefined || conversation === this.list[0]) return;
    this.list.splice(this.list.indexOf(conversation), 1);
    conversation.number = 0;
    if (conversation === this.#current) this.#current = this.list[0]!;
  }

  /** Makes a conversation the current one. */
  select(conversation: Conversation): void {
    this.#current = conversation;
  }

  /** The conversation that a post belongs to; opened where it is not. */
  of(post: Pick<PrintedPost, "from" | "to">): Conversation {
    return this.open(this.titleOf(post));
  }

  /** The name of the conversation that a post belongs to. */
  titleOf({ from, to }: Pick<PrintedPost, "from" | "to">): string {
    if (to.startsWith("#")) return to;
    return from === this.ownName ? to : from;
  }

  /** Counts a post that was not shown. Own ones, from another machine, are no news. */
  countUnread(post: PrintedPost, conversation: Conversation): void {
    if (post.from === this.ownName) return;
    conversation.unread++;
    conversation.firstUnread ??= post.sequence;
    if (this.concerns(post)) conversation.mentions++;
  }

  /** Whether a post is meant for the reader: it is private, or mentions the own name. */
  concerns(post: PrintedPost): boolean {
    if (post.from === this.ownName) return false;
    return !post.to.startsWith("#") || mentions(post.text, this.ownMention);
  }

  /** Everything up to a post was shown on another machine: conversations that have nothing newer are read. */
  markReadUpTo(sequence: number): void {
    for (const conversation of this.list) {
      const newest = conversation.posts.at(-1)?.sequence ?? Infinity;
      if (newest <= sequence) conversation.markRead();
    }
  }

  /** Up to which post everything is read, as far as the newest that is known; muted conversations do not count. */
  readUpTo(newest: number): number {
    let read = newest;
    for (const { muted, firstUnread } of this.list) {
      if (!muted && firstUnread !== null) read = Math.min(read, firstUnread - 1);
    }
    return read;
  }

  /** Others with something unread, unless they are muted. */
  unread(): Conversation[] {
    return this.list.filter((one) => one !== this.#current && one.unread > 0 && !one.muted);
  }

  /** The next one with something unread, those with mentions first, round from the current one. */
  nextUnread(): Conversation | undefined {
    const at = this.list.indexOf(this.#current);
    const round = [...this.list.slice(at + 1), ...this.list.slice(0, at)];
    const unread = round.filter((one) => one.unread > 0 && !one.muted);
    return unread.find((one) => one.mentions > 0) ?? unread[0];
  }
}

/** The lowest number, from 1, that is none of these. */
function lowestBeside(numbers: ReadonlySet<number>): number {
  let number = 1;
  while (numbers.has(number)) number++;
  return number;
}
