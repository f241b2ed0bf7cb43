/**
 * A signed-in page: takes the client's events, keeps the conversations, and does what the person wants.
 *
 * @module
 */
import { batch, signal } from "@preact/signals";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { EventOf } from "../../../protocol/wire/events.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { changesTarget } from "../../../protocol/content.ts";
import { ChatClient, type ClientEvent, type ShownPost } from "../../core/chat/chat_client.ts";
import type { SharedDrafts } from "../../core/chat/shared_drafts.ts";
import { pageErrorText, pageRemarkText } from "../text/page_words.ts";
import { loadEmojiNames } from "../text/emoji_names.ts";
import { forgetInBrowser, openStore } from "../wire/text_stores.ts";
import type { Entered } from "./entry.ts";
import { PageAlerts } from "./page_alerts.ts";
import { PageConnection } from "./page_connection.ts";
import type { PageConversation } from "./page_conversation.ts";
import { PageConversations } from "./page_conversations.ts";
import { sharePageDrafts } from "./page_drafts.ts";
import { PageKeeping } from "./page_keeping.ts";
import { PageNotices } from "./page_notices.ts";
import { PageOutgoing } from "./page_outgoing.ts";
import { PagePresence } from "./page_presence.ts";
import { PageReading } from "./page_reading.ts";
import { PageSearch } from "./page_search.ts";
import { PageTransfers } from "./page_transfers.ts";
import { guardTransfers, leftTransfers } from "./left_transfers.ts";
import { PostBatches } from "./post_batches.ts";

/** What lies over the conversation. */
export type Overlay = "switcher" | "search" | "help" | "safety" | "settings" | "people" | null;

/** How long it may take until everything is stored, when somebody leaves, in milliseconds. */
const leaveTimeoutMs = 5_000;

/** How long after new posts room is made for the next ones, in milliseconds. */
const roomDelayMs = 50;

/** The words for rules come after what is needed at first. */
const rulesText = () => import("../../talk/rules_text.ts");

/** One signed-in page. */
export class PageSession {
  readonly client: ChatClient;
  readonly way: Entered["way"];
  readonly server: string;
  readonly conversations: PageConversations;
  readonly notices = new PageNotices();
  readonly connection = new PageConnection(this.notices);
  readonly outgoing: PageOutgoing;
  readonly presence: PagePresence;
  readonly keeping: PageKeeping;
  readonly reading: PageReading;
  readonly search: PageSearch;
  readonly transfers: PageTransfers;
  readonly alerts: PageAlerts;
  readonly overlay = signal<Overlay>(null);
  /** On a narrow screen: whether the list of conversations is shown in place of one. */
  readonly showsList = signal(false);
  /** Null until they are shared. */
  #drafts: SharedDrafts | null = null;
  /** See `guardTransfers()`. */
  #unguard = (): void => {};
  readonly #batches = new PostBatches((posts) => this.#show(posts));

  private constructor(client: ChatClient, { way, server }: Entered) {
    this.client = client;
    this.way = way;
    this.server = server;
    const { name, welcome: { lobby } } = client;
    const conversations = new PageConversations(
      { name, lobby },
      (query) => client.history(query),
    );
    this.conversations = conversations;
    this.outgoing = new PageOutgoing({ client, notices: this.notices });
    this.presence = new PagePresence(client, () => conversations.current.value);
    const owner = { server, name };
    this.keeping = new PageKeeping(openStore(way, owner, "page"));
    this.reading = new PageReading({
      client,
      conversations,
      store: openStore(way, owner, "read"),
    });
    this.search = new PageSearch(client);
    this.transfers = new PageTransfers(client, this.notices);
    this.alerts = new PageAlerts(conversations, this.keeping);
    for (const { name, topic } of client.welcome.rooms) {
      conversations.open(name).topic.value = topic;
    }
  }

  /** Begins. */
  static async open(entered: Entered): Promise<PageSession> {
    const { way, server, credentials, first, connect } = entered;
    const owner = { server, name: credentials.name };
    const began = Promise.withResolvers<void>();
    let session: PageSession | null = null;
    const client = await ChatClient.open({
      credentials,
      connect,
      devices: openStore(way, owner, "device"),
      memory: openStore(way, owner, "memory"),
      onEvent: (event) => session?.onEvent(event),
      ready: began.promise,
    }, first);
    session = new PageSession(client, entered);
    await session.#begin(() => began.resolve());
    return session;
  }

