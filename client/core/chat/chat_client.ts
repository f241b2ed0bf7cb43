/**
 * The headless client: signs in, posts, reads, and stays connected. Bots, tests and both user interfaces stand on it.
 *
 * What it promises: a post whose promise resolved is stored; one that was under way when the connection broke is sent
 * again under the same id, so it is stored once. Events come in the order of the server's sequence, each once, also
 * across reconnects: what was missed comes before what is new.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import type { ServerEvent } from "../../../protocol/wire/events.ts";
import type { ReplyOf, RequestInputOf } from "../../../protocol/wire/requests.ts";
import { newPostId } from "../../../protocol/wire/post_id.ts";
import type { PasswordChange, PasswordChangeOptions } from "../e2e/change_password.ts";
import type { SaidKind } from "../../../protocol/wire/post_kinds.ts";
import type { Annotation, TakenBack } from "./annotation.ts";
import { type ClientParts, openParts } from "./client_parts.ts";
import type { ChatClientOptions, ClientEvent } from "./client_types.ts";
import { Incoming } from "./incoming.ts";
import { LinkKeeper } from "./link_keeper.ts";
import { ClientError } from "../link/client_error.ts";
import { pause } from "../link/pause.ts";
import type { ServerLink } from "../link/server_link.ts";
import type { Missed } from "./missed.ts";
import type { OwnSessions } from "./own_sessions.ts";
import { ClientFiles } from "../files/client_files.ts";
import type { AccountKeys } from "../e2e/account_keys.ts";
import { isPrivate, readable, type ShownPage } from "../e2e/message_view.ts";
import type { Protection } from "../e2e/peer_keys.ts";
import type { PrivateState } from "../e2e/private_state.ts";
import { ClientRooms } from "./client_rooms.ts";
import { Outgoing } from "./outgoing.ts";
import type { Sent } from "../link/sendable.ts";
import type { SharedDrafts, ShowDraft } from "./shared_drafts.ts";
import { ReadPosition } from "./read_position.ts";
import type { SignedInLink, Welcome } from "../link/signed_in_link.ts";

export type { ChatClientOptions, ClientEvent } from "./client_types.ts";
export type { MessageView, ShownPage, ShownPost } from "../e2e/message_view.ts";
export type { Protection } from "../e2e/peer_keys.ts";
export type { Welcome } from "../link/signed_in_link.ts";

/** A signed-in client. Made by {@linkcode ChatClient.open}. */
export class ChatClient {
  /** The account's name as it is shown. */
  readonly name: string;
  /** What the server said at the first sign-in. */
  readonly welcome: Welcome;
  /** What is asked about rooms. */
  readonly rooms: ClientRooms;
  /** What is sent and fetched as files. */
  readonly files: ClientFiles;
  readonly #options: ChatClientOptions;
  readonly #line: ServerLink;
  readonly #state: PrivateState;
  readonly #keys: AccountKeys;
  /** The way out: sealed where it is private, sent until it is stored. */
  readonly #outgoing: Outgoing;
  /** The way in: caught up with, opened, told. */
  readonly #incoming: Incoming;
  readonly #read: ReadPosition;
  readonly #keeper: LinkKeeper;
  #ended: ChatError | null = null;
  /** Whether the end was told. */
  #isEndTold = false;
  /** Whether something was given up that was not stored. */
  #gaveUp = false;

