/**
 * A signed-in session: takes the client's events, keeps the conversations, runs what is typed.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ChatClient, ClientEvent, ShownPost } from "../core/chat/chat_client.ts";
import type { Remark } from "../core/link/client_error.ts";
import type { Preferences } from "../talk/preferences.ts";
import { errorText, remarkText, withSlash } from "../talk/remark_text.ts";
import { removedText } from "../talk/rules_text.ts";
import { changesTarget } from "../../protocol/content.ts";
import type { PlainKind } from "../../protocol/wire/post_kinds.ts";
import type { FoldedPost } from "../talk/folded_posts.ts";
import { arrivedPost } from "./conversations/annotated_posts.ts";
import { Attendance } from "./conversations/attendance.ts";
import { runCommand } from "./commands/commands.ts";
import { type Conversation, Conversations } from "./conversations/conversations.ts";
import type { Desk } from "./commands/session_api.ts";
import { loadLast } from "./conversations/earlier_posts.ts";
import { confirmPost } from "./doubtful_post.ts";
import type { Hold } from "./input/hold.ts";
import { LeavingDialogue } from "./leaving.ts";
import type { Notifications } from "./conversations/notifications.ts";
import { OutgoingPosts } from "./outgoing.ts";
import type { PendingPost } from "./conversations/pending_posts.ts";
import { PostPrinter } from "./view/post_printer.ts";
import { codeBar, type PrintedPost, type TimeForm } from "./conversations/post_lines.ts";
import { PostNews } from "./view/post_news.ts";
import { ReadProgress } from "./conversations/read_progress.ts";
import type { KeptNumbers } from "./conversations/kept_numbers.ts";
import type { KeptOnMachine } from "./conversations/kept_on_machine.ts";
import { takeRoomNews } from "./conversations/room_news.ts";
import { ConnectionState } from "./view/connection_state.ts";
import { stay } from "./commands/stay.ts";
import type { Transfers } from "../transfers/transfers.ts";
import { SharedTerminalDrafts } from "./shared_terminal_drafts.ts";
import { shownStatus } from "./view/shown_status.ts";
import type { View } from "./view/view.ts";

/** How often it is kept what was read, and which conversations are open. */
const saveIntervalMs = 15_000;

/** What a session is made with. */
export interface TerminalSessionOptions
  extends Pick<Desk, "client" | "view" | "notifications" | "transfers"> {
  readonly preferences: Preferences;
  /** What this machine remembers. */
  readonly kept: KeptOnMachine;
  /** Ends the session, and waits before that, if so, until everything is sent. */
  readonly end: (waits: boolean) => void;
  /** How long that may take, in milliseconds. */
  readonly leaveTimeoutMs: number;
}

/** One signed-in session. */
export class TerminalSession implements Desk {
  readonly client: ChatClient;
  readonly view: View;
  readonly conversations: Conversations;
  readonly notifications: Notifications;
  readonly transfers: Transfers;
  time: TimeForm;
  showsNumbers = false;
  found: readonly FoldedPost[] = [];
  readonly #leaving: LeavingDialogue;
  readonly #preferences: Preferences;
  readonly #reading: ReadProgress;
  readonly #numbers: KeptNumbers;
  readonly #outgoing: OutgoingPosts;
  readonly #printer: PostPrinter;
  readonly #news: PostNews;
  readonly #attendance: Attendance;
  /** The conversation whose posts are printed as they come; null while it is being loaded. */
  #live: Conversation | null = null;
  readonly #connection: ConnectionState;
  readonly #drafts: SharedTerminalDrafts;
  #saveTimer: ReturnType<typeof setInterval> | null = null;