  /** Takes an event of the client. */
  onEvent(event: ClientEvent): void {
    switch (event.type) {
      case "post":
        return this.#batches.add(event.post);
      case "presence":
        return this.presence.take(event.came, event.left);
      case "members":
        return this.presence.roomChanged();
      case "topic":
        this.#topicChanged(event.room, event.topic);
        return;
      case "ruled":
        return void this.#tellRules(event);
      case "joined":
        this.#joined(event.name, event.topic);
        return;
      case "left":
        return void this.#left(event);
      case "invited":
        this.notices.tell(`${safeText(event.by)} invites you to ${safeText(event.room)}.`);
        return;
      case "read":
        this.#batches.flush();
        return this.conversations.markReadUpTo(event.sequence);
      case "draft":
        return this.#drafts?.take(event.sealed);
      case "notice":
        return this.#remarked(event);
      default:
        if (!this.connection.take(event)) return;
        this.#drafts?.begin();
        void this.tell(() => this.presence.load());
    }
  }

  /** Shows a conversation. */
  async show(conversation: PageConversation): Promise<void> {
    batch(() => {
      this.#putAside(this.conversations.current.value);
      conversation.unreadLine.value = conversation.firstUnread.value;
      this.conversations.current.value = conversation;
      this.showsList.value = false;
      this.overlay.value = null;
    });
    await this.tell(async () => {
      await conversation.timeline.loadNewest(conversation.unread.value);
      this.markSeen();
      await this.presence.loadRoom(conversation);
    });
    if (!conversation.isRoom) await this.protectionChanged(conversation.title);
  }

  /**
   * Shows a room or a user by name; a room is entered where one is not in it.
   *
   * @param title The name.
   * @param say Told what goes wrong; in a notice, if nobody else is.
   * @param isWanted Whether it is still to be shown, once it is there: what is typed meanwhile is meant for where one is.
   */
  async goTo(
    title: string,
    say?: (problem: string) => void,
    isWanted: () => boolean = () => true,
  ): Promise<void> {
    const found = this.conversations.find(title);
    if (found !== undefined && !found.left.value) return await this.show(found);
    await this.tell(async () => {
      if (title.startsWith("#")) {
        const { name, topic } = await this.client.rooms.join(title);
        const joined = this.#joined(name, topic);
        if (isWanted()) await this.show(joined);
      } else {
        const { name } = await this.client.user(title);
        if (isWanted()) await this.show(this.conversations.open(name));
      }
    }, say);
  }

  /** Leaves a room, or closes a private conversation. */
  async close(conversation: PageConversation): Promise<void> {
    await this.tell(async () => {
      if (conversation.isRoom && !conversation.left.value) {
        await this.client.rooms.leave(conversation.title);
      }
      this.conversations.close(conversation);
      await this.show(this.conversations.current.value);
    });
  }

  /** Shows a post that was found, with what is around it. */
  async showPost(post: ShownPost): Promise<void> {
    const conversation = this.conversations.open(this.conversations.titleOf(post));
    this.overlay.value = null;
    if (this.conversations.current.value !== conversation) await this.show(conversation);
    await this.tell(() => conversation.timeline.loadAround(post.sequence));
    conversation.target.value = post.sequence;
  }

  /** Goes to the newest message of a conversation. */
  async goToEnd(conversation: PageConversation): Promise<void> {
    await this.tell(() => conversation.timeline.showEnd());
    this.markSeen();
  }

  /** The end of the conversation that is shown is in sight, or not any more. */
  followed(conversation: PageConversation, isAtEnd: boolean): void {
    conversation.timeline.isFollowed = isAtEnd;
    this.markSeen();
  }

  /** What is in sight is read. */
  markSeen(): void {
    const conversation = this.conversations.current.value;
    const { timeline: { isFollowed, hasNewer }, unread } = conversation;
    const isSeen = isFollowed && !hasNewer.value && document.visibilityState === "visible";
    if (isSeen && (unread.value > 0 || conversation.firstUnread.value !== null)) {
      this.reading.seen(conversation);
    }
  }

  /** Asks anew how a private conversation is protected. */
  async protectionChanged(user: string): Promise<void> {
    const conversation = this.conversations.find(user);
    if (conversation === undefined || conversation.isRoom) return;
    await this.tell(async () => {
      conversation.protection.value = await this.client.protection(user);
    });
  }