  private constructor(options: ChatClientOptions, { first, line, state, keys }: ClientParts) {
    const { welcome } = first;
    const { onEvent, ready, giveUpAfterMs, random } = options;
    this.#options = options;
    this.welcome = welcome;
    this.name = welcome.name;
    this.rooms = new ClientRooms(line.request);
    this.#line = line;
    this.#state = state;
    this.#keys = keys;
    this.#outgoing = new Outgoing({ keys, line, state, ownName: welcome.name });
    this.files = new ClientFiles(line, options, this.#outgoing.filePoster);
    this.#incoming = new Incoming({ keys, lastSequence: welcome.lastSequence, onEvent, ready });
    this.#read = new ReadPosition({
      sequence: welcome.readSequence,
      allRead: welcome.readSequence >= welcome.lastSequence,
      delivered: () => this.#incoming.sequence,
      send: (sequence) => line.link.sendRead(sequence),
    });
    this.#keeper = new LinkKeeper({
      line,
      signIn: options,
      giveUpAfterMs,
      random,
      onEvent: (event, bytes) => this.#take(event, bytes),
      onBatch: () => this.#ended === null && this.#read.onBatch(this.#outgoing.queue.lastSentMs),
      waitingBytes: () => this.#incoming.waitingBytes,
      onLost: () => this.#lost(),
      tell: (told) => this.#incoming.tell(told),
      resume: (resumed) => this.#resume(resumed),
      onResumed: (online) => this.#resumed(online),
      onGivenUp: (error) => this.#end(error),
    });
  }

  /**
   * Connects and signs in. Where that fails it is not tried again: a wrong host or password should be seen at once. Only
   * where the server asks to slow down, that is done, within `patienceMs`.
   *
   * @param options See {@linkcode ChatClientOptions}.
   * @param signedIn A link that is signed in already, if there is one. It is closed where this fails.
   * @throws {ConnectError} No connection could be made.
   * @throws {UntrustedServerError} It is not the right server.
   * @throws {ChatError} See `signIn`.
   */
  static async open(options: ChatClientOptions, signedIn?: SignedInLink): Promise<ChatClient> {
    const parts = await openParts(options, signedIn);
    const client = new ChatClient(options, parts);
    client.#keeper.begin(parts.first);
    return client;
  }

  /** Whether the connection is there at the moment. */
  get online(): boolean {
    return !this.#line.link.closed;
  }

  /** Which of several servers it is connected to, or was last; null where there is only one. */
  get server(): string | null {
    return this.#options.servers?.shown ?? null;
  }

  /** Whether the client has ended: nothing is sent any more. */
  get ended(): boolean {
    return this.#ended !== null;
  }

  /** Makes the next try to connect at once, where the connection is lost and the server has not asked to wait. */
  readonly retryNow = (): void => this.#keeper.retryNow();

  /** How many posts wait for their acknowledgement. */
  get unacknowledged(): number {
    return this.#outgoing.size;
  }

  /**
   * Posts to a room.
   *
   * @param room Its name with the `#`.
   * @param text At most `textBytesMax` bytes.
   * @param id The post's id; a new one where not given.
   * @param kind `action` for what somebody does: "* jack waves".
   * @return When the post is stored, however often the connection breaks until then.
   * @throws {ChatError} What the server answered, or why the client has ended.
   */
  post(room: string, text: string, id = newPostId(Date.now()), kind: SaidKind = "text") {
    return this.#outgoing.post(room, text, id, kind);
  }

  /**
   * Sends a private message, end-to-end encrypted; see {@linkcode ChatClient.post}. The result tells whether the recipient is
   * `online`. An id must not be used twice: the same text is never sealed to the same bytes.
   *
   * @param to The recipient's name.
   * @throws {ChatError} Also `key_changed`: nothing is sent until the person calls {@linkcode ChatClient.verify} or
   * {@linkcode ChatClient.trust}; and `not_encrypted`: the peer has no keys and nothing is sent until the person has agreed
   * once, by {@linkcode ChatClient.allowReadable}.
   */
  async sendPrivate(
    to: string,
    text: string,
    id: string = newPostId(Date.now()),
    kind: SaidKind = "text",
  ): Promise<Sent> {
    if (this.#ended !== null) throw this.#ended;
    return await this.#outgoing.sendPrivate(to, text, id, kind);
  }

  /**
   * Says something about an earlier post, in a room or, sealed, to somebody, as {@linkcode ChatClient.post}. A message is taken back by
   * {@linkcode ChatClient.takeBack}.
   *
   * @throws {ChatError} Also `not_found` where the post is not there any more, and `forbidden` where it is somebody else's.
   */
  async annotate(where: string, about: Annotation, id = newPostId(Date.now())): Promise<Sent> {
    if (this.#ended !== null) throw this.#ended;
    return await this.#outgoing.annotate(where, about, id);
  }

  /**
   * Takes a message back: the server removes its text, or what is sealed. Of private ones it has to be told which it is.
   *
   * @throws {ChatError} See {@linkcode ChatClient.annotate}.
   */
  async takeBack(where: string, post: TakenBack, id = newPostId(Date.now())): Promise<Sent> {
    return await this.#outgoing.takeBack(where, post, id);
  }

  /**
   * How the conversation with a peer is protected: `verified`, `encrypted` (but nobody compared the keys), `readable` by the
   * server, because the peer's program has no keys, or `changed`: nothing is sent until the person decides.
   *
   * @throws {ChatError} `no_such_user`, `bad_proof` where the server gives a forged key.
   */
  async protection(name: string): Promise<Protection> {
    return await this.#keys.peers.protection(name);
  }

  /**
   * The safety number to compare with a peer: 60 digits in groups of five, the same at both ends.
   *
   * @throws {ChatError} `no_such_user`, `not_found` where there are no keys, `bad_name` for oneself.
   */
  async safetyNumber(name: string): Promise<{ name: string; number: string; verified: boolean }> {
    return await this.#keys.peers.safetyNumber(name);
  }

  /** The person has compared this number: the peer is marked as verified, on all machines. */
  async verify(name: string, number: string): Promise<void> {
    await this.#keys.peers.verify(name, number);
  }

  /** The person accepts a peer's changed key. @return False where it has not changed. */
  async trust(name: string): Promise<boolean> {
    return await this.#keys.trust(name);
  }

  /** The person agrees that the server can read what is sent to a peer without keys. Asked once for each peer. */
  async allowReadable(name: string): Promise<void> {
    await this.#keys.peers.allowReadable(name);
  }

  /**
   * Changes the account's password. Its other sessions end with `sign_in_refused`, and the person signs in with the new
   * password; those that are kept, when they lose their connection.
   *
   * @return How many other sessions were ended; undefined where the server is older and ends none.
   * @throws {ChatError} `bad_text`: the new one cannot be a password; `sign_in_refused`: the old one is wrong.
   */
  async changePassword(
    passwords: { readonly old: string; readonly new: string },
    options: PasswordChangeOptions = {},
  ): Promise<number | undefined> {
    const change = await this.beginPasswordChange(passwords.old);
    return (await change(passwords.new, options)).ended;
  }

  /**
   * The first half of {@linkcode ChatClient.changePassword}, for interfaces that ask for the new password afterwards.
   *
   * @return What takes the new password.
   * @throws {ChatError} `sign_in_refused`: the old one is wrong.
   */
  async beginPasswordChange(old: string): Promise<PasswordChange> {
    // Seldom: a program that starts does not read it, and a page has none of it.
    const { beginPasswordChange } = await import("../e2e/change_password.ts");
    return await beginPasswordChange(this.#line, this.#options, old);
  }

  /**
   * Shares what is being typed with the other sessions of this account. Whoever does so begins it, passes on each event `draft`, and
   * begins it again where the connection is there again.
   *
   * @param show Shows what was typed elsewhere.
   */
  async shareDrafts(show: ShowDraft): Promise<SharedDrafts> {
    // After what is needed at first.
    const { SharedDrafts } = await import("./shared_drafts.ts");
    const owner = () => this.#keys.identity;
    return new SharedDrafts({ request: this.#line.request, owner, show });
  }

  /** A page of history; see docs/protocol.md. Private messages are opened: show `message` of each post. */
  async history(query: RequestInputOf<"history">): Promise<ShownPage> {
    this.#read.noteAsked();
    const { posts, annotations, more } = await this.#line.request("history", query);
    const page = await this.#keys.page(posts, more, query);
    const said = annotations.filter((post) => !isPrivate(post)).map(readable);
    return { posts: page.posts, annotations: [...said, ...page.annotations], more };
  }

  /** A page of what a search finds in rooms. */
  async search(query: RequestInputOf<"search">): Promise<ShownPage> {
    this.#read.noteAsked();
    const { posts, annotations, more } = await this.#line.request("search", query);
    return { posts: posts.map(readable), annotations: annotations.map(readable), more };
  }

  /** The sessions of this account. */
  async ownSessions(): Promise<OwnSessions> {
    // Seldom, and no page asks.
    const { OwnSessions } = await import("./own_sessions.ts");
    return new OwnSessions(this.#line.request);
  }

  /** How much was missed before this client came; null where the server does not answer. */
  async countMissed(): Promise<Missed | null> {
    const { countMissed } = await import("./missed.ts");
    return await countMissed(this.#line.request, this.welcome);
  }

  /** The user of that name; `no_such_user` where there is none. The answer decides whom a message goes to: it is checked. */
  async user(name: string): Promise<ReplyOf<"user">> {
    const reply = await this.#line.request("user", { name });
    if (foldPeerName(reply.name) === foldPeerName(name)) return reply;
    throw new ClientError("bad_proof", { kind: "wrong_user" });
  }

  /** Asks the server for a sign of life. @return How long it took, in milliseconds. */
  async ping(): Promise<number> {
    const beganMs = performance.now();
    await this.#line.request("ping", {});
    return performance.now() - beganMs;
  }

  /** What was missed before this client came was shown: from now on, what is delivered counts as read. */
  markRead(): void {
    this.#read.markAll();
  }

  /**
   * Everything up to a post was shown. From the first call on only this counts as read, not what is delivered: for
   * interfaces that show one conversation at a time.
   *
   * @param sequence The post's; an older one than before changes nothing.
   */
  markReadUpTo(sequence: number): void {
    this.#read.markUpTo(sequence);
  }

  /**
   * Waits until everything that was posted is stored, signs out and ends.
   *
   * @param timeoutMs How long to wait at the most.
   * @return Whether everything was stored.
   */
  async close(timeoutMs: number): Promise<boolean> {
    const waiting = new AbortController();
    const timeout = pause(timeoutMs, waiting.signal);
    const stored = this.#outgoing.drained();
    await Promise.race([stored, timeout]);
    const complete = this.unacknowledged === 0 && !this.#gaveUp;
    const over = new ClientError("disconnected", { kind: "session_ended" });
    if (this.online && this.#ended === null) {
      this.#read.tell();
      this.#stop(over);
      await Promise.race([this.#line.request("sign_out", {}).catch(() => {}), timeout]);
    }
    this.#end(over);
    waiting.abort();
    await Promise.all([this.#incoming.drained(), this.#state.close()]);
    return complete;
  }

  #take(event: ServerEvent, bytes: number): void {
    if (event.event === "probe") this.#line.link.sendRead(this.#read.sequence);
    else if (event.event === "closing" && event.content.final) {
      // Coming back would be against the will of whoever ended this session.
      this.#end(new ChatError("sign_in_refused", event.content.reason));
    } else this.#incoming.take(event, bytes);
  }

  #lost(): void {
    this.#read.stop();
    this.#outgoing.queue.hold();
    this.#incoming.begin();
  }

  /** Fetches what was missed; afterwards live events come through, and what was not acknowledged is sent again. */
  async #resume({ identity, lastSequence }: Welcome): Promise<void> {
    await this.#keys.resumed(identity);
    await this.#incoming.fetchMissed(this.#line.request, lastSequence);
  }

  #resumed(online: ClientEvent): void {
    this.#incoming.finish();
    this.#incoming.tell(online);
    this.#outgoing.queue.sendAgain();
  }

  /** Nothing more is taken, and no connection is made any more. */
  #stop(error: ChatError): void {
    this.#ended ??= error;
    this.#keeper.stop();
    this.#outgoing.queue.refuse(error);
  }

  #end(error: ChatError): void {
    this.#stop(error);
    this.#gaveUp ||= this.unacknowledged > 0;
    this.#line.link.close(error);
    this.#line.end(error);
    this.#outgoing.queue.rejectAll(error);
    if (this.#isEndTold) return;
    this.#isEndTold = true;
    this.#incoming.tell({ type: "ended", error });
  }
}