  /** @param options See {@linkcode TerminalSessionOptions}. */
  constructor(options: TerminalSessionOptions) {
    const { client, view, preferences, end, leaveTimeoutMs: timeoutMs } = options;
    this.client = client;
    this.view = view;
    this.notifications = options.notifications;
    this.transfers = options.transfers;
    this.time = preferences.time;
    this.#preferences = preferences;
    const conversations = this.conversations = new Conversations(client.name, client.welcome.lobby);
    this.#reading = new ReadProgress({ client, conversations, marks: options.kept.marks });
    this.#numbers = options.kept.numbers;
    const onChanged = () => this.refresh();
    this.#connection = new ConnectionState({
      ping: () => client.ping(),
      retryNow: () => client.retryNow(),
      onChange: onChanged,
    });
    const outgoing = new OutgoingPosts({ client, view, conversations, onChanged });
    this.#outgoing = outgoing;
    this.#leaving = new LeavingDialogue({ client, view, outgoing, end, timeoutMs });
    const { ownName, ownMention } = conversations;
    this.#news = new PostNews(view, conversations, options.notifications);
    this.#printer = new PostPrinter(view, () => {
      const codeMargin = view.hasShades ? "" : codeBar;
      return { time: this.time, withNumber: this.showsNumbers, ownName, ownMention, codeMargin };
    });
    this.#attendance = new Attendance({
      conversations,
      form: preferences.comings,
      print: (line) => view.print(line, 3),
    });
    this.#drafts = new SharedTerminalDrafts({ client, view, conversations, onShown: onChanged });
    this.#openAll();
  }

  /** Loads what was missed and shows the lobby. */
  async start(): Promise<void> {
    this.#saveTimer = setInterval(() => this.#save(), saveIntervalMs);
    this.refresh();
    await this.#drafts.start();
    await this.#tell(async () => {
      await this.#reading.loadMissed();
      await this.#loadNames();
    });
    await this.show(this.conversations.current);
    if (this.client.online) await this.#connection.up();
    else this.#connection.down({ type: "offline", retryMs: 0, mayHurry: false });
  }

  /** Ends all timers, and keeps what was read. */
  async stop(): Promise<void> {
    if (this.#saveTimer !== null) clearInterval(this.#saveTimer);
    this.#connection.stop();
    this.#attendance.stop();
    this.#drafts.stop();
    await this.#save();
  }

  /** Takes an event of the client. */
  onEvent(event: ClientEvent): void {
    switch (event.type) {
      case "post":
        return this.#takePost(event.post);
      case "presence":
        return this.#attendance.takePresence(event.came, event.left);
      case "members":
        return this.#attendance.takeMembers(event.room, event.joined, event.left);
      case "topic":
      case "ruled":
      case "invited":
        for (const line of takeRoomNews(event, this.conversations)) this.view.notice(line);
        return;
      case "joined":
        this.#openRoom(event.name).topic = event.topic;
        return this.refresh();
      case "left":
        return this.takeLeft(event.room, removedText(event));
      case "read":
        this.conversations.markReadUpTo(event.sequence);
        return this.refresh();
      case "notice":
        return this.#takeNotice(event.peer, event.remark);
      case "moving":
      case "offline":
        this.#attendance.lost();
        return this.#connection.down(event);
      case "draft":
        return this.#drafts.take(event);
      case "online":
        this.#drafts.take(event);
        this.#connection.up();
        return void this.#tell(() => this.#loadNames());
      case "ended":
        return this.#outgoing.printUnsent();
      default:
        // What is not shown here.
    }
  }

  /** Takes a typed line. @return Whether it was taken; else it stays where it is. */
  submit(text: string): boolean {
    const typed = this.#drafts.classified(text);
    switch (typed.type) {
      case "post":
        this.say(this.conversations.current.title, text);
        return true;
      case "command":
        runCommand(typed.command, this, typed.rest);
        return true;
      case "unknown":
        this.view.warn(typed.message);
        return false;
      case "doubtful":
        confirmPost(this, text);
        return false;
    }
  }

  /** A key was pressed. */
  readonly onTyped = (): void => this.#drafts.note();

  /** Enter where nothing is typed: a lost connection is tried again at once. */
  readonly submitNothing = (): void => this.#connection.retryNow();

  /** Switches to the conversation of a number, from 1. */
  switchTo(number: number): void {
    const conversation = this.conversations.withNumber(number);
    if (conversation === undefined) {
      this.view.warn(`There is no conversation ${number}.`);
      stay(this, true);
    } else if (conversation !== this.conversations.current) {
      this.show(conversation);
    }
  }

  /** Switches to the next conversation with something unread. */
  switchToUnread(): void {
    const next = this.conversations.nextUnread();
    if (next !== undefined) this.show(next);
  }

  /** What Tab completes: the last speaker first, then everyone else who is online. */
  readonly userNames = (): string[] => {
    const own = this.client.name;
    const speakers = this.conversations.current.speakers();
    return [...new Set([...speakers, ...this.#attendance.names])].filter((name) => name !== own);
  };

  /** The rooms one is in. */
  readonly roomNames = (): string[] => {
    return this.conversations.list.filter(({ isRoom }) => isRoom).map(({ title }) => title);
  };

  readonly say = (
    title: string,
    text: string,
    origin: Conversation = this.conversations.current,
    kind: PlainKind = "text",
  ): void => this.#outgoing.say({ title, text, origin, kind });

  readonly leave = (): Promise<void> => this.#leaving.leave();

  /** What is not stored yet. */
  get unsent(): readonly PendingPost[] {
    return this.#outgoing.unsent;
  }

  readonly show = async (conversation: Conversation, hold: Hold | null = null): Promise<void> => {
    const { conversations, view } = this;
    this.#putAside(conversations.current, conversation);
    conversations.select(conversation);
    this.found = [];
    this.#live = null;
    const { draft, history, draftReturned } = conversation;
    conversation.draftReturned = false;
    view.input.switchTo(draft, history, draftReturned, hold);
    this.#attendance.forgetNews();
    this.refresh();
    await this.#tell(() => loadLast(this.client, conversation, this.#preferences.lines));
    if (conversations.current === conversation) this.#showLast(conversation);
    await this.protectionChanged(conversation.title);
  };

  readonly printFound = (posts: readonly PrintedPost[], withNumber?: boolean): void => {
    for (const post of posts) this.#printer.print(post, true, withNumber);
  };

  readonly protectionChanged = async (user: string): Promise<void> => {
    const conversation = this.conversations.find(user);
    if (conversation === undefined || conversation.isRoom) return;
    await this.#tell(async () => {
      conversation.protection = await this.client.protection(user);
    });
    this.refresh();
  };

  readonly refresh = (): void => {
    const { current } = this.conversations;
    const { status } = this.#connection;
    const online = !["moving", "down"].includes(status.connection);
    this.view.setPending(this.#outgoing.linesIn(current.title, online));
    this.view.setStatus(shownStatus(this.conversations, status, this.client.server));
    this.onTyped();
    const to = current.isRoom ? "" : ` to ${safeText(current.title)}`;
    this.view.hint = `Say something${to}, or /help`;
  };

  /** What was open at the end of the last session, and rooms that were entered elsewhere since. */
  #openAll(): void {
    const { rooms } = this.client.welcome;
    for (const { title, number } of this.#numbers.openings(rooms.map(({ name }) => name))) {
      if (title.startsWith("#")) this.#openRoom(title, number);
      else this.conversations.open(title, number);
    }
    for (const { name, topic } of rooms) this.conversations.open(name).topic = topic;
  }

  async #save(): Promise<void> {
    await Promise.all([this.#reading.save(), this.#numbers.save(this.conversations)]);
  }

  #openRoom(title: string, number?: number): Conversation {
    const fresh = this.conversations.find(title) === undefined;
    const conversation = this.conversations.open(title, number);
    conversation.left = false;
    if (fresh) conversation.muted = this.#preferences.mute.includes(title);
    return conversation;
  }

  /** Prints the end of a conversation, from the unread posts on at the least. */
  #showLast(conversation: Conversation): void {
    const { title, topic, posts, unread, firstUnread } = conversation;
    const about = topic === "" ? "" : `: ${safeText(topic)}`;
    this.#printer.begin(`${safeText(title)}${about}`, Date.now());
    const count = Math.max(this.#preferences.lines, unread);
    const shown = count === 0 ? [] : posts.slice(-count);
    this.#printer.printAll(shown, firstUnread, unread);
    this.#live = conversation;
    this.#markRead(conversation);
  }

  #markRead(conversation: Conversation): void {
    conversation.markRead();
    this.#reading.tell();
    this.refresh();
  }

  #takePost(arrived: ShownPost): void {
    const conversation = this.conversations.of(arrived);
    const post = arrivedPost(arrived, conversation);
    const sentHere = this.#outgoing.arrived(post.id);
    this.#reading.noteNewest(post.sequence);
    // A post that came while history was loaded may have come with it.
    if (changesTarget(arrived.kind)) {
      if (conversation === this.#live) this.#printer.print(post);
    } else if (conversation.add(post)) {
      if (conversation === this.#live) {
        this.#attendance.spoke(post.from);
        this.#printer.print(post);
      } else if (sentHere) this.#printer.print(post, true);
      else this.#news.countUnread(post, conversation);
      this.#news.ring(post, conversation);
    }
    this.#reading.tell();
    this.refresh();
  }

  #takeNotice(peer: string | null, remark: Remark): void {
    this.view.warn(remarkText(remark, withSlash));
    if (peer !== null) this.protectionChanged(peer);
  }

  /** What is being typed is meant for the room: it stays, and nothing else takes its place, until the person goes on. */
  takeLeft(room: string, removed: string | null): void {
    const conversation = this.conversations.find(room);
    if (conversation === undefined || !conversation.isRoom) return;
    if (conversation !== this.conversations.current) {
      if (removed !== null) this.view.warn(`${removed}.`);
      this.#close(conversation);
    } else {
      conversation.left = true;
      const what = removed ?? `${safeText(room)} was left`;
      const lobby = safeText(this.client.welcome.lobby);
      this.view.warn(`${what}: what you type here is not sent. Alt-1 goes to ${lobby}.`);
    }
    this.refresh();
  }

  /** The draft waits for the person to come back; a room that was left is closed. */
  #putAside(current: Conversation, next: Conversation): void {
    const { editor: { state }, isDraftUnseen } = this.view.input;
    current.draft = state;
    current.draftReturned = isDraftUnseen;
    if (current.left && current !== next) this.#close(current);
  }

  /** What was half typed there is shown. */
  #close({ title, draft }: Conversation): void {
    this.conversations.close(title);
    if (draft.text === "") return;
    this.view.warn(`Not sent to ${safeText(title)}:`);
    this.view.printText(draft.text);
  }

  async #loadNames(): Promise<void> {
    this.#attendance.reset(await this.client.rooms.who());
  }

  /** Runs something that the person did not ask for just now; errors are told. */
  async #tell(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      // A lost connection is in the status line already.
      if (error.code !== "disconnected") this.view.warn(errorText(error, withSlash));
    }
  }
}