  /** Accepts a peer's changed key. */
  async acceptKey(user: string): Promise<void> {
    await this.tell(async () => void await this.client.trust(user));
    await this.protectionChanged(user);
  }

  /** Signs out, once everything is stored or it takes too long; on a machine of somebody else nothing of it stays. */
  async leave(): Promise<void> {
    await this.client.close(leaveTimeoutMs);
    this.keeping.stop();
    const { server, client: { name } } = this;
    if (this.way === "server") forgetInBrowser({ server, name });
    this.#unguard();
    sessionStorage.clear();
    location.reload();
  }

  /** Runs something; what goes wrong is told. */
  async tell(
    act: () => Promise<void>,
    say = (problem: string) => this.notices.warn(problem),
  ): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      // A lost connection is shown anyway.
      if (error.code !== "disconnected") say(pageErrorText(error));
    }
  }

  async #begin(ready: () => void): Promise<void> {
    await this.keeping.begin(this.conversations);
    // Nobody else who signs in here gets any of it.
    const account = `chat ${this.server} ${this.client.name}`;
    for (const left of leftTransfers(account)) this.notices.warn(left);
    this.#unguard = guardTransfers(account, () => this.transfers.list.value);
    await this.tell(() => this.reading.countMissed());
    ready();
    await this.show(this.conversations.current.value);
    void this.tell(() => this.presence.load());
    // Both are files of their own. One that does not come keeps nobody out.
    await Promise.allSettled([this.#shareDrafts(), loadEmojiNames()]);
    document.addEventListener("visibilitychange", () => this.markSeen());
  }

  async #shareDrafts(): Promise<void> {
    this.#drafts = await sharePageDrafts(this.client, this.conversations, this.keeping);
  }

  #show(posts: readonly ShownPost[]): void {
    batch(() => {
      const arrived = new Map<PageConversation, ShownPost[]>();
      const current = this.conversations.current.value;
      for (const post of posts) {
        const isNews = post.from !== this.client.name && !changesTarget(post.kind);
        const conversation = this.reading.note(post, isNews);
        arrived.set(conversation, [...arrived.get(conversation) ?? [], post]);
        this.outgoing.arrived(post.id);
      }
      for (const [conversation, some] of arrived) {
        conversation.timeline.take(some);
        if (conversation !== current) continue;
        if (document.visibilityState !== "visible") {
          conversation.unreadLine.value ??= conversation.firstUnread.value;
        }
      }
      this.alerts.take(posts);
      this.markSeen();
      this.reading.tell();
    });
    // Not together with what was just drawn.
    setTimeout(() => this.conversations.current.value.timeline.makeRoom(), roomDelayMs);
  }

  /** A changed key of the one who is written to stands above the conversation: that is enough. */
  #remarked({ remark, peer }: Extract<ClientEvent, { type: "notice" }>): void {
    const about = peer === null ? undefined : this.conversations.find(peer);
    const isShown = remark.kind === "key_changed" && about === this.conversations.current.value;
    // At once: the connection may be lost before it is known anew.
    if (isShown) about.protection.value = "changed";
    else this.notices.warn(pageRemarkText(remark));
    if (about !== undefined) void this.protectionChanged(about.title);
  }

  #putAside(conversation: PageConversation): void {
    conversation.unreadLine.value = null;
    conversation.target.value = null;
    if (conversation.left.value) this.conversations.close(conversation);
  }

  #joined(name: string, topic: string): PageConversation {
    const conversation = this.conversations.open(name);
    conversation.left.value = false;
    conversation.topic.value = topic;
    return conversation;
  }

  #topicChanged(room: string, topic: string): void {
    const conversation = this.conversations.find(room);
    if (conversation !== undefined) conversation.topic.value = topic;
  }

  async #tellRules(event: EventOf<"ruled">): Promise<void> {
    const { isRuledHere, ruledLines } = await rulesText();
    if (isRuledHere(event, this.client.name)) return;
    for (const line of ruledLines(event, this.client.name)) this.notices.tell(line);
  }

  /** What is being typed is meant for the room: it stays until another conversation is shown. */
  async #left(event: EventOf<"left">): Promise<void> {
    const conversation = this.conversations.find(event.room);
    if (conversation === undefined) return;
    if (event.by !== undefined) {
      const { removedText } = await rulesText();
      this.notices.warn(`${removedText(event)}.`);
    }
    if (conversation === this.conversations.current.value) conversation.left.value = true;
    else this.conversations.close(conversation);
  }
}
